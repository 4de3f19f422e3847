import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy } from '../../src';
import { Deployment, imageWithId, NOTHING, withoutStatement } from '../helpers/deployment';
import { sample } from '../setup/nightly';

/** The key that the data of the state machine is encrypted with, and who needs it. */

let account: Deployment;
let imageId: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => { imageId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id; });
afterEach(() => account.reset());
afterAll(() => account.stop());

const copyWith = ({ encrypted = true, description = 'one' } = {}) => (stack: Stack) => {
  const stateMachineEncryptionKey = encrypted ? new kms.Key(stack, 'StateMachineKey') : undefined;
  const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(imageId), useDefaultKey: true, stateMachineEncryptionKey, description });
  new CfnOutput(stack, 'ImageId', { value: copy.imageId });
};

/** The two reads with which AWS's `ReadOnlyAccess` finds the URL that answers a request. */
async function readsOf(extra: readonly object[] = []): Promise<string[]> {
  const { aws } = account;
  const reader = aws.iam.putRole({ account: aws.account, name: 'reader' });
  aws.iam.putRolePolicy(reader, 'read', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['states:Describe*', 'states:List*', 'states:GetExecutionHistory'], Resource: '*' }, ...extra],
  });
  const client = new SFNClient({ ...aws.clientOptions(), credentials: aws.iam.credentials(reader) });
  const executionArn = aws.stepFunctions.executions[0].arn;
  const reads = [client.send(new GetExecutionHistoryCommand({ executionArn })), client.send(new DescribeExecutionCommand({ executionArn }))];
  return Promise.all(reads.map(read => read.then(answer => JSON.stringify(answer), (error: Error) => error.name)));
}

test('without a key, whoever may read executions finds the ResponseURL', async () => {
  expect((await account.deploy(copyWith({ encrypted: false }))).failures).toEqual([]);
  expect(await readsOf()).toEqual([expect.stringContaining('ResponseURL'), expect.stringContaining('ResponseURL')]);
});

test('with a key, they are denied without kms:Decrypt', async () => {
  expect((await account.deploy(copyWith())).failures).toEqual([]);
  expect(await readsOf()).toEqual(['KmsAccessDeniedException', 'KmsAccessDeniedException']);
  expect(await readsOf([{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' }])).toEqual([
    expect.stringContaining('ResponseURL'), expect.stringContaining('ResponseURL'),
  ]);
});

test('a stack gets the key, and loses it again, with the AMI that it has', async () => {
  const first = await account.deploy(copyWith({ encrypted: false }));
  for (const [encrypted, description] of [[true, 'two'], [false, 'three']] as const) {
    expect(await account.deploy(copyWith({ encrypted, description }))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [], outputs: first.outputs });
    expect(account.aws.stepFunctions.arns()).toHaveLength(1);
    const { revision } = account.aws.stepFunctions.get(account.aws.stepFunctions.arns()[0]);
    expect(revision.encryption?.type).toBe(encrypted ? 'CUSTOMER_MANAGED_KMS_KEY' : undefined);
  }
  expect((await account.destroy()).failures).toEqual([]);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test.each(sample<[string, RegExp]>([
  ['StartWithKey', /The request was not started\. .* \(Step Functions KmsAccessDeniedException: /],
  // no Catch sees a key that the role of the state machine is denied
  ['RunWithKey', /CloudFormation did not receive a response/],
], 1))('without %s, no request is carried out', async (sid, reason) => {
  const { failures } = await account.deploy(copyWith(), 'Images', withoutStatement(sid));
  expect(failures.join('\n')).toMatch(reason);
});
