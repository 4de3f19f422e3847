import {
  DescribeExecutionCommand, DescribeStateMachineCommand, GetExecutionHistoryCommand, StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { machineArn, TestMachine } from './test-machine';
import { Iam } from '../../../local-aws/iam/iam';
import { arnOf, Key } from '../../../local-aws/kms/key';
import { Kms } from '../../../local-aws/kms/kms';

const account = '123456789012';
const context = { 'kms:EncryptionContext:aws:states:stateMachineArn': machineArn };
const viaStates = { 'kms:ViaService': 'states.us-east-1.amazonaws.com' };
const waiting = JSON.stringify({
  StartAt: 'wait', States: { wait: { Type: 'Wait', Seconds: 60, Next: 'end' }, end: { Type: 'Pass', End: true } },
});

let machine: TestMachine;
let iam: Iam;
let key: Key;
let callerArn: string;
let roleArn: string;

function allow(role: string, actions: string[], conditions: object): void {
  iam.putRolePolicy(role, 'kms', {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: actions, Resource: '*', Condition: { StringEquals: conditions } },
      { Effect: 'Allow', Action: 'states:*', Resource: '*' },
    ],
  });
}

beforeEach(async () => {
  iam = new Iam();
  machine = await TestMachine.start({
    authorizer: iam,
    kms: clock => new Kms({ clock, authorizer: iam }),
    principalOf: arn => iam.principal(iam.credentials(arn).accessKeyId),
    caller: () => iam.principal(iam.credentials(callerArn).accessKeyId),
  });
  key = machine.kms!.addKey({ alias: 'alias/machine' });
  callerArn = iam.putRole({ account, name: 'caller' });
  roleArn = iam.putRole({ account, name: 'machine' });
  allow(callerArn, ['kms:GenerateDataKey', 'kms:Decrypt'], { ...context, ...viaStates });
  allow(roleArn, ['kms:GenerateDataKey', 'kms:Decrypt'], context);
  create('alias/machine');
});

afterEach(() => machine.stop());

function create(kmsKeyId: string): void {
  machine.stepFunctions.delete(machineArn);
  machine.stepFunctions.create(machineArn, { definition: waiting, roleArn, encryption: { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId } });
}

const start = () => machine.client.send(new StartExecutionCommand({ stateMachineArn: machineArn, input: '{"secret":1}' })).then(started => started.executionArn!);

test('caller and role are allowed to use the key, each with their own conditions', async () => {
  expect(await machine.finish(await start())).toMatchObject({ status: 'SUCCEEDED', output: '{"secret":1}' });
});

test.each(['kms:GenerateDataKey', 'kms:Decrypt'])('the caller needs %s to start an execution', async action => {
  allow(callerArn, ['kms:GenerateDataKey', 'kms:Decrypt'].filter(one => one !== action), { ...context, ...viaStates });

  await expect(start()).rejects.toMatchObject({ name: 'KmsAccessDeniedException', message: expect.stringContaining(`perform: ${action} on resource: ${arnOf(key)}`) });
  expect(machine.stepFunctions.executions).toEqual([]);
});

test('the caller needs permission to start an execution', async () => {
  iam.deleteRolePolicy(callerArn, 'kms');

  await expect(start()).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(`perform: states:StartExecution on resource: ${machineArn}`) });
});

test.each([
  ['of another state machine', { 'kms:EncryptionContext:aws:states:stateMachineArn': `${machineArn}2` }],
  ['through another service', { ...context, 'kms:ViaService': 'ec2.us-east-1.amazonaws.com' }],
])('permission to use the key %s is not enough', async (_what, conditions) => {
  allow(callerArn, ['kms:*'], conditions);

  await expect(start()).rejects.toMatchObject({ name: 'KmsAccessDeniedException' });
});

test.each(['kms:GenerateDataKey', 'kms:Decrypt'])('the role needs %s, without which the execution fails with States.Runtime', async action => {
  allow(roleArn, ['kms:GenerateDataKey', 'kms:Decrypt'].filter(one => one !== action), context);

  expect(await machine.finish(await start())).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining(action) });
});

test('the role does not use the key through Step Functions', async () => {
  allow(roleArn, ['kms:*'], { ...context, ...viaStates });

  expect(await machine.finish(await start())).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test('a disabled key fails the execution at its next step, and prevents new executions', async () => {
  const arn = await start();
  await machine.pass(10);
  key.state = 'Disabled';
  await machine.pass(60);

  await expect(start()).rejects.toMatchObject({ name: 'KmsInvalidStateException', message: expect.stringContaining(arnOf(key)) });
  await expect(machine.describe(arn)).rejects.toMatchObject({ name: 'KmsInvalidStateException' });
  expect(await machine.client.send(new DescribeExecutionCommand({ executionArn: arn, includedData: 'METADATA_ONLY' }))).toMatchObject({ status: 'FAILED' });
  key.state = 'PendingDeletion';
  await expect(start()).rejects.toMatchObject({ name: 'KmsInvalidStateException', message: expect.stringContaining('is pending deletion') });
  key.state = 'Enabled';
  expect(await machine.describe(arn)).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining('is disabled') });
});

test('reading history and data needs kms:Decrypt, also for a history without data', async () => {
  const arn = await machine.finish(await start()).then(ended => ended.executionArn!);
  const history = (includeExecutionData: boolean) => machine.client.send(new GetExecutionHistoryCommand({ executionArn: arn, includeExecutionData }));
  const definition = (includedData: 'ALL_DATA' | 'METADATA_ONLY') => machine.client.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn, includedData }));
  expect((await history(true)).events).toHaveLength(6);

  allow(callerArn, ['kms:GenerateDataKey'], { ...context, ...viaStates });

  await expect(history(true)).rejects.toMatchObject({ name: 'KmsAccessDeniedException' });
  await expect(history(false)).rejects.toMatchObject({ name: 'KmsAccessDeniedException' });
  await expect(machine.describe(arn)).rejects.toMatchObject({ name: 'KmsAccessDeniedException' });
  const metadata = await machine.client.send(new DescribeExecutionCommand({ executionArn: arn, includedData: 'METADATA_ONLY' }));
  expect(metadata.status).toBe('SUCCEEDED');
  expect([metadata.input, metadata.output]).toEqual([undefined, undefined]);
  await expect(definition('ALL_DATA')).rejects.toMatchObject({ name: 'KmsAccessDeniedException' });
  expect(await definition('METADATA_ONLY')).toMatchObject({ definition: '{}', encryptionConfiguration: { kmsKeyId: arnOf(key), kmsDataKeyReusePeriodSeconds: 300 } });
});

test('an execution keeps the key with which it was started', async () => {
  const arn = await start();
  machine.stepFunctions.update(machineArn, { definition: waiting, roleArn, encryption: { type: 'AWS_OWNED_KEY' } });
  key.state = 'Disabled';

  expect((await machine.finish(await start())).status).toBe('SUCCEEDED');
  key.state = 'Enabled';
  expect(await machine.describe(arn)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test.each([
  ['a key that is not there', () => 'alias/none'],
  ['a key that is disabled', () => machine.kms!.addKey({ state: 'Disabled' }).keyId],
  ['a key that is not symmetric', () => machine.kms!.addKey({ spec: 'RSA_2048' }).keyId],
])('CreateStateMachine fails with %s', (_what, keyId) => {
  expect(() => create(keyId())).toThrow(expect.objectContaining({ code: 'InvalidEncryptionConfiguration' }));
});
