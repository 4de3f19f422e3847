import { Image, Instance, InstanceStateName, Volume } from '@aws-sdk/client-ec2';
import { buildWithInstance } from '../../../lambda/multi-key/with-instance/build-with-instance';
import { NotReady } from '../../../lambda/outcomes';
import { Memory } from '../../../lambda/request/memory';
import { AmiBlockDeviceProperties, DEVICE_TAG, ID_TAG, VolumeOrigin } from '../../../src/contract';
import { answering, Answers, ec2Error } from '../../helpers/answers';
import { buildRequest, launchedBuilder, STARTED_AT } from '../build-request';

/** Each step of a build with an instance: the calls that it makes, and the reason to wait, or the error. */

const ZONE = 'us-east-1a';
const builder = (Name: InstanceStateName, more: Instance = {}): Instance =>
  launchedBuilder({}, { State: { Name }, Placement: { AvailabilityZone: ZONE }, Tags: [{ Key: ID_TAG, Value: more.InstanceId ?? 'i-1' }], ...more });
const spot = (Name: InstanceStateName, InstanceId: string, launchedAfterMs: number, more: Instance = {}): Instance =>
  ({
    ...launchedBuilder({ type: 't3.small', isSpot: true }, { InstanceType: 't3.small', InstanceLifecycle: 'spot', SpotInstanceRequestId: 'sir-1' }),
    InstanceId,
    State: { Name },
    LaunchTime: new Date(STARTED_AT + launchedAfterMs),
    ...more,
  });
const NO_CAPACITY = { StateReason: { Code: 'Server.InsufficientInstanceCapacity' } };
const BY_SOMEONE = { StateReason: { Code: 'Client.UserInitiatedShutdown', Message: 'User initiated' } };
const BY_ITSELF = { StateReason: { Code: 'Client.InstanceInitiatedShutdown' } };
const USER_DATA = { UserData: 'IyEvYmluL3No' };

interface Case {
  readonly instances: readonly Instance[];
  readonly properties?: object;
  readonly memory?: Memory;
  readonly request?: object;
  readonly volumes?: readonly Volume[];
  readonly failedImages?: readonly Image[];
  readonly console?: string;
  readonly answers?: Answers;
  /** After the request began. */
  readonly afterSeconds?: number;
}

/** The error of a step with its seconds, its calls in short, and the memory after it. */
async function step({ instances, properties, memory, request: members, volumes = [], failedImages = [], console = '', answers, afterSeconds = 1 }: Case) {
  const { aws, calls } = answering({
    DescribeInstances: { Reservations: [{ Instances: instances }] },
    DescribeImages: ({ Filters: [{ Name }] }: { Filters: { Name: string }[] }) => ({ Images: Name === 'state' ? failedImages : [] }),
    DescribeVolumes: { Volumes: volumes },
    DescribeSnapshots: { Snapshots: [] },
    DescribeInstanceTypes: ({ Filters: [{ Values }] }: { Filters: { Values: string[] }[] }) =>
      ({ InstanceTypes: Values.map(InstanceType => ({ InstanceType, ProcessorInfo: { SupportedArchitectures: ['x86_64'] } })) }),
    GetEbsEncryptionByDefault: { EbsEncryptionByDefault: false },
    GetConsoleOutput: { Output: Buffer.from(console).toString('base64') },
    RunInstances: { Instances: [{ InstanceId: 'i-9', State: { Name: 'pending' } }] },
    CreateVolume: { VolumeId: 'vol-new' },
    CreateImage: { ImageId: 'ami-2' },
    ...Object.fromEntries(['CreateTags', 'StopInstances', 'TerminateInstances', 'CancelSpotInstanceRequests', 'AttachVolume'].map(name => [name, {}])),
    ...answers,
  }, STARTED_AT + afterSeconds * 1_000);
  const request = buildRequest({ properties: { InstanceTypes: ['t3.small', 'm5.large'], ...properties }, memory, ...members });
  const error = await buildWithInstance(aws, request).catch((thrown: Error) => thrown) as Error;
  const short = calls.map(([operation, input]) => {
    const { InstanceIds, SpotInstanceRequestIds, Resources, InstanceType, Device, VolumeId } = input as Record<string, string | string[] | undefined>;
    return [operation, InstanceIds ?? SpotInstanceRequestIds ?? Resources ?? InstanceType, Device, VolumeId].flat().filter(Boolean).join(' ');
  });
  const end = error instanceof NotReady ? [error.message, error.seconds] : `${error.name}: ${error.message}`;
  return { end, calls: short.filter(one => one !== 'DescribeInstances'), inputs: calls, memory: request.memory };
}

const LAUNCH = ['GetEbsEncryptionByDefault', 'DescribeImages', 'DescribeInstanceTypes'];
const LAUNCHED = ['the builder instance i-9 is pending', 2];
const CREATED = ['the AMI of the builder instance i-1 is being created', 2];

test.each<[string, Case, unknown, string[]]>([
  ['pending', { instances: [builder('pending')] }, ['the builder instance i-1 is pending', 2], []],
  ['running', { instances: [builder('running')] }, ['the builder instance i-1 is stopping', 10], ['StopInstances i-1']],
  ['stopping', { instances: [builder('stopping')] }, ['the builder instance i-1 is stopping', 2], []],
  ['stopped by the handler', { instances: [builder('stopped', BY_SOMEONE)] }, CREATED, ['DescribeImages', 'CreateImage']],
  ['of Spot', { instances: [spot('stopping', 'i-1', 0, { Tags: [] })] }, ['the builder instance i-1 is stopping', 2], ['CreateTags i-1']],
  [
    'interrupted by EC2', { instances: [builder('stopping', { StateReason: { Code: 'Server.SpotInstanceShutdown', Message: 'Needed' } })] },
    expect.stringMatching(/^DeploymentError: EC2 interrupted the builder instance i-1, .*[(]EC2: Needed[)]$/), [],
  ],
  ['none', { instances: [] }, LAUNCHED, [...LAUNCH, 'RunInstances t3.small']],
  [
    'ended for lack of capacity', { instances: [launchedBuilder({ type: 't3.small' }, { InstanceType: 't3.small', State: { Name: 'terminated' }, ...NO_CAPACITY })] },
    LAUNCHED, [...LAUNCH, 'RunInstances m5.large'],
  ],
  [
    'ended, one for lack of capacity and one for another reason',
    { instances: [builder('terminated', { ...NO_CAPACITY, InstanceId: 'i-2' }), builder('terminated', BY_SOMEONE)] },
    expect.stringMatching(/^DeploymentError: The builder instance i-1 was terminated by someone else\. /), [],
  ],
  [
    'two: the first stays', { instances: [builder('running', { InstanceId: 'i-2', LaunchTime: new Date(2) }), builder('pending', { LaunchTime: new Date(1) })] },
    ['the builder instance i-1 is pending', 2], ['TerminateInstances i-2'],
  ],
  [
    'two, the later one of Spot', { instances: [spot('running', 'i-2', 2), builder('pending', { LaunchTime: new Date(1) })] },
    ['the builder instance i-1 is pending', 2], ['CancelSpotInstanceRequests sir-1', 'TerminateInstances i-2'],
  ],
  [
    'one of Spot that has ended, and one that EC2 has launched for it', { instances: [spot('terminated', 'i-1', 1, NO_CAPACITY), spot('running', 'i-2', 2)], properties: { CapacityType: 'SPOT' } },
    LAUNCHED, ['CancelSpotInstanceRequests sir-1', 'TerminateInstances i-2', ...LAUNCH, 'RunInstances m5.large'],
  ],
  [
    'one of Spot that has ended, and one that EC2 has launched for it has ended, too',
    { instances: [spot('terminated', 'i-1', 1, NO_CAPACITY), spot('terminated', 'i-2', 2)], memory: { canceledSpotRequests: ['sir-1'] }, properties: { CapacityType: 'SPOT' } },
    LAUNCHED, [...LAUNCH, 'RunInstances m5.large'],
  ],
])('a builder that is %s', async (_title, one, end, calls) => {
  expect(await step(one)).toMatchObject({ end, calls });
});

test('memory and a tag keep the builder', async () => {
  const { memory, inputs } = await step({ instances: [builder('pending', { Tags: [] })] });
  expect(memory.ids).toEqual({ instances: ['i-1'] });
  expect(inputs).toContainEqual(['CreateTags', { Resources: ['i-1'], Tags: [{ Key: ID_TAG, Value: 'i-1' }] }]);
});

describe('user data', () => {
  const timedOut = (minutes: number) => expect.stringContaining(`DeploymentError: The builder instance i-1 did not stop within ${minutes} minutes. `);
  const running = (seconds: number) => ['the user data of the builder instance i-1 is running', seconds];
  const runs = (properties = {}, more: Instance = { LaunchTime: new Date(STARTED_AT) }) => ({ instances: [builder('running', more)], properties: { ...USER_DATA, ...properties } });
  const FAILED = { console: 'cdk-encrypted-ami: builder failed: no disk' };

  test.each<[string, Case, unknown]>([
    ['runs for some seconds', { ...runs(), afterSeconds: 5 }, running(2)],
    ['runs for a minute', { ...runs(), afterSeconds: 50 }, running(5)],
    ['runs for some minutes', { ...runs(), afterSeconds: 1_799 }, running(10)],
    ['runs for half an hour', { ...runs(), afterSeconds: 1_800 }, timedOut(30)],
    ['runs as long as it may', { ...runs({ UserDataTimeoutSeconds: 600 }), afterSeconds: 600 }, timedOut(10)],
    ['runs until the request ends', { ...runs(), request: { deadline: STARTED_AT + 1_200_000 }, afterSeconds: 1_200 }, timedOut(20)],
    ['runs since a late launch', { ...runs({}, { LaunchTime: new Date(STARTED_AT + 100_000) }), afterSeconds: 1_899 }, running(10)],
    ['runs since a launch whose time EC2 does not tell', { ...runs({}, {}), afterSeconds: 1_799 }, running(10)],
    ['fails', { ...runs(), ...FAILED }, expect.stringContaining('The user data of the builder instance i-1 failed: no disk.')],
    ['fails, and stops the instance', { ...FAILED, instances: [builder('stopped')], properties: USER_DATA }, expect.stringContaining(' failed: no disk.')],
    ['stops the instance', { instances: [builder('stopped', BY_ITSELF)], properties: USER_DATA }, CREATED],
    ['stops the instance, for which EC2 tells no reason', { instances: [builder('stopped')], properties: USER_DATA }, CREATED],
    ['has not stopped the instance', { instances: [builder('stopped', BY_SOMEONE)], properties: USER_DATA }, expect.stringContaining('i-1 was stopped by someone else before its user data')],
    ['is none: the console is not read', { ...FAILED, instances: [builder('stopped')] }, CREATED],
  ])('that %s', async (_title, one, end) => {
    expect((await step(one)).end).toEqual(end);
  });
});

describe('new volumes', () => {
  const added = (DeviceName: string): AmiBlockDeviceProperties =>
    ({ DeviceName, Volume: VolumeOrigin.EBS, VolumeType: 'gp3', SizeGibibytes: 1, DeleteOnTermination: true, EncryptionKeyArn: 'arn' });
  const ONE = { BlockDevices: [added('/dev/sdf')] };
  const TWO = { BlockDevices: [added('/dev/sdf'), added('/dev/sdg')] };
  const mapping = (letter: string, Status: 'attached' | 'attaching') => ({ DeviceName: `/dev/sd${letter}`, Ebs: { VolumeId: `vol-${letter}`, Status } });
  const mapped = (name: InstanceStateName, ...BlockDeviceMappings: object[]) =>
    [builder(name, { BlockDeviceMappings: [{ DeviceName: '/dev/sda', Ebs: { VolumeId: 'vol-a', Status: 'attached' as const } }, ...BlockDeviceMappings] })];
  const volume = (letter: string, State: Volume['State'], attachment?: 'attached' | 'attaching'): Volume => ({
    VolumeId: `vol-${letter}`,
    State,
    AvailabilityZone: ZONE,
    Tags: [{ Key: DEVICE_TAG, Value: `/dev/sd${letter}` }],
    Attachments: attachment && [{ InstanceId: 'i-1', State: attachment }],
  });
  const known = (...letters: string[]): Memory => ({ ids: { volumes: Object.fromEntries(letters.map(letter => [`/dev/sd${letter} in ${ZONE}`, `vol-${letter}`])) } });
  const STOPPED = ['the builder instance i-1 is stopping', 10];
  const creating = (letter: string) => [`the volume for /dev/sd${letter} is being created`, 2];
  const attaching = (letter: string) => [`the volume vol-${letter} for /dev/sd${letter} is being attached`, 2];

  test.each<[string, Case, unknown, string[]]>([
    ['are created while the builder is pending', { instances: mapped('pending'), properties: ONE }, creating('f'), ['CreateVolume']],
    ['are created all at once', { instances: mapped('running'), properties: TWO }, creating('f'), ['CreateVolume', 'CreateVolume']],
    ['are not described while the builder is pending', { instances: mapped('pending'), properties: ONE, memory: known('f') }, ['the builder instance i-1 is pending', 2], []],
    [
      'are described while one is missing', { instances: mapped('pending'), properties: TWO, memory: known('f'), volumes: [volume('f', 'creating')] },
      ['the volume vol-f for /dev/sdf is creating', 2], ['DescribeVolumes', 'CreateVolume'],
    ],
    [
      'are attached when the builder runs', { instances: mapped('running'), properties: ONE, memory: known('f'), volumes: [volume('f', 'available')] },
      attaching('f'), ['DescribeVolumes', 'AttachVolume /dev/sdf vol-f'],
    ],
    ['are attached, as the instance tells', { instances: mapped('running', mapping('f', 'attached')), properties: ONE, memory: known('f') }, STOPPED, ['StopInstances i-1']],
    [
      'are being attached, as the instance tells', { instances: mapped('running', mapping('f', 'attaching')), properties: ONE, memory: known('f'), volumes: [volume('f', 'in-use', 'attaching')] },
      attaching('f'), ['DescribeVolumes'],
    ],
    [
      'are attached, as only the volume tells', { instances: mapped('running'), properties: ONE, memory: known('f'), volumes: [volume('f', 'in-use', 'attached')] },
      STOPPED, ['DescribeVolumes', 'StopInstances i-1'],
    ],
    [
      'wait for the one that is not attached', {
        instances: mapped('running', mapping('f', 'attached'), mapping('g', 'attaching')),
        properties: TWO,
        memory: known('f', 'g'),
        volumes: [volume('f', 'in-use', 'attached'), volume('g', 'in-use', 'attaching')],
      },
      attaching('g'), ['DescribeVolumes'],
    ],
    ['are not those that the instance tells and memory does not know', { instances: mapped('running', mapping('f', 'attached')), properties: ONE }, creating('f'), ['CreateVolume']],
  ])('%s', async (_title, one, end, calls) => {
    expect(await step(one)).toMatchObject({ end, calls });
  });
});

test.each<[string, unknown]>([
  ['IncorrectSpotRequestState', expect.stringMatching(/^DeploymentError: The builder instance i-1 cannot be stopped, because someone else canceled its Spot Instance request\. /)],
  ['IncorrectInstanceState', 'IncorrectInstanceState: IncorrectInstanceState: refused'],
])('EC2 refuses to stop the builder: %s', async (code, end) => {
  expect((await step({ instances: [builder('running')], answers: { StopInstances: ec2Error(code) } })).end).toEqual(end);
});

describe('an AMI of an earlier attempt', () => {
  const failedImage = (more: Image = {}): Image => ({ ImageId: 'ami-7', State: 'failed', SourceInstanceId: 'i-1', CreationDate: new Date(STARTED_AT).toISOString(), ...more });

  test.each<[string, Image[], boolean]>([
    ['of the builder', [failedImage()], true],
    ['of another instance', [failedImage({ SourceInstanceId: 'i-8' })], false],
    ['of the builder, from before the request', [failedImage({ CreationDate: '2025-12-31T23:00:00Z' })], false],
    ['of the builder, after others', [failedImage({ SourceInstanceId: 'i-8' }), failedImage({ CreationDate: '2025-12-31T23:00:00Z' }), failedImage()], true],
  ])('that failed, %s', async (_title, failedImages, fails) => {
    const { end, calls } = await step({ instances: [builder('stopped')], failedImages });
    expect(end).toEqual(fails ? expect.stringMatching(/^DeploymentError: The AMI ami-7 is in the state failed\. /) : CREATED);
    expect(calls.includes('CreateImage')).toBe(!fails);
  });

  test('that EC2 does not show yet', async () => {
    const { end, calls } = await step({ instances: [builder('stopped')], memory: { ids: { image: 'ami-2' } } });
    expect(end).toEqual(['EC2 has accepted the AMI ami-2 of the build, but does not show it', 2]);
    expect(calls).toEqual(['DescribeImages']);
  });
});
