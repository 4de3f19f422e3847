import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../local-aws/kms/key';
import { InstanceAmi } from '../../src';
import { Deployment, keyWithArn, withoutStatement } from '../helpers/deployment';
import { newStack, statementsOf } from '../helpers/stacks';

/** The statements that only an image of an instance has: without any of them, it is not made. */

const STATEMENTS = [
  ['DescribeInstance', /ec2:Describe(Instances|Volumes)/],
  ['ImageOfInstance', /ec2:CreateImage on resource: arn:aws:ec2:us-east-1:123456789012:instance/],
  ['CreateImage', /ec2:CreateImage on resource: arn:aws:ec2:us-east-1::image/],
  ['TagOnImage', /ec2:CreateTags/],
] as const;
/** With `encryptionKey`, the image of the instance is copied. */
const COPY_STATEMENTS = [
  ['CopyFromOwn', /ec2:CopyImage on resource: arn:aws:ec2:us-east-1::image\/ami-/],
  ['CopyFromOwnSnapshots', /ec2:CopyImage on resource: arn:aws:ec2:us-east-1::snapshot/],
  ['Copy', /ec2:CopyImage on resource: arn:aws:ec2:us-east-1::image\/\*/],
  ['TagOnCopy', /ec2:CreateTags/],
] as const;
/** Those of every kind of image; those of copies show what fails without them. */
const SHARED = ['Start', 'InvokeStep', 'RevokeSharing', 'DescribeStack', 'Describe', 'ChangeTags', 'ChangeDescription', 'DeleteAmi', 'ReadBootData', 'EbsKeyMetadata', 'Log'];

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const imageOf = (instanceId: string, keyArn?: string) => (stack: Stack) => void new InstanceAmi(stack, 'Image', {
  instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', instanceId), encryptionKey: keyArn === undefined ? undefined : keyWithArn(stack, keyArn),
});

async function failuresWithout(sid: string, keyArn?: string): Promise<string> {
  const client = new EC2Client(account.aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: account.aws.ec2.seedImage('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  account.aws.clock.advance(30_000);
  return (await account.deploy(imageOf(Instances![0].InstanceId!, keyArn), 'Images', withoutStatement(sid))).failures.join();
}

test.each(STATEMENTS)('without %s, no image is made', async (sid, reason) => {
  expect(await failuresWithout(sid)).toMatch(reason);
});

test.each(COPY_STATEMENTS)('without %s, the image of the instance is not copied with the key', async (sid, reason) => {
  expect(await failuresWithout(sid, arnOf(account.aws.kms.addKey()))).toMatch(reason);
});

test('these are all statements that there are', () => {
  const stack = newStack();
  imageOf('i-0123456789abcdef0')(stack);
  expect(Object.keys(statementsOf(stack)).sort()).toEqual([...STATEMENTS.map(([sid]) => sid), ...SHARED].sort());
  const withKey = newStack();
  imageOf('i-0123456789abcdef0', 'arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111')(withKey);
  expect(Object.keys(statementsOf(withKey)).sort()).toEqual([
    ...[...STATEMENTS, ...COPY_STATEMENTS].map(([sid]) => sid), ...SHARED, 'KeyMetadata', 'DestinationKeyUse', 'KeyGrant',
  ].sort());
});
