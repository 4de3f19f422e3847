import { Instance, RunInstancesCommandInput, Subnet } from '@aws-sdk/client-ec2';
import { Plan, PlannedDevice } from '../../../../lambda/multi-key/device-plan';
import { launchBuilder } from '../../../../lambda/multi-key/with-instance/launch-builder';
import { launchClientToken, LaunchOption } from '../../../../lambda/multi-key/with-instance/own-builders';
import { spotMarketOptions } from '../../../../lambda/multi-key/with-instance/spot-requests';
import { NotReady } from '../../../../lambda/outcomes';
import { Memory } from '../../../../lambda/request/memory';
import { BuilderCapacityType, OWNER_TAG, REQUEST_TAG } from '../../../../src/contract';
import { answering, ec2Error } from '../../../helpers/answers';
import { SOURCE_ID } from '../../../helpers/stacks';
import { buildRequest, launchedBuilder } from '../../build-request';

/** The types and places in which the builder is launched, the parameters of the launch, and the answers of EC2. */

const device = (name: string, more: Partial<PlannedDevice> = {}): PlannedDevice => ({ name, keyLabel: '', deleteOnTermination: false, ...more });
const PLAN: Plan = {
  devices: [
    device('/dev/sda', { keyArn: 'root', changes: { SizeGibibytes: 9, VolumeType: 'gp3', Iops: 4_000, Throughput: 200 } }),
    device('/dev/sdb'),
    device('/dev/sdc', { empty: { name: '/dev/sdc', ebs: {} } }),
    device('/dev/sdf', { keyArn: 'new', volume: { DeviceName: '/dev/sdf' } as PlannedDevice['volume'] }),
  ],
  dropped: ['/dev/sdd'],
  droppedInstanceStores: [],
  instanceStores: [],
};
const SPOT = { CapacityType: BuilderCapacityType.SPOT };

type Launch = Pick<RunInstancesCommandInput, 'MetadataOptions'> & { readonly InstanceType: string };

interface Case {
  readonly properties?: object;
  readonly memory?: Memory;
  readonly failed?: readonly Instance[];
  /** EC2's answer to each launch. */
  readonly answer?: (launch: Launch, count: number) => object;
  readonly subnets?: readonly Subnet[] | Error;
  readonly maxAttachments?: number;
  readonly throwIfCanceled?: () => Promise<void>;
}

/** The instance or the error, what was tried in short, and the memory after it. */
async function launch({ properties, memory = {}, failed = [], answer = () => ({ Instances: [{ InstanceId: 'i-1' }] }), subnets = [], maxAttachments, ...members }: Case) {
  const tries: string[] = [];
  const { aws, calls } = answering({
    DescribeInstanceTypes: ({ Filters: [{ Values }] }: { Filters: { Values: string[] }[] }) => ({
      InstanceTypes: Values.map(InstanceType => ({
        InstanceType, ProcessorInfo: { SupportedArchitectures: ['x86_64'] }, EbsInfo: { MaximumEbsAttachments: maxAttachments },
      })),
    }),
    DescribeSubnets: subnets instanceof Error ? subnets : { Subnets: subnets },
    RunInstances: ({ InstanceType, NetworkInterfaces: [network] = [], InstanceMarketOptions, ...rest }: RunInstancesCommandInput) => {
      tries.push([InstanceType, network.SubnetId, InstanceMarketOptions && 'spot'].filter(Boolean).join(' '));
      return tries.length > 10 ? new Error('too many launches') : answer({ InstanceType: InstanceType!, ...rest }, tries.length);
    },
  });
  const request = buildRequest({ properties: { InstanceTypes: ['t3.small', 'm5.large'], ...properties }, memory, ...members });
  const { source } = request.memory;
  const result = await launchBuilder(aws, request, { source: source!, plan: PLAN }, failed).catch((error: Error) => error);
  const { ids, warnings, refusedPlaces, lastRefusal, metadataEnabled } = request.memory;
  return {
    result: result instanceof NotReady ? [result.message, result.seconds] : result instanceof Error ? result.message : result.InstanceId,
    tries,
    calls,
    memory: { ids, warnings, refusedPlaces, lastRefusal, metadataEnabled },
  };
}

const refuse = (code: string, ...types: string[]) => ({ InstanceType }: Launch) =>
  types.length === 0 || types.includes(InstanceType) ? ec2Error(code) : { Instances: [{ InstanceId: 'i-1' }] };
const subnetsOf = (...ids: string[]): Pick<Case, 'subnets'> => ({ subnets: ids.map(SubnetId => ({ SubnetId, AvailableIpAddressCount: 5 })) });
const inSubnets = (...SubnetIds: string[]) => ({ SubnetIds });
const NO_CAPACITY = /^EC2 has no capacity /;
const failedIn = (option: LaunchOption, more: Instance): Instance => launchedBuilder(option, { InstanceType: option.type as Instance['InstanceType'], ...more });

test.each<[string, Case, unknown, string[]]>([
  ['the first type', {}, 'i-1', ['t3.small']],
  ['the next type', { answer: refuse('Unsupported', 't3.small') }, 'i-1', ['t3.small', 'm5.large']],
  [
    'each subnet of a type, then the next type', { ...subnetsOf('s-1', 's-2'), properties: inSubnets('s-1', 's-2'), answer: refuse('Unsupported') },
    expect.stringMatching(NO_CAPACITY), ['t3.small s-1', 't3.small s-2', 'm5.large s-1', 'm5.large s-2'],
  ],
  [
    'Spot first, wherever it is possible', { ...subnetsOf('s-1', 's-2'), properties: { ...inSubnets('s-1', 's-2'), ...SPOT, InstanceTypes: ['t3.small'] }, answer: refuse('Unsupported') },
    expect.stringMatching(NO_CAPACITY), ['t3.small s-1 spot', 't3.small s-2 spot', 't3.small s-1', 't3.small s-2'],
  ],
  [
    'four in a step', { properties: { InstanceTypes: ['a', 'b', 'c', 'd', 'e'] }, answer: refuse('Unsupported') },
    ['EC2 does not launch the builder instance in a, b, c, d; other combinations are tried next', 2], ['a', 'b', 'c', 'd'],
  ],
  ['those that EC2 has not refused before', { memory: { refusedPlaces: { 't3.small': 'Unsupported' } } }, 'i-1', ['m5.large']],
  ['those in which no instance has ended', { failed: [failedIn({ type: 't3.small' }, {})] }, 'i-1', ['m5.large']],
  [
    'none, where all are known', { failed: [failedIn({ type: 'm5.large' }, { StateReason: { Code: 'Late' } })], memory: { refusedPlaces: { 't3.small': 'Unsupported' } } },
    expect.stringContaining('combinations: m5.large (Late), t3.small (Unsupported).'), [],
  ],
  [
    'none, with the zone of those that have ended', {
      properties: { InstanceTypes: ['m5.large'], ...SPOT },
      failed: [
        failedIn({ type: 'm5.large', isSpot: true }, { InstanceLifecycle: 'spot', Placement: { AvailabilityZone: 'zone' }, StateReason: { Code: 'Late' } }),
        failedIn({ type: 'm5.large' }, {}),
      ],
    },
    expect.stringContaining('combinations: m5.large (Spot) in zone (Late), m5.large (undefined).'), [],
  ],
])('it is tried to launch %s', async (_title, one, result, tries) => {
  expect(await launch(one)).toMatchObject({ result, tries });
});

test('memory has the instance, or the refusals of EC2', async () => {
  expect((await launch({})).memory).toEqual({ ids: { instances: ['i-1'] } });
  expect((await launch({ answer: refuse('Unsupported'), memory: { refusedPlaces: { other: 'Before' } } })).memory).toEqual({
    refusedPlaces: { 'other': 'Before', 't3.small': 'Unsupported', 'm5.large': 'Unsupported' },
    lastRefusal: { code: 'Unsupported', message: 'Unsupported: refused', status: 400 },
  });
});

test.each<[string, Case, string[] | undefined]>([
  ['a Spot Instance', { properties: SPOT }, undefined],
  ['On-Demand, where no Spot Instance was possible', { properties: SPOT, answer: (_launch, count) => count <= 2 ? ec2Error('Unsupported') : { Instances: [{ InstanceId: 'i-1' }] } }, ['(t3.small)']],
  ['On-Demand, after another warning', { properties: SPOT, memory: { warnings: ['before'], refusedPlaces: { 't3.small (Spot)': 'a', 'm5.large (Spot)': 'a' } } }, ['before', '(t3.small)']],
  ['On-Demand, as was asked for', {}, undefined],
])('a warning tells that it is no Spot Instance: %s', async (_title, one, expected) => {
  expect((await launch(one)).memory.warnings).toEqual(expected?.map(words => expect.stringContaining(words)));
});

test.each<[string, Case, unknown, string[]]>([
  ['no instance', { answer: () => ({}) }, ['RunInstances returned no instance', undefined], ['t3.small']],
  ['an instance without an id', { answer: () => ({ Instances: [{}] }) }, ['RunInstances returned no instance', undefined], ['t3.small']],
  ['no capacity, with status 500', { answer: ({ InstanceType }) => InstanceType === 't3.small' ? ec2Error('InsufficientInstanceCapacity', 500) : { Instances: [{ InstanceId: 'i-1' }] } }, 'i-1', ['t3.small', 'm5.large']],
  ['an error of EC2', { answer: () => ec2Error('InternalError', 500) }, 'InternalError: refused', ['t3.small']],
  [
    'an instance that has ended, and is not shown', { answer: refuse('IdempotentInstanceTerminated') },
    ['EC2 does not show yet why the t3.small builder instance was terminated', 2], ['t3.small'],
  ],
  ['a refusal of the request', { answer: refuse('InvalidParameterValue') }, expect.stringMatching(/^EC2 does not launch a t3\.small builder instance /), ['t3.small']],
  ['no Spot Instances', { properties: SPOT, answer: (_launch, count) => count <= 2 ? ec2Error('UnsupportedOperation') : { Instances: [{ InstanceId: 'i-1' }] } }, 'i-1', ['t3.small spot', 'm5.large spot', 't3.small']],
  ['a refusal that is about Spot, of no Spot Instance', { answer: refuse('UnsupportedOperation') }, expect.stringMatching(/^EC2 does not launch a t3\.small builder instance /), ['t3.small']],
  ['a refusal of a Spot Instance that is about the request', { properties: SPOT, answer: refuse('InvalidParameterValue') }, expect.stringMatching(/^EC2 does not launch a t3\.small builder instance /), ['t3.small spot']],
])('EC2 answers with %s', async (_title, one, result, tries) => {
  expect(await launch(one)).toMatchObject({ result, tries });
});

describe('metadata', () => {
  const isDisabled = ({ MetadataOptions }: Launch) => MetadataOptions?.HttpEndpoint === 'disabled';
  const refuseMetadata = Object.assign(ec2Error('InvalidParameterCombination'), { message: 'HttpTokens and HttpEndpoint' });
  const launched = { Instances: [{ InstanceId: 'i-1' }] };

  test.each<[string, Case, unknown, string[], boolean | undefined]>([
    ['are disabled', { answer: one => isDisabled(one) ? launched : ec2Error('Other') }, 'i-1', ['t3.small'], undefined],
    ['are enabled with user data', { properties: { UserData: 'x' }, answer: one => isDisabled(one) ? ec2Error('Other') : launched }, 'i-1', ['t3.small'], undefined],
    ['are enabled where EC2 requires it', { answer: one => isDisabled(one) ? refuseMetadata : launched }, 'i-1', ['t3.small', 't3.small'], true],
    ['are enabled where EC2 has required it', { memory: { metadataEnabled: true }, answer: one => isDisabled(one) ? ec2Error('Other') : launched }, 'i-1', ['t3.small'], true],
    ['are enabled, and EC2 refuses them', { properties: { UserData: 'x' }, answer: () => refuseMetadata }, expect.stringContaining('HttpTokens'), ['t3.small', 'm5.large'], undefined],
    ['are not the reason of another refusal', { answer: one => isDisabled(one) ? ec2Error('Unsupported') : launched }, expect.stringMatching(NO_CAPACITY), ['t3.small', 'm5.large'], undefined],
  ])('%s', async (_title, one, result, tries, metadataEnabled) => {
    expect(await launch(one)).toMatchObject({ result, tries, memory: { metadataEnabled } });
  });
});

describe('the parameters', () => {
  const inputOf = async (one: Case) => (await launch(one)).calls.find(([operation]) => operation === 'RunInstances')![1];
  const Tags = [{ Key: OWNER_TAG, Value: 'us' }, { Key: 'Team', Value: 'a' }];
  const tagged = (...types: string[]) =>
    [{ ResourceType: 'instance', Tags: [...Tags, { Key: REQUEST_TAG, Value: 'one' }] }, ...types.map(ResourceType => ({ ResourceType, Tags }))];
  const COMMON = {
    ImageId: SOURCE_ID,
    InstanceType: 't3.small',
    MinCount: 1,
    MaxCount: 1,
    BlockDeviceMappings: [
      { DeviceName: '/dev/sda', Ebs: { DeleteOnTermination: true, Encrypted: true, KmsKeyId: 'root', VolumeSize: 9, VolumeType: 'gp3', Iops: 4_000, Throughput: 200 } },
      { DeviceName: '/dev/sdb', Ebs: { DeleteOnTermination: true } },
      { DeviceName: '/dev/sdc', NoDevice: '' },
      { DeviceName: '/dev/sdd', NoDevice: '' },
    ],
  };

  test('of an On-Demand Instance', async () => {
    expect(await inputOf({ properties: { Tags: Tags.slice(1) } })).toEqual({
      ...COMMON,
      ClientToken: launchClientToken(buildRequest(), { type: 't3.small' }),
      NetworkInterfaces: [{ DeviceIndex: 0, Groups: [], AssociatePublicIpAddress: false, DeleteOnTermination: true }],
      InstanceInitiatedShutdownBehavior: 'stop',
      MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'disabled' },
      TagSpecifications: tagged('volume', 'network-interface'),
    });
  });

  test('of a Spot Instance in a subnet, with user data', async () => {
    const properties = { ...SPOT, ...inSubnets('s-1'), SecurityGroupIds: ['sg-1', 'sg-2'], AssociatePublicIpAddress: true, UserData: 'x', Tags: Tags.slice(1) };
    expect(await inputOf({ properties, ...subnetsOf('s-1') })).toEqual({
      ...COMMON,
      ClientToken: launchClientToken(buildRequest(), { type: 't3.small', subnetId: 's-1', isSpot: true }),
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: 's-1', Groups: ['sg-1', 'sg-2'], AssociatePublicIpAddress: true, DeleteOnTermination: true }],
      InstanceMarketOptions: spotMarketOptions(buildRequest()),
      MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
      UserData: 'x',
      TagSpecifications: tagged('volume', 'network-interface', 'spot-instances-request'),
    });
  });
});

test('a type must have attachments for all volumes but those that stay empty', async () => {
  expect((await launch({ maxAttachments: 3 })).result).toBe('i-1');
  expect((await launch({ maxAttachments: 2 })).result).toContain('supports 2 volumes, not 3');
});

test('a request that was canceled launches nothing', async () => {
  expect(await launch({ throwIfCanceled: () => Promise.reject(new Error('canceled')) })).toMatchObject({ result: 'canceled', tries: [] });
});

describe('subnets', () => {
  const properties = { ...inSubnets('s-1', 's-2', 's-3'), InstanceTypes: ['t3.small'] };
  const counts = (...AvailableIpAddressCount: (number | undefined)[]) => AvailableIpAddressCount.map((count, index) => ({ SubnetId: `s-${index + 1}`, AvailableIpAddressCount: count }));

  test.each<[string, Case['subnets'], unknown, string[]]>([
    ['without a free address are not tried', counts(0, 1, undefined), expect.stringMatching(NO_CAPACITY), ['t3.small s-2', 't3.small s-3']],
    ['that EC2 does not tell are not tried', counts(4), expect.stringMatching(NO_CAPACITY), ['t3.small s-1']],
    ['all without a free address', counts(0, 0, 0), expect.stringMatching(/^None of the subnets s-1, s-2, s-3 has a free IP address /), []],
    ['that do not exist', ec2Error('InvalidSubnetID.NotFound'), expect.stringMatching(/^The builder instance cannot be launched in the subnets s-1, s-2, s-3, because not all of them exist\. /), []],
    ['that cannot be described', ec2Error('InternalError', 500), 'InternalError: refused', []],
  ])('%s', async (_title, subnets, result, tries) => {
    const { calls, ...launched } = await launch({ properties, subnets, answer: refuse('Unsupported') });
    expect(launched).toMatchObject({ result, tries });
    expect(calls).toContainEqual(['DescribeSubnets', { SubnetIds: ['s-1', 's-2', 's-3'] }]);
  });

  test('are not described where none are declared', async () => {
    expect((await launch({})).calls.map(([operation]) => operation)).toEqual(['DescribeInstanceTypes', 'RunInstances']);
  });
});
