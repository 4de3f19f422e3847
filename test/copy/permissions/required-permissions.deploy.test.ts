import { Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf } from '../../../local-aws/kms/key';
import { EncryptedAmiCopy } from '../../../src';
import { Deployment, imageWithId, NOTHING, Template, withoutStatement } from '../../helpers/deployment';
import { statementsOf } from '../../helpers/stacks';
import { sample } from '../../setup/nightly';

/** No statement of the handler's role is there for nothing: without any of them, something that the library promises does not happen. */

let account: Deployment;
let wanted: string;
let golden: string;
let goldenKey: string;

beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  const { ec2: localEc2, kms: keys } = account.aws;
  const seedImage = localEc2.seedImage('golden');
  golden = seedImage.id;
  goldenKey = seedImage.devices.map(({ ebs }) => localEc2.snapshot(ebs!.snapshotId!)!.kmsKeyId).find(arn => arn && arn !== arnOf(keys.ebsKey()))!;
  wanted = arnOf(keys.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

/** A copy of each kind, from sources that need each permission. */
function everyKind(stack: Stack, description = 'one'): void {
  const sourceEncryptionKeys = [kms.Key.fromKeyArn(stack, 'GoldenKey', goldenKey)];
  new EncryptedAmiCopy(stack, 'Keyed', { sourceImage: imageWithId(golden), sourceEncryptionKeys, encryptionKey: kms.Key.fromKeyArn(stack, 'Wanted', wanted), description });
  new EncryptedAmiCopy(stack, 'Default', { sourceImage: imageWithId(account.aws.ec2.seedImage('uefi-tpm').id), useDefaultKey: true, description });
  new EncryptedAmiCopy(stack, 'Preserved', { sourceImage: imageWithId(golden), sourceEncryptionKeys, preserveEncryption: true, description });
}

/** Create, change in place, destroy: what of it does not end well. */
async function life(edit: (template: Template) => void): Promise<string[]> {
  const created = await account.deploy(everyKind, 'Images', edit);
  const changed = created.status === 'CREATE_COMPLETE' ? await account.deploy(stack => {
    everyKind(stack, 'other');
    Tags.of(stack).add('team', 'platform');
  }, 'Images', edit) : undefined;
  const destroyed = await account.destroy();
  return [...created.failures, ...changed?.failures ?? [], ...destroyed.failures];
}

/** The calls of CopyImage for a copy whose request Lambda delivers only when CloudFormation has cancelled it. */
async function copiesAfterCancellation(edit: (template: Template) => void): Promise<number> {
  account.aws.lambda.faults.add({ matches: (name, payload) => name.includes('Request') && payload.includes('"LogicalResourceId":"Late'), delay: 20 * 60_000, times: 1 });
  const sourceImage = imageWithId(account.aws.ec2.seedImage('uefi-tpm').id);
  await account.deploy(stack => { new EncryptedAmiCopy(stack, 'Kept', { sourceImage, useDefaultKey: true }); }, 'Images', edit);
  await account.deploy(stack => {
    new EncryptedAmiCopy(stack, 'Kept', { sourceImage, useDefaultKey: true });
    new EncryptedAmiCopy(stack, 'Late', { sourceImage, useDefaultKey: true });
    new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' });
  }, 'Images', edit);
  const before = account.aws.log.of('ec2:CopyImage').length;
  account.aws.clock.advance(20 * 60_000);
  const isLate = (input: string) => input.includes('"LogicalResourceId":"Late') && input.includes('"Create"');
  while (!account.aws.stepFunctions.executions.some(({ input, status }) => isLate(input) && status !== 'RUNNING')) {
    await account.aws.clock.sleep(1_000);
  }
  return account.aws.log.of('ec2:CopyImage').length - before;
}

test('with all statements, every kind of copy is made, changed and removed', async () => {
  expect(await life(() => undefined)).toEqual([]);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test.each(sample<[string, RegExp]>([
  ['Start', /The request was not started\. .* \(Step Functions AccessDeniedException: .*states:StartExecution/],
  // the step function gives the answers too
  ['InvokeStep', /CloudFormation did not receive a response/],
  ['Describe', /ec2:DescribeImages/],
  ['CopyFrom', /ec2:CopyImage on resource: arn:aws:ec2:us-east-1::(snapshot\/|image\/ami-)/],
  ['Copy', /ec2:CopyImage on resource: arn:aws:ec2:us-east-1::image\/\*/],
  ['TagOnCopy', /ec2:CreateTags/],
  ['ChangeTags', /ec2:CreateTags|ec2:DeleteTags/],
  ['ChangeDescription', /ec2:ModifyImageAttribute/],
  ['DeleteAmi', /ec2:DeregisterImage/],
  ['ReadBootData', /ec2:DescribeImageAttribute/],
  ['DefaultKey', /ec2:GetEbsDefaultKmsKeyId/],
  ['EncryptionByDefault', /ec2:GetEbsEncryptionByDefault/],
  ['EbsKeyMetadata', /kms:DescribeKey/],
  ['KeyMetadata', /kms:DescribeKey/],
  ['DestinationKeyUse', /A key could not be used/],
  ['SourceKeyUse', /A key could not be used/],
  ['KeyGrant', /A key could not be used/],
], 6))('without %s, an operation fails', async (sid, reason) => {
  expect((await life(withoutStatement(sid))).join('\n')).toMatch(reason);
});

test('without DescribeStack, a request that arrives after CloudFormation has cancelled it copies', async () => {
  expect(await copiesAfterCancellation(() => undefined)).toBe(0);
  await account.reset();
  expect(await copiesAfterCancellation(withoutStatement('DescribeStack'))).toBe(1);
});

test('these are all statements that there are, but for those of the log', () => {
  const stack = new Stack(undefined, 'Images');
  everyKind(stack);
  const tested = [
    'Start', 'InvokeStep',
    'Describe', 'CopyFrom', 'Copy', 'TagOnCopy', 'ChangeTags', 'ChangeDescription', 'DeleteAmi', 'ReadBootData', 'DefaultKey', 'EncryptionByDefault', 'EbsKeyMetadata', 'KeyMetadata',
    // test/sharing/sharing.deploy.test.ts has the one of RevokeSharing
    'DestinationKeyUse', 'SourceKeyUse', 'KeyGrant', 'DescribeStack', 'RevokeSharing',
  ];
  expect(Object.keys(statementsOf(stack)).sort()).toEqual([...tested, 'Log'].sort());
});
