import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EncryptedAmiCopy } from '../../../src';
import { copyOf, Deployment, imageWithId, NOTHING, reasonIn } from '../../helpers/deployment';
import { STEP } from '../../helpers/fail-every-invocation';
import { sample } from '../../setup/nightly';

/** Executions that end without an answer, which no Catch sees: CloudFormation waits until `ServiceTimeout`, and the Delete leaves nothing. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const addSource = (used: number) => account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 200, used }] }).id;
const executionsOf = (type: string) => account.aws.stepFunctions.executions.filter(({ input }) => input.includes(`"RequestType":"${type}"`));
const isStepOf = (type: string) => (name: string, payload: string) => name.includes(STEP) && payload.includes(`"RequestType":"${type}"`) && !payload.includes('"respond"');

async function until(condition: () => boolean): Promise<void> {
  for (let seconds = 0; !condition(); seconds += 1) {
    if (seconds > 2 * 3_600) {
      throw new Error(`not within two hours: ${condition}`);
    }
    await account.aws.clock.sleep(1_000);
  }
}

/** Deploys a copy that takes longer than its `timeout`, and whose execution ends with an error. */
async function failingCreate(error: string): Promise<void> {
  const began = account.aws.clock.now();
  const deployed = account.deploy(copyOf(addSource(150), { timeout: Duration.minutes(5) }));
  await until(() => executionsOf('Create')[0]?.status === 'FAILED');
  expect(executionsOf('Create')[0].error).toBe(error);
  expect(account.aws.ec2.counts().images).toBe(1);
  account.aws.clock.advance(20 * 60_000);
  Object.assign(account.aws.stepFunctions.limits, { historyEvents: 25_000 });
  const { status, failures } = await deployed;
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toContain('CloudFormation did not receive a response from your Custom Resource');
  // five minutes and twenty for cleaning up, and the rollback
  expect(account.aws.clock.now() - began).toBeLessThan(40 * 60_000);
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}

test('by the quota of history events', async () => {
  account.aws.stepFunctions.limits.historyEvents = 25;
  await failingCreate('States.Runtime');
}, 60_000);

// the first three end in the same way, and the step function returns none of them
test.each(sample([
  ['a fraction of a second', '{"memory":{},"wait":0.5}', 'States.Runtime'],
  ['no time to wait and no answer', '{"memory":{}}', 'States.Runtime'],
  ['nothing', 'null', 'States.Runtime'],
  ['more than 256 KiB', JSON.stringify({ memory: 'x'.repeat(256 * 1024), wait: 1 }), 'States.DataLimitExceeded'],
], 2))('by a step that returns %s', async (_what, result, error) => {
  account.aws.lambda.faults.add({ matches: isStepOf('Create'), result, after: 1, times: 1 });
  await failingCreate(error);
}, 60_000);

test('by an update of an AMI that exists: the AMI stays, the next update completes, and the Delete leaves nothing', async () => {
  const source = addSource(4);
  const copy = (description: string) => copyOf(source, { description, timeout: Duration.minutes(5) });
  const { outputs } = await account.deploy(copy('first'));
  account.aws.lambda.faults.add({ matches: isStepOf('Update'), result: '{"memory":{}}', times: 1 });
  const updating = account.deploy(copy('second'));
  await until(() => executionsOf('Update')[0]?.status === 'FAILED');
  account.aws.clock.advance(20 * 60_000);
  expect((await updating).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  await until(() => executionsOf('Update').every(({ running }) => !running));
  expect(executionsOf('Update').map(({ status }) => status)).toEqual(['FAILED', 'SUCCEEDED']);
  expect(account.aws.ec2.image(outputs.ImageId)).toMatchObject({ state: 'available', description: 'first' });
  expect(await account.deploy(copy('third'))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [], outputs });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}, 60_000);

describe('by the deletion of the state machine', () => {
  test('with its stack, while a cancelled request works', async () => {
    account.aws.cloudFormationSwitches.canceledRequest = 'abandon';
    const source = addSource(150);
    const deployed = account.deploy(stack => {
      copyOf(source)(stack);
      // fails when the first copy has begun
      const failing = new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' });
      failing.node.addDependency(new EncryptedAmiCopy(stack, 'Short', { sourceImage: imageWithId(addSource(1)), useDefaultKey: true }));
    });
    // an invocation of the Create that is under way until the state machine is gone
    account.aws.lambda.faults.add({ matches: (name, payload) => isStepOf('Create')(name, payload) && payload.includes('"ids":{"copy"'), delay: 2 * 60 * 60_000, times: 1 });
    expect((await deployed).status).toBe('ROLLBACK_COMPLETE');
    await account.destroy();
    account.aws.clock.advance(2 * 60 * 60_000);
    await until(() => account.aws.stepFunctions.executions.every(({ running }) => !running));
    expect(executionsOf('Create').map(({ status }) => status)).toContain('FAILED');
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  }, 60_000);

  test('by hand: each request that cannot start says how to create it again, and then the Delete leaves nothing', async () => {
    const deployed = account.deploy(copyOf(addSource(150), { timeout: Duration.minutes(5) }));
    await until(() => account.aws.ec2.counts().images > 0);
    const [arn] = account.aws.stepFunctions.arns();
    const { revision } = account.aws.stepFunctions.get(arn);
    account.aws.stepFunctions.delete(arn);
    account.aws.clock.advance(20 * 60_000);
    const { status, failures } = await deployed;
    expect(status).toBe('ROLLBACK_FAILED');
    expect(failures[0]).toContain('CloudFormation did not receive a response from your Custom Resource');
    expect(reasonIn(failures[1])).toMatch(new RegExp(`^The state machine ${arn} does not exist any more\\. Create it again with the same name, and with the role and the definition that the template of the stack has, then deploy or delete the stack again\\.`));
    account.aws.stepFunctions.create(arn, { definition: revision.definitionText, roleArn: revision.roleArn });
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  }, 60_000);
});
