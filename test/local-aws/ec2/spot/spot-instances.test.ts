import {
  CancelSpotInstanceRequestsCommand, CreateTagsCommand, DescribeInstancesCommand, DescribeSpotInstanceRequestsCommand, DescribeTagsCommand,
  RunInstancesCommandInput, SpotInstanceRequest, SpotMarketOptions, StartInstancesCommand, StopInstancesCommand, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { describedInstance, run } from '../calls';
import { client, aws } from '../each-test';
import { account, region, TestAws } from '../test-aws';

const PERSISTENT: SpotMarketOptions = { SpotInstanceType: 'persistent', InstanceInterruptionBehavior: 'stop' };

const runSpot = (SpotOptions: SpotMarketOptions = PERSISTENT, input: Partial<RunInstancesCommandInput> = {}) =>
  run({ InstanceMarketOptions: { MarketType: 'spot', SpotOptions }, ...input });

async function spotRequest(id: string): Promise<SpotInstanceRequest> {
  const { SpotInstanceRequests } = await client.send(new DescribeSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] }));
  return SpotInstanceRequests![0];
}

async function instancesOf(requestId: string) {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'spot-instance-request-id', Values: [requestId] }] }));
  return Reservations!.flatMap(({ Instances }) => Instances!);
}

const cancel = (id: string, by = client) => by.send(new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] }));
const terminate = (id: string) => client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
const stop = (id: string) => client.send(new StopInstancesCommand({ InstanceIds: [id] }));

/** A Spot Instance of a persistent request that is running. */
async function running(input?: Partial<RunInstancesCommandInput>): Promise<{ id: string; requestId: string }> {
  const launched = await runSpot(PERSISTENT, input);
  aws.pass(1);
  return { id: launched.InstanceId!, requestId: launched.SpotInstanceRequestId! };
}

describe('a launch of a Spot Instance', () => {
  test('has a request, which the instance and its filters name', async () => {
    const tags = [{ Key: 'team', Value: 'images' }];
    const { id, requestId } = await running({ TagSpecifications: [{ ResourceType: 'spot-instances-request', Tags: tags }] });
    expect(requestId).toMatch(/^sir-/);
    expect(await describedInstance(id)).toMatchObject({ InstanceLifecycle: 'spot', SpotInstanceRequestId: requestId, State: { Name: 'running' } });
    expect(await spotRequest(requestId)).toMatchObject({
      State: 'active',
      Status: { Code: 'fulfilled' },
      Type: 'persistent',
      InstanceInterruptionBehavior: 'stop',
      InstanceId: id,
      Tags: tags,
      LaunchSpecification: { InstanceType: 't3.micro' },
    });
    const found = async (Name: string, value: string) =>
      (await client.send(new DescribeSpotInstanceRequestsCommand({ Filters: [{ Name, Values: [value] }] }))).SpotInstanceRequests!.length;
    expect([await found('tag:team', 'images'), await found('instance-id', id), await found('state', 'open')]).toEqual([1, 1, 0]);
    await client.send(new CreateTagsCommand({ Resources: [requestId], Tags: [{ Key: 'more', Value: '1' }] }));
    expect((await client.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-type', Values: ['spot-instances-request'] }] }))).Tags).toHaveLength(2);
    expect(aws.ec2.counts()).toMatchObject({ instances: 1, spotRequests: 1 });
    expect(await describedInstance((await run()).InstanceId!)).not.toHaveProperty('SpotInstanceRequestId');
  });

  test.each<[string, SpotMarketOptions, string]>([
    ['a persistent request whose instances are terminated', { SpotInstanceType: 'persistent' },
      "The request with type 'persistent' is not supported when instanceInterruptionBehavior is set to 'terminate'."],
    ['a one-time request whose instance is stopped', { InstanceInterruptionBehavior: 'stop' },
      "The request with type 'one-time' is not supported when instanceInterruptionBehavior is set to 'stop'."],
    ['a one-time request with an end', { ValidUntil: new Date('2026-02-01') }, "The parameter validUntil cannot be specified when the SpotRequestType is set to 'one-time'."],
    ['an end in the past', { ...PERSISTENT, ValidUntil: new Date('2025-02-01') }, 'parameter validUntil is invalid'],
  ])('refuses %s', async (_title, options, message) => {
    await expect(runSpot(options)).rejects.toThrow(message);
    expect(aws.ec2.counts()).not.toHaveProperty('spotRequests');
  });

  test('fails for lack of Spot capacity only, and an On-Demand launch for lack of that only', async () => {
    aws.ec2.capacity.add({ lifecycle: 'spot' });
    await expect(runSpot()).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity', message: 'There is no Spot capacity available that matches your request.' });
    await run();
    aws.ec2.capacity.clear();
    aws.ec2.capacity.add({ lifecycle: 'on-demand' });
    await expect(run()).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
    await runSpot();
  });
});

describe('the request of an instance', () => {
  test('that is stopped is disabled, and active again when the instance is started', async () => {
    const { id, requestId } = await running();
    await stop(id);
    aws.pass(1);
    expect(await spotRequest(requestId)).toMatchObject({ State: 'disabled', Status: { Code: 'instance-stopped-by-user' } });
    expect(aws.ec2.counts()).toMatchObject({ spotRequests: 1 });
    await client.send(new StartInstancesCommand({ InstanceIds: [id] }));
    expect(await spotRequest(requestId)).toMatchObject({ State: 'active' });
  });

  test.each(['tagged', 'untagged'] as const)('that is terminated launches another, which is %s', async kind => {
    aws.ec2.switches.relaunchedSpotInstance = kind;
    const { id, requestId } = await running({ ClientToken: 'token', TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }] });
    await terminate(id);
    aws.clock.advance(21_000);
    expect(await spotRequest(requestId)).toMatchObject({ State: 'open' });
    aws.pass(1);
    expect(await spotRequest(requestId)).toMatchObject({ State: 'active' });
    aws.pass(1);
    const [, second] = await instancesOf(requestId);
    expect(second).toMatchObject({ InstanceLifecycle: 'spot', State: { Name: 'running' }, ...kind === 'tagged' ? { ClientToken: 'token', Tags: [{ Key: 'a', Value: 'b' }] } : {} });
    expect(second.Tags?.length ?? 0).toBe(kind === 'tagged' ? 1 : 0);
    expect(await spotRequest(requestId)).toMatchObject({ State: 'active', InstanceId: second.InstanceId });
    await cancel(requestId);
    await terminate(second.InstanceId!);
    aws.pass();
    expect(aws.ec2.counts()).toEqual({ images: 0, snapshots: 0, volumes: 0, instances: 0 });
  });

  test('that is terminated while EC2 has no capacity launches another when it has', async () => {
    const { id, requestId } = await running();
    aws.ec2.capacity.add({ lifecycle: 'spot' });
    await terminate(id);
    aws.pass(2);
    expect(await spotRequest(requestId)).toMatchObject({ State: 'open', Status: { Code: 'capacity-not-available' } });
    aws.ec2.capacity.clear();
    aws.pass(1);
    expect(await instancesOf(requestId)).toHaveLength(2);
  });

  test('that fails at its launch launches another, too', async () => {
    aws.ec2.capacity.add({ whilePending: true });
    const { SpotInstanceRequestId } = await runSpot();
    aws.pass(1);
    aws.pass(1);
    const [first, second] = await instancesOf(SpotInstanceRequestId!);
    expect([first.State?.Name, second.SpotInstanceRequestId]).toEqual(['terminated', SpotInstanceRequestId]);
  });

  test('that was canceled launches nothing; the running instance stays, and cannot be stopped', async () => {
    const { id, requestId } = await running();
    expect((await cancel(requestId)).CancelledSpotInstanceRequests).toEqual([{ SpotInstanceRequestId: requestId, State: 'cancelled' }]);
    aws.pass(1);
    expect(await describedInstance(id)).toMatchObject({ State: { Name: 'running' } });
    expect(await spotRequest(requestId)).toMatchObject({ State: 'cancelled', Status: { Code: 'request-canceled-and-instance-running' } });
    await expect(stop(id)).rejects.toMatchObject({ name: 'IncorrectSpotRequestState' });
    await terminate(id);
    aws.pass(5);
    expect(aws.ec2.counts()).toMatchObject({ instances: 0 });
    expect((await cancel(requestId)).CancelledSpotInstanceRequests).toMatchObject([{ State: 'cancelled' }]);
  });

  test('that was canceled while the instance was stopped terminates it', async () => {
    const { id, requestId } = await running();
    await stop(id);
    aws.pass(1);
    await cancel(requestId);
    expect(aws.ec2.instanceState(id)).toBe('stopped');
    aws.pass(1);
    expect(await describedInstance(id)).toMatchObject({ State: { Name: 'terminated' }, StateReason: { Code: 'Server.SpotInstanceTermination' } });
  });

  test('launches nothing after its end', async () => {
    const launched = await runSpot({ ...PERSISTENT, ValidUntil: new Date(aws.clock.now() + 600_000) });
    aws.pass(11);
    expect(await spotRequest(launched.SpotInstanceRequestId!)).toMatchObject({ State: 'cancelled' });
    await terminate(launched.InstanceId!);
    aws.pass(5);
    expect(aws.ec2.counts()).toEqual({ images: 0, snapshots: 0, volumes: 0, instances: 0 });
  });

  test('for one instance ends with it, and its instance cannot be stopped', async () => {
    const { InstanceId, SpotInstanceRequestId } = await runSpot({});
    aws.pass(1);
    await expect(stop(InstanceId!)).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: `You can't stop the Spot Instance '${InstanceId}' because it is associated with a one-time Spot Instance request. ` +
        'You can only stop Spot Instances associated with persistent Spot Instance requests.',
    });
    await terminate(InstanceId!);
    aws.pass(1);
    expect(await spotRequest(SpotInstanceRequestId!)).toMatchObject({ State: 'closed' });
    expect((await cancel(SpotInstanceRequestId!)).CancelledSpotInstanceRequests).toMatchObject([{ State: 'closed' }]);
  });
});

describe('an interruption', () => {
  test('stops the instance, which only EC2 starts again', async () => {
    const { id, requestId } = await running();
    aws.ec2.interruptSpotInstance(id, { capacityAfter: 120_000 });
    aws.pass(1);
    expect(await describedInstance(id)).toMatchObject({ State: { Name: 'stopped' }, StateReason: { Code: 'Server.SpotInstanceShutdown' } });
    expect(await spotRequest(requestId)).toMatchObject({ State: 'disabled', Status: { Code: 'instance-stopped-no-capacity' } });
    await expect(client.send(new StartInstancesCommand({ InstanceIds: [id] }))).rejects.toThrow('Only Amazon EC2 can restart an interrupted stopped Spot Instance.');
    aws.pass(2);
    expect(await describedInstance(id)).toMatchObject({ State: { Name: 'running' } });
    expect(await spotRequest(requestId)).toMatchObject({ State: 'active' });
  });

  test('terminates the instance of a one-time request, and touches no other instance', async () => {
    const { InstanceId } = await runSpot({});
    const other = await run();
    aws.pass(1);
    [InstanceId!, other.InstanceId!].forEach(id => aws.ec2.interruptSpotInstance(id));
    aws.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ StateReason: { Code: 'Server.SpotInstanceTermination' } });
    expect(aws.ec2.instanceState(other.InstanceId!)).toBe('running');
  });
});

describe('a shutdown from the operating system', () => {
  const launch = () => running({ UserData: Buffer.from('#!/bin/sh\nshutdown -h now').toString('base64') });

  test('stops the instance of a persistent request', async () => {
    const { id, requestId } = await launch();
    aws.pass(1);
    expect(await describedInstance(id)).toMatchObject({ State: { Name: 'stopped' }, StateReason: { Code: 'Client.InstanceInitiatedShutdown' } });
    expect(await spotRequest(requestId)).toMatchObject({ State: 'disabled' });
  });

  test.each([['terminates', 'terminated'], ['stops', 'stopped']] as const)('%s it if the request was canceled before', async (answer, state) => {
    aws.ec2.switches.shutdownAfterSpotCancellation = answer;
    const launched = await runSpot(PERSISTENT, { UserData: Buffer.from('#!/bin/sh\nshutdown -h now').toString('base64') });
    await cancel(launched.SpotInstanceRequestId!);
    aws.pass(2);
    expect(aws.ec2.instanceState(launched.InstanceId!)).toBe(state);
  });
});

describe('permissions', () => {
  const own = (type: string) => `arn:aws:ec2:${region}:${account}:${type}/*`;
  const launch = { Effect: 'Allow', Action: 'ec2:RunInstances', NotResource: own('spot-instances-request') };
  const tags = [{ ResourceType: 'spot-instances-request' as const, Tags: [{ Key: 'owner', Value: 'us' }] }];
  const runAs = (statements: object[], TagSpecifications?: RunInstancesCommandInput['TagSpecifications']) => {
    const role = aws.clientOfRole(statements);
    return run({ InstanceMarketOptions: { MarketType: 'spot' }, TagSpecifications }, role);
  };

  beforeEach(() => aws.iam.createServiceLinkedRole({ account, partition: 'aws' }, 'spot.amazonaws.com'));

  test('the request is a resource of the launch only if it is tagged', async () => {
    await runAs([launch]);
    await expect(runAs([launch], tags)).rejects.toThrow(`ec2:RunInstances on resource: ${own('spot-instances-request')}`);
    const all = { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: '*' };
    await expect(runAs([all], tags)).rejects.toThrow(`ec2:CreateTags on resource: ${own('spot-instances-request')}`);
    await runAs([all, { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: own('spot-instances-request'), Condition: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } } }], tags);
  });

  test('tags of the request decide who may cancel it', async () => {
    const { SpotInstanceRequestId: tagged } = await runSpot(PERSISTENT, { TagSpecifications: tags });
    const { SpotInstanceRequestId: other } = await runSpot();
    const role = aws.clientOfRole([{
      Effect: 'Allow', Action: 'ec2:CancelSpotInstanceRequests', Resource: own('spot-instances-request'), Condition: { StringEquals: { 'aws:ResourceTag/owner': 'us' } },
    }]);
    await cancel(tagged!, role);
    await expect(cancel(other!, role)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    await expect(cancel('sir-0123456789abcdef0')).rejects.toMatchObject({ name: 'InvalidSpotInstanceRequestID.NotFound' });
    await expect(cancel('sir-1')).rejects.toMatchObject({ name: 'InvalidSpotInstanceRequestID.Malformed' });
  });
});

describe('the service-linked role of EC2 Spot', () => {
  const arn = `arn:aws:iam::${account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`;
  const launch = { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: '*' };
  const runAs = (...statements: object[]) => run({ InstanceMarketOptions: { MarketType: 'spot' } }, aws.clientOfRole(statements));

  test('is created by the first launch of who may create it', async () => {
    await expect(runAs(launch)).rejects.toMatchObject({
      name: 'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
      message: 'The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.',
    });
    expect(aws.ec2.counts()).toMatchObject({ instances: 0 });
    await runAs(launch, { Effect: 'Allow', Action: 'iam:CreateServiceLinkedRole', Resource: arn });
    expect(aws.iam.roleArns()).toContain(arn);
    await runAs(launch);
  });

  test('needs the keys of the volumes, unless only the caller does', async () => {
    await runSpot();
    const key = aws.kms.addKey();
    const mappings = { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }] };
    const stateOf = async () => {
      const { InstanceId } = await runSpot({}, mappings);
      aws.pass(1);
      return aws.ec2.instanceState(InstanceId!);
    };
    expect(await stateOf()).toBe('terminated');
    key.policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Allow', Principal: { AWS: arn }, Action: 'kms:*', Resource: '*' },
      ],
    });
    expect(await stateOf()).toBe('running');
    aws.ec2.switches.spotLaunchUsesKeysAs = 'caller';
    const other = aws.kms.addKey();
    mappings.BlockDeviceMappings[0].Ebs.KmsKeyId = arnOf(other);
    expect(await stateOf()).toBe('running');
  });
});

test('without IAM, no role is needed', async () => {
  const other = await TestAws.start({ serviceLinkedRoles: undefined });
  try {
    const by = other.clientOfRole([{ Effect: 'Allow', Action: 'ec2:RunInstances', Resource: '*' }]);
    expect(await run({ ImageId: other.ec2.seedImage('al2023-x86_64').id, InstanceMarketOptions: { MarketType: 'spot' } }, by)).toMatchObject({ InstanceLifecycle: 'spot' });
  } finally {
    await other.stop();
  }
});
