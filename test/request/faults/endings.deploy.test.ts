import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AwsError } from '../../../local-aws/aws-call';
import { throttled } from '../../../local-aws/lambda/lambda-faults';
import { EncryptedAmiCopy } from '../../../src';
import { copyOf, Deployment, imageWithId, NOTHING, reasonIn } from '../../helpers/deployment';
import { REQUEST, STEP } from '../../helpers/fail-every-invocation';
import { nightly } from '../../setup/nightly';

/** How requests end whose functions, state machine or answers are in trouble. */

const ONE_COPY = { images: 1, snapshots: 1, volumes: 0, instances: 0 };

let account: Deployment;
let source: string;
// a task has a timeout at all that a test can wait for
beforeAll(async () => { account = await Deployment.start({ minInvocationMs: 3_000 }); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
});
afterEach(() => account.reset());
afterAll(() => account.stop());

/** The event of a step, as it stands in the payload of its invocation. */
const isStepOf = (type: string) => (name: string, payload: string) => name.includes(STEP) && payload.includes(`"RequestType":"${type}"`) && !payload.includes('"respond"');

const slow = () => account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 200, used: 150 }] }).id;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await account.aws.clock.sleep(1_000);
  }
}

function answers(): number {
  return account.aws.log.calls.filter(({ service, action, error }) => service === 'unsigned' && action.startsWith('PUT /response/') && error === undefined).length;
}

test('a request that is delivered twice is one execution and one answer', async () => {
  account.aws.lambda.faults.add({ matches: REQUEST, deliverTwice: true });
  expect(await account.deploy(copyOf(source))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.lambda.invocations.filter(({ functionName }) => functionName.includes(REQUEST))).toHaveLength(2);
  expect(account.aws.stepFunctions.executions).toHaveLength(1);
  expect(answers()).toBe(1);
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.stepFunctions.executions).toHaveLength(2);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test('throttled for ten minutes, a copy is complete', async () => {
  account.aws.lambda.faults.add({ matches: STEP, refuse: throttled(), lastsMs: 600_000, after: 1 });
  expect(await account.deploy(copyOf(source))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
});

nightly('throttled for ever, it fails before the hour is over, with a sentence', async () => {
  account.aws.lambda.faults.add({ matches: isStepOf('Create'), refuse: throttled(), after: 1 });
  const began = account.aws.clock.now();
  const { status, failures } = await account.deploy(copyOf(source));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toHaveLength(1);
  expect(reasonIn(failures[0])).toMatch(/^Lambda did not run the handler before the timeout\. Check the concurrency quota .* \(Lambda Lambda\.TooManyRequestsException: Rate Exceeded\./);
  expect(account.aws.clock.now() - began).toBeLessThan(64 * 60_000);
  // the Delete finds the copy that the first step has started
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}, 60_000);

nightly('a step that does not end is tried again when its function must have ended', async () => {
  account.aws.lambda.faults.add({ matches: isStepOf('Create'), delay: 40 * 60_000, times: 1 });
  expect(await account.deploy(copyOf(source))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.log.of('ec2:CopyImage').filter(({ error }) => error === undefined).length).toBeGreaterThan(0);
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
}, 60_000);

test('an answer that does not arrive is sent again', async () => {
  account.aws.faults.add({ matches: ({ action }) => action.startsWith('PUT /response/'), error: new AwsError('SlowDown', 'Please reduce your request rate.', 503), times: 4 });
  expect(await account.deploy(copyOf(source))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(answers()).toBe(1);
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
});

test('an answer whose receipt is lost is sent again, and the second one does no harm', async () => {
  account.aws.faults.add({ matches: ({ action }) => action.startsWith('PUT /response/'), dropResponse: true, times: 1 });
  expect(await account.deploy(copyOf(source))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test('an execution that somebody stops ends with ServiceTimeout, and its Delete leaves nothing', async () => {
  const deployed = account.deploy(copyOf(slow(), { timeout: Duration.minutes(5) }));
  await until(() => account.aws.ec2.counts().images > 0);
  const client = new SFNClient(account.aws.clientOptions());
  await client.send(new StopExecutionCommand({ executionArn: account.aws.stepFunctions.executions[0].arn }));
  client.destroy();
  const began = account.aws.clock.now();
  const { status, failures } = await deployed;
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toContain('CloudFormation did not receive a response from your Custom Resource');
  expect(account.aws.clock.now() - began).toBeLessThan(30 * 60_000);
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}, 60_000);

describe('a request that arrives when CloudFormation has cancelled it', () => {
  const failing = (stack: Stack) => {
    new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' });
  };
  const both = (stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), useDefaultKey: true });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  };

  test('makes nothing', async () => {
    account.aws.cloudFormationSwitches.canceledRequest = 'abandon';
    await account.deploy(both);
    account.aws.lambda.faults.add({ matches: (name, payload) => name.includes(REQUEST) && payload.includes('"LogicalResourceId":"Late'), delay: 20 * 60_000, times: 1 });
    const updated = await account.deploy(stack => {
      both(stack);
      new EncryptedAmiCopy(stack, 'Late', { sourceImage: imageWithId(source), useDefaultKey: true });
      failing(stack);
    });
    expect(updated.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const before = account.aws.log.of('ec2:CopyImage').length;
    account.aws.clock.advance(20 * 60_000);
    await until(() => account.aws.stepFunctions.executions.some(({ input, status }) => input.includes('"LogicalResourceId":"Late') && input.includes('"Create"') && status !== 'RUNNING'));
    expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(before);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  }, 60_000);
});
