import { Instance } from '@aws-sdk/client-ec2';
import { checkBootMode, checkState, checkVolumeKeys, describeSourceInstance, InstanceSource } from '../../lambda/instance-ami/describe-source-instance';
import { ImageRequest } from '../../lambda/request/image-request';
import { Memory } from '../../lambda/request/memory';
import { InstanceAmiProperties } from '../../src/contract';
import { Answers, ec2Error } from '../helpers/answers';
import { ACCOUNT, answeringInRegions, KEY_METADATA, outcomeOf, START } from '../helpers/copies';

/** The instance that an AMI is created of: its state, its devices and the keys of its volumes. */

const ID = 'i-0123456789abcdef0';
const mapping = (letter: string, more: object = {}) => ({ DeviceName: `/dev/sd${letter}`, Ebs: { VolumeId: `vol-${letter}`, Status: 'attached' as const, DeleteOnTermination: true, ...more } });
const INSTANCE: Instance = {
  InstanceId: ID, State: { Name: 'running' }, RootDeviceType: 'ebs', RootDeviceName: '/dev/sda', BlockDeviceMappings: [mapping('a'), mapping('b', { DeleteOnTermination: false })],
};
const VOLUMES = [{ VolumeId: 'vol-b', Size: 2 }, { VolumeId: 'vol-a', Size: 1 }];
const propertiesOf = (more: object = {}) => ({ InstanceId: ID, Reboot: true, ...more }) as InstanceAmiProperties;

interface Case {
  readonly instance?: Instance | null;
  readonly properties?: object;
  readonly volumes?: Answers[string];
  readonly memory?: Memory;
  readonly seconds?: number;
}

async function describeInstance({ instance = {}, properties = {}, volumes = { Volumes: VOLUMES }, memory, seconds = 0 }: Case) {
  const { aws, clock, inputs } = answeringInRegions({
    DescribeInstances: { Reservations: instance === null ? [] : [{ Instances: [{ ...INSTANCE, ...instance }] }] }, DescribeVolumes: volumes,
  });
  clock.now += seconds * 1_000;
  const outcome = await outcomeOf(() => describeSourceInstance(aws, propertiesOf(properties), memory));
  return 'message' in outcome ? outcome : { excluded: outcome.excluded, devices: outcome.devices.map(({ name, volume, deleteOnTermination }) => [name, volume.Size, deleteOnTermination]), inputs };
}

const device = (letter: string, more: object = {}) => ({ DeviceName: `/dev/sd${letter}`, MappingEnabled: true, ...more });
const [SDA, SDB] = [['/dev/sda', 1, true], ['/dev/sdb', 2, false]];

test.each<[string, Case, string[], unknown[][], string[]]>([
  ['all devices', {}, [], [SDA, SDB], ['vol-a', 'vol-b']],
  ['no device in instance store', { instance: { BlockDeviceMappings: [mapping('a'), { DeviceName: '/dev/sdc' }] } }, [], [SDA], ['vol-a']],
  ['no devices where EC2 tells none', { instance: { BlockDeviceMappings: undefined } }, [], [], []],
  ['the devices that are not left out', { properties: { BlockDevices: [device('b', { MappingEnabled: false })] } }, ['/dev/sdb'], [SDA], ['vol-a']],
  ['a device by another name', { properties: { BlockDevices: [{ DeviceName: 'xvdb', MappingEnabled: false }] } }, ['/dev/sdb'], [SDA], ['vol-a']],
  ['another deletion', { properties: { BlockDevices: [device('a', { DeleteOnTermination: false }), device('b', { DeleteOnTermination: true })] } },
    [], [['/dev/sda', 1, false], ['/dev/sdb', 2, true]], ['vol-a', 'vol-b']],
  ['a deletion that is not known', { instance: { BlockDeviceMappings: [mapping('a', { DeleteOnTermination: undefined })] } }, [], [['/dev/sda', 1, false]], ['vol-a']],
  ['no root that is left out, where EC2 does not tell it', { instance: { RootDeviceName: undefined }, properties: { BlockDevices: [device('b', { MappingEnabled: false })] } },
    ['/dev/sdb'], [SDA], ['vol-a']],
])('an AMI has %s', async (_title, one, excluded, devices, volumeIds) => {
  expect(await describeInstance(one)).toEqual({ excluded, devices, inputs: expect.objectContaining({ DescribeVolumes: { VolumeIds: volumeIds } }) });
});

const failure = (message: string) => ({ error: 'DeploymentError', message });
const wait = (message: string, seconds?: number) => ({ error: 'NotReady', message, ...seconds === undefined ? {} : { seconds } });

test.each<[string, Case, object]>([
  ['a text that is no ID', { properties: { InstanceId: 'mi-0123456789abcdef0' } }, failure('`instance` must have an ID such as "i-0123456789abcdef0", but has "mi-0123456789abcdef0". Check where the ID comes from.')],
  ['one that does not exist', { instance: null }, failure(`The instance ${ID} was not found in us-east-1. Check the ID, the account and the Region, or use an instance that exists.`)],
  ['one that is terminated', { instance: { State: { Name: 'terminated' } } }, failure(`The instance ${ID} is terminated, so EC2 cannot create an AMI of it. Use an instance that is running or stopped.`)],
  ['one that shuts down', { instance: { State: { Name: 'shutting-down' } }, memory: {} }, failure(`The instance ${ID} is shutting-down, so EC2 cannot create an AMI of it. Use an instance that is running or stopped.`)],
  ['one with its root in instance store', { instance: { RootDeviceType: 'instance-store' } }, failure(
    `The root device of the instance ${ID} is in instance store, and EC2 creates no AMIs of such instances. Use an instance whose root device is an EBS volume.`)],
  ['one that attaches a volume', { instance: { BlockDeviceMappings: [mapping('a'), mapping('b', { Status: 'attaching' })] } }, wait(`the volume vol-b (/dev/sdb) of the instance ${ID} is attaching`)],
  ['one without a device', { properties: { BlockDevices: [device('a'), device('f')] } }, failure(`\`blockDevices\` names /dev/sdf, but the instance ${ID} has /dev/sda, /dev/sdb. Use one of these names.`)],
  ['one whose root is left out', { properties: { BlockDevices: [device('b', { MappingEnabled: false }), device('a', { MappingEnabled: false })] } }, failure(
    `The root device /dev/sda of the instance ${ID} cannot be left out, because an AMI must have one. Remove it from \`blockDevices\`.`)],
  ['one whose root is left out by another name', { instance: { RootDeviceName: '/dev/sda1' }, properties: { BlockDevices: [device('a', { MappingEnabled: false })] } },
    failure(expect.stringContaining('The root device /dev/sda of the instance') as never)],
  ['one whose volumes EC2 does not show', { volumes: () => { throw ec2Error('InvalidVolume.NotFound'); } }, wait('not all of the volumes vol-a, vol-b are visible yet')],
  ['one whose volumes cannot be read', { volumes: () => { throw ec2Error('UnauthorizedOperation'); } }, { error: 'UnauthorizedOperation', message: 'UnauthorizedOperation: refused' }],
])('of an instance no AMI is created: %s', async (_title, one, outcome) => {
  expect(await describeInstance(one)).toEqual(outcome);
});

test.each<[string, Memory['missingInstance'], number, boolean, number]>([
  ['at first', undefined, 0, false, 1],
  ['for some seconds', { reads: 3, since: START }, 60, false, 4],
  ['for five reads', { reads: 4, since: START }, 30, true, 5],
  ['for five reads in less than 30 seconds', { reads: 4, since: START }, 29.999, false, 5],
])('an instance that EC2 does not show %s is read again, or not', async (_title, missingInstance, seconds, isMissing, reads) => {
  const memory: Memory = { missingInstance };
  expect(await describeInstance({ instance: null, memory, seconds })).toEqual(isMissing ? failure(expect.stringContaining('was not found') as never) : wait(`EC2 does not show the instance ${ID} yet`, 2));
  expect(memory.missingInstance).toEqual({ reads, since: START });
});

test('an instance that EC2 shows is not read again', async () => {
  const memory: Memory = {};
  expect(await describeInstance({ memory })).toMatchObject({ devices: [SDA, SDB] });
  expect(memory.missingInstance).toBeUndefined();
});

test.each<[string | undefined, object | undefined]>([
  ['running', undefined],
  ['stopped', undefined],
  ['pending', wait(`the instance ${ID} is pending, and EC2 creates AMIs only of instances that are running or stopped`)],
  ['stopping', wait(`the instance ${ID} is stopping, and EC2 creates AMIs only of instances that are running or stopped`)],
  ['other', failure(`The instance ${ID} is other, and EC2 creates AMIs only of instances that are running or stopped. Use another instance.`)],
  [undefined, failure(`The instance ${ID} is undefined, and EC2 creates AMIs only of instances that are running or stopped. Use another instance.`)],
])('an instance that is %s', async (Name, outcome) => {
  const State = Name === undefined ? undefined : { Name: Name as never };
  expect(await outcomeOf(async () => checkState({ InstanceId: ID, State }))).toEqual(outcome);
});

test.each<[string | undefined, string | undefined, string | undefined]>([
  [undefined, 'legacy-bios', undefined],
  ['uefi', 'uefi', undefined],
  ['uefi', 'legacy-bios', 'legacy-bios'],
  ['uefi', undefined, 'BIOS'],
])('the boot mode %p of an AMI, of an instance with %p', async (BootModeOverride, bootMode, wrong) => {
  const check = async () => checkBootMode(propertiesOf({ BootModeOverride }), { InstanceId: ID, CurrentInstanceBootMode: bootMode as never });
  expect(await outcomeOf(check)).toEqual(wrong && failure(`\`bootModeOverride\` is uefi, but the instance ${ID} has booted with ${wrong}. Remove \`bootModeOverride\`.`));
});

describe('the keys of the volumes', () => {
  const [ONE, TWO] = ['one', 'two'].map(name => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${name}`);
  const DENIED = 'denied';

  /** The error about the keys of two volumes, or the calls. */
  async function check(keyIds: (string | undefined)[], states: Record<string, string>, properties: object) {
    const { aws, calls, clock } = answeringInRegions({
      DescribeKey: ({ KeyId }: { KeyId: string }) => {
        if (states[KeyId] === DENIED) {
          throw ec2Error('AccessDeniedException');
        }
        return { KeyMetadata: { ...KEY_METADATA, Arn: KeyId, KeyState: states[KeyId] ?? 'Enabled' } };
      },
    });
    clock.now += 60_000;
    const devices = keyIds.map((KmsKeyId, index) => ({ name: `/dev/sd${'ab'[index]}`, volume: { VolumeId: `vol-${index}`, KmsKeyId }, deleteOnTermination: true }));
    const source = { instance: INSTANCE, devices, excluded: [] } as InstanceSource;
    const request = { account: ACCOUNT, properties: propertiesOf(properties) } as ImageRequest<InstanceAmiProperties>;
    const outcome = await outcomeOf(() => checkVolumeKeys(aws, source, request, START));
    return outcome?.message ?? calls;
  }
  const denied = (letter: string) => expect.stringContaining(`The handler role is not allowed to use the key of the instance's volume vol-${'ab'.indexOf(letter)} for /dev/sd${letter}`) as string;
  const passed = (...SourceEncryptionKeyArns: string[]) => ({ SourceEncryptionKeyArns });
  const KEYED = { EncryptionKeyArn: 'arn' };

  test.each<[string, (string | undefined)[], Record<string, string>, object, unknown]>([
    ['none', [undefined, undefined], {}, {}, []],
    ['both', [ONE, TWO], {}, {}, ['DescribeKey', 'DescribeKey']],
    ['the same', [ONE, ONE], {}, {}, ['DescribeKey']],
    ['one that is disabled', [ONE, TWO], { [TWO]: 'Disabled' }, {}, `The key of the instance's volume vol-1 for /dev/sdb (${TWO}) is disabled. Enable it, or use another key.`],
    ['one that may not be described', [ONE, TWO], { [ONE]: DENIED }, {}, ['DescribeKey', 'DescribeKey']],
    ['one that may not be described, and that another key replaces', [ONE, TWO], { [TWO]: DENIED }, KEYED, denied('b')],
    ['one that may not be described, and that was passed', [ONE, TWO], { [TWO]: DENIED }, { ...KEYED, ...passed(TWO) }, ['DescribeKey', 'DescribeKey']],
  ])('%s', async (_title, keyIds, states, properties, outcome) => {
    jest.spyOn(console, 'warn').mockReturnValue(undefined);
    expect(await check(keyIds, states, properties)).toEqual(outcome);
  });
});
