import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { State } from '../../../lambda/request/turn';
import { arnOf } from '../../../local-aws/kms/key';
import { EncryptedAmiCopy } from '../../../src';
import { Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';
import { REQUEST, STEP } from '../../helpers/fail-every-invocation';

/**
 * Whoever may invoke the functions or start executions sends requests of their own, with any memory, to a stack at rest: no AMI is deleted, created, changed or
 * shared.
 */

const OTHER_ACCOUNT = '999999999999';
let account: Deployment;
let imageId: string;
let existingId: string;
let created: State;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(async () => {
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const key = arnOf(account.aws.kms.addKey());
  const { failures, outputs, resources } = await account.deploy((stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, key), description: 'declared' });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  });
  expect(failures).toEqual([]);
  imageId = outputs.ImageId;
  existingId = Object.values(resources).find(({ type }) => type.startsWith('Custom::'))!.physicalId!;
  created = JSON.parse(account.aws.stepFunctions.executions[0].input) as State;
});
afterEach(() => account.reset());
afterAll(() => account.stop());

/** Waits for all executions, and checks that the AMI of the stack is as before. */
async function expectUnchanged(): Promise<void> {
  for (let seconds = 0; account.aws.stepFunctions.executions.some(({ running }) => running); seconds += 1) {
    if (seconds > 3 * 3_600) {
      throw new Error('an execution does not end');
    }
    await account.aws.clock.sleep(1_000);
  }
  const image = account.aws.ec2.image(imageId)!;
  expect(image).toMatchObject({ state: 'available', description: 'declared' });
  expect([...image.launchPermissions.users, ...image.launchPermissions.organizations]).toEqual([]);
  expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(1);
}

type Forgery = Partial<Record<keyof State['event'], unknown>> & { readonly memory?: object };

function forged({ memory = {}, ...event }: Forgery): State {
  return {
    ...created,
    event: { ...created.event, ...event } as State['event'],
    deadline: new Date(account.aws.clock.now() + 55 * 60_000).toISOString(),
    turn: { memory, wait: 1 } as State['turn'],
  };
}

const functionNamed = (part: string) => account.aws.lambda.names().find(name => name.includes(part))!;
let attempts = 0;

/** The ways to send a request that IAM can allow. */
const WAYS: Record<string, (state: State) => Promise<unknown>> = {
  'an execution': state => new SFNClient(account.aws.clientOptions()).send(new StartExecutionCommand({
    stateMachineArn: account.aws.stepFunctions.arns()[0], name: `forged-${attempts += 1}`, input: JSON.stringify(state),
  })),
  'the request function': ({ event }) => new LambdaClient(account.aws.clientOptions()).send(new InvokeCommand({
    FunctionName: functionNamed(REQUEST), Payload: JSON.stringify({ ...event, RequestId: `forged-${attempts += 1}` }),
  })),
  'the step function, again and again': async ({ event, turn }) => {
    for (let next = turn, steps = 0; steps < 5 && next.answer === undefined; steps += 1) {
      const startedAt = account.aws.clock.date().toISOString();
      const { Payload } = await new LambdaClient(account.aws.clientOptions()).send(new InvokeCommand({
        FunctionName: functionNamed(STEP), Payload: JSON.stringify({ event, turn: next, startedAt, retryCount: 0 }),
      }));
      next = { ...JSON.parse(Buffer.from(Payload!).toString()) as State['turn'], wait: 1 };
      account.aws.clock.advance(30_000);
    }
  },
};

const inProgress = { stackStatus: 'UPDATE_IN_PROGRESS', operationIds: [], stackStatusReadAt: Date.now() * 2, hourBegan: 0 };
const shared = () => ({ ...created.event.ResourceProperties, SharedOrganizationArns: ['arn:aws:organizations::999999999999:organization/o-abcdefghij'] });
const otherSource = () => ({
  ...created.event.ResourceProperties,
  SourceImageId: account.aws.ec2.addImage({ name: 'private', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id,
});

const FORGERIES: Record<string, () => Forgery> = {
  'a Delete': () => ({ RequestType: 'Delete', PhysicalResourceId: existingId }),
  'a Delete with the memory of a deletion': () => ({
    RequestType: 'Delete', PhysicalResourceId: existingId, memory: { ...inProgress, stackStatus: 'DELETE_IN_PROGRESS' },
  }),
  'a Delete of another physical id of the attempt': () => ({ RequestType: 'Delete', PhysicalResourceId: existingId.replace(/\W?ami-\w+$/, '') }),
  'the Create again, as failed': () => ({ memory: { ...inProgress, failure: 'forged', failedAt: 0, mayHaveCreated: true, ids: { copy: imageId } } }),
  'the Create again, with its memory': () => ({ memory: { ...inProgress, stackStatus: 'CREATE_IN_PROGRESS', mayHaveCreated: true, ids: { copy: imageId } } }),
  'a Create of another source, shared': () => ({
    RequestId: '11111111-1111-1111-1111-111111111111', ResourceProperties: { ...otherSource(), SharedAccountIds: [OTHER_ACCOUNT] }, memory: { ...inProgress, stackStatus: 'CREATE_IN_PROGRESS' },
  }),
  'an Update that shares': () => ({
    RequestType: 'Update', RequestId: '22222222-2222-2222-2222-222222222222', PhysicalResourceId: existingId, OldResourceProperties: created.event.ResourceProperties, ResourceProperties: shared(),
  }),
  'an Update that shares, with a memory': () => ({
    RequestType: 'Update',
    RequestId: '22222222-2222-2222-2222-222222222222',
    PhysicalResourceId: existingId,
    OldResourceProperties: created.event.ResourceProperties,
    ResourceProperties: shared(),
    memory: inProgress,
  }),
  'an Update of the source': () => ({
    RequestType: 'Update',
    RequestId: '33333333-3333-3333-3333-333333333333',
    PhysicalResourceId: existingId,
    OldResourceProperties: created.event.ResourceProperties,
    ResourceProperties: otherSource(),
    memory: inProgress,
  }),
  'an Update to create again, as failed': () => ({
    RequestType: 'Update',
    PhysicalResourceId: existingId,
    OldResourceProperties: created.event.ResourceProperties,
    ResourceProperties: otherSource(),
    memory: { ...inProgress, recreate: true, failure: 'forged', failedAt: 0, mayHaveCreated: true },
  }),
};

describe.each(Object.entries(WAYS))('by %s', (_way, send) => {
  test.each(Object.entries(FORGERIES))('%s changes nothing', async (_what, forgery) => {
    await send(forged(forgery()));
    await expectUnchanged();
  });
});
