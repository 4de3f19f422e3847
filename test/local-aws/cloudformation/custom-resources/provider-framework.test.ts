import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, CfnOutput, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { StackResult } from '../../../../local-aws/deployment';
import { LocalAws } from '../../../../local-aws/local-aws';

/** A handler that does as its resource's properties say. */
const onEvent = `
exports.handler = async event => {
  const { Id, FailStart } = event.ResourceProperties;
  if (FailStart && event.RequestType !== 'Delete') throw new Error('cannot start');
  return { PhysicalResourceId: event.RequestType === 'Delete' ? event.PhysicalResourceId : Id, Data: { Started: new Date().toISOString() } };
};`;
const isComplete = `
const polls = {};
exports.handler = async event => {
  const { Polls, FailEnd } = event.ResourceProperties;
  if (event.RequestType === 'Delete') return { IsComplete: true };
  if (FailEnd) throw new Error('the image ' + event.PhysicalResourceId + ' failed');
  polls[event.RequestId] = (polls[event.RequestId] || 0) + 1;
  return polls[event.RequestId] >= Number(Polls || 1) ? { IsComplete: true, Data: { Polls: String(polls[event.RequestId]) } } : { IsComplete: false };
};`;

interface Properties {
  readonly Id: string;
  readonly FailStart?: boolean;
  readonly FailEnd?: boolean;
  readonly Polls?: number;
}

let aws: LocalAws;
let directory: string;
let synthesized = 0;

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 120 });
  directory = mkdtempSync(join(tmpdir(), 'provider-framework-'));
});

afterAll(async () => {
  await aws.stop();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  await aws.reset();
});

function deploy(properties: Properties, totalTimeout = Duration.minutes(30)): Promise<StackResult> {
  synthesized += 1;
  const app = new App({ outdir: join(directory, String(synthesized)) });
  const stack = new Stack(app, 'Provider');
  const handler = (id: string, code: string) =>
    new lambda.Function(stack, id, { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline(code) });
  const provider = new Provider(stack, 'Provider', {
    onEventHandler: handler('Start', onEvent),
    isCompleteHandler: handler('Check', isComplete),
    queryInterval: Duration.seconds(10),
    totalTimeout,
  });
  const resource = new CustomResource(stack, 'Resource', {
    serviceToken: provider.serviceToken, resourceType: 'Custom::Image', properties: { ...properties },
  });
  new CfnOutput(stack, 'Polls', { value: resource.getAttString('Polls') });
  const assembly = app.synth();
  return aws.deploy({ stackName: 'Provider', template: assembly.getStackByName('Provider').templateFullPath, assetDirectory: assembly.directory });
}

/** The requests to the handler: `Create`, `Delete ami-1`, … */
function started(): string[] {
  return aws.lambda.invocations.filter(call => call.functionName.startsWith('Provider-Start')).map(call => {
    const event = JSON.parse(call.payload) as { RequestType: string; PhysicalResourceId?: string };
    return [event.RequestType, event.PhysicalResourceId].filter(Boolean).join(' ');
  });
}

function polls(): number {
  return aws.lambda.invocations.filter(call => call.functionName.startsWith('Provider-Check')).length;
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 2000; waited += 1) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  expect(condition()).toBe(true);
}

function resourceEvents(result: StackResult): string[] {
  return result.events.filter(event => event.ResourceType === 'Custom::Image').map(event => `${event.ResourceStatus} ${event.PhysicalResourceId}`);
}

test('creates, replaces and deletes a resource, and leaves nothing', async () => {
  const created = await deploy({ Id: 'ami-1', Polls: 3 });
  expect(created).toMatchObject({ status: 'CREATE_COMPLETE', failures: [], unknownTypes: [], outputs: { Polls: '3' } });
  expect(started()).toEqual(['Create']);
  expect(polls()).toBe(3);
  expect(created.resources.Resource.physicalId).toBe('ami-1');

  const same = await deploy({ Id: 'ami-1', Polls: 3 });
  expect(same).toMatchObject({ status: 'CREATE_COMPLETE', events: [] });
  expect(started()).toHaveLength(1);

  const replaced = await deploy({ Id: 'ami-2' });
  expect(replaced.status).toBe('UPDATE_COMPLETE');
  expect(started()).toEqual(['Create', 'Update ami-1', 'Delete ami-1']);
  expect(resourceEvents(replaced)).toEqual([
    'UPDATE_IN_PROGRESS ami-1', 'UPDATE_IN_PROGRESS ami-2', 'UPDATE_COMPLETE ami-2', 'DELETE_IN_PROGRESS ami-1', 'DELETE_COMPLETE ami-1',
  ]);

  const destroyed = await aws.destroy('Provider');
  expect(destroyed.status).toBe('DELETE_COMPLETE');
  expect(started().slice(-1)).toEqual(['Delete ami-2']);
  expect([aws.lambda.names(), aws.iam.roleArns(), aws.stepFunctions.arns()]).toEqual([[], [], []]);
});

test('the waiter polls at its interval in the time of the local AWS', async () => {
  await deploy({ Id: 'ami-1', Polls: 4 });

  const times = aws.lambda.invocations.filter(call => call.functionName.startsWith('Provider-Check')).map(call => call.at);
  times.slice(1).forEach((time, index) => expect(time - times[index]).toBeGreaterThanOrEqual(10_000));
});

test('does not forward the Delete after a failure of onEvent', async () => {
  const result = await deploy({ Id: 'ami-1', FailStart: true });

  expect(result.status).toBe('ROLLBACK_COMPLETE');
  expect(result.failures[0]).toMatch(/^Resource: Received response status \[FAILED\] from custom resource. Message returned: cannot start/);
  expect(result.failures[0]).toMatch(/Logs: \/aws\/lambda\/Provider-Start/);
  expect(resourceEvents(result)).toContain('DELETE_COMPLETE AWSCDK::CustomResourceProviderFramework::CREATE_FAILED');
  expect(started()).toEqual(['Create']);
});

test('forwards the Delete with the ID of onEvent after a failure of isComplete', async () => {
  const result = await deploy({ Id: 'ami-1', FailEnd: true });

  expect(result.status).toBe('ROLLBACK_COMPLETE');
  expect(result.failures[0]).toContain('the image ami-1 failed');
  expect(started()).toEqual(['Create', 'Delete ami-1']);
});

test('keeps the old resource and deletes the new one, when an update fails after it returned a new ID', async () => {
  await deploy({ Id: 'ami-1' });

  const result = await deploy({ Id: 'ami-2', FailEnd: true });

  expect(result.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(started()).toEqual(['Create', 'Update ami-1', 'Delete ami-2']);
  expect(result.resources.Resource.physicalId).toBe('ami-1');
});

test('updates the old resource back, when an update fails before it returned a new ID', async () => {
  await deploy({ Id: 'ami-1' });

  const result = await deploy({ Id: 'ami-2', FailStart: true });

  expect(result.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(started()).toEqual(['Create', 'Update ami-1', 'Update ami-1']);
  expect(result.resources.Resource.physicalId).toBe('ami-1');
});

test('times out, and CloudFormation sends Delete', async () => {
  const result = await deploy({ Id: 'ami-1', Polls: 1000 }, Duration.minutes(1));

  expect(result.status).toBe('ROLLBACK_COMPLETE');
  expect(result.failures).toEqual([expect.stringContaining('Message returned: Operation timed out')]);
  // the first time and MaxAttempts more
  expect(polls()).toBe(7 + 1);
  expect(started()).toEqual(['Create', 'Delete ami-1']);
});

test("ignores a response after CloudFormation's timeout", async () => {
  await deploy({ Id: 'ami-1' });

  const updated = deploy({ Id: 'ami-2', Polls: 15 });
  await until(() => polls() > 1);
  aws.clock.advance(60 * 60 * 1000);
  const result = await updated;

  expect(result.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(result.failures[0]).toContain('CloudFormation did not receive a response from your Custom Resource.');
  expect(started()).toEqual(['Create', 'Update ami-1', 'Update ami-1']);
  await until(() => aws.answers.ignored.length > 0);
  expect(JSON.parse(aws.answers.ignored[0].body)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'ami-2' });
});

test('handles an event that is delivered twice', async () => {
  aws.lambda.faults.add({ matches: (name, payload) => name.includes('frameworkonEvent') && payload.includes('"Create"'), deliverTwice: true });

  const result = await deploy({ Id: 'ami-1' });

  expect(result.status).toBe('CREATE_COMPLETE');
  await until(() => aws.answers.ignored.length > 0);
  expect(started()).toEqual(['Create', 'Create']);
  expect(aws.answers.ignored).toHaveLength(1);
});

test('never deletes what a handler created before its process crashed', async () => {
  aws.lambda.faults.add({ matches: 'Provider-Start', crash: 'after', times: 1 });

  const result = await deploy({ Id: 'ami-1' });

  // the framework takes the function's error for the handler's
  expect(result.status).toBe('ROLLBACK_COMPLETE');
  expect(result.failures[0]).toContain('Runtime exited with error: exit status 1');
  expect(started()).toEqual(['Create']);
});

test('invokes a framework function again one minute after its process crashed', async () => {
  aws.lambda.faults.add({ matches: 'frameworkonEvent', crash: 'before', times: 1 });

  const result = await deploy({ Id: 'ami-1' });

  expect(result.status).toBe('CREATE_COMPLETE');
  const [first, second] = aws.lambda.invocations.filter(call => call.functionName.includes('frameworkonEvent'));
  expect(second.payload).toBe(first.payload);
  expect(second.at - first.at).toBeGreaterThanOrEqual(60_000);
});
