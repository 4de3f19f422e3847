import { Lazy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AmiBuildMethod, FileSystemOptions, FileSystemType } from '../../../src';
import { listFileSystems } from '../../../src/multi-key/file-systems/validate-file-systems';
import { source } from '../../helpers/stacks';

/** The options for file systems that are refused at synth, and those beside them that are not. */

const { EXT4, XFS } = FileSystemType;
const { LINUX, WINDOWS, UNKNOWN } = ec2.OperatingSystemType;
const { COPY_SNAPSHOTS, LAUNCH_INSTANCE } = AmiBuildMethod;
const TOKEN = Lazy.string({ produce: () => 'x' });

class BottleRocketImage implements ec2.IMachineImage {
  public getImage = () => ({ imageId: 'ami-1', osType: LINUX, userData: ec2.UserData.forLinux() });
}

interface Builder {
  readonly sourceImage?: ec2.IMachineImage;
  readonly osType?: ec2.OperatingSystemType;
  readonly buildMethod?: AmiBuildMethod;
}

/** The names of the devices that get a file system, of the volumes /dev/sdf, /dev/sdg and so on. */
const list = (options: FileSystemOptions[], { sourceImage = source, osType = LINUX, buildMethod }: Builder = {}) => listFileSystems(
  options.map((one, index) => ({ ...one, deviceName: `/dev/sd${'fghij'[index]}` })), sourceImage, osType, buildMethod,
).map(({ deviceName }) => deviceName);

test.each<[string, FileSystemOptions[], string[]]>([
  ['volumes without options have none', [{}, {}], []],
  ['a volume without options among others', [{ fileSystem: EXT4 }, {}, { fileSystem: XFS }], ['/dev/sdf', '/dev/sdh']],
  ['all options', [{ fileSystem: XFS, label: 'a-1_.B', mountPoint: '/data/one.d', mountOptions: ['noatime', 'x-systemd.device-timeout=10s'] }], ['/dev/sdf']],
  ['labels of the greatest length', [{ fileSystem: EXT4, label: 'x'.repeat(16) }, { fileSystem: XFS, label: 'x'.repeat(12) }], ['/dev/sdf', '/dev/sdg']],
  ['different labels and mount points', [{ fileSystem: EXT4, label: 'a', mountPoint: '/a' }, { fileSystem: EXT4, label: 'b', mountPoint: '/b' }], ['/dev/sdf', '/dev/sdg']],
  ['directories beside those of the system', [{ fileSystem: EXT4, mountPoint: '/var/lib/postgresql' }, { fileSystem: EXT4, mountPoint: '/etcetera' }], ['/dev/sdf', '/dev/sdg']],
  ['texts that are known only when the stack deploys', [{ fileSystem: EXT4, label: TOKEN, mountPoint: TOKEN, mountOptions: [TOKEN] }], ['/dev/sdf']],
])('%s', (_title, options, names) => {
  expect(list(options)).toEqual(names);
});

test.each<[string, FileSystemOptions[], string]>([
  ['a label without a file system', [{ label: 'data' }], '`label` of the volume /dev/sdf requires `fileSystem`, but got none. Pass it, or remove `label`.'],
  ['a mount point without one', [{ mountPoint: '/data' }], '`mountPoint` of the volume /dev/sdf requires `fileSystem`'],
  ['mount options without one', [{ mountOptions: [] }], '`mountOptions` of the volume /dev/sdf requires `fileSystem`'],
  ['options without a mount point', [{ fileSystem: XFS, mountOptions: ['noatime'] }], '`mountOptions` of the volume /dev/sdf requires `mountPoint`'],
  ['a long label of XFS', [{ fileSystem: XFS, label: 'x'.repeat(13) }], '`label` of the volume /dev/sdf must have at most 12 letters, digits, dots, underscores and hyphens, but is "xxxxxxxxxxxxx".'],
  ['a long label of ext4', [{ fileSystem: EXT4, label: 'x'.repeat(17) }], 'must have at most 16 letters'],
  ['a quote in a label', [{ fileSystem: EXT4, label: "a'b" }], 'but is "a\'b".'],
  ['an empty label', [{ fileSystem: EXT4, label: '' }], 'but is "".'],
  ...['data', '/', '/data/', '//data', '/my data', "/a'b", '/a/../etc', '/a/.', '/etc', '/var/lib', '/usr', '/dev/shm', '/proc/1'].map((mountPoint): [string, FileSystemOptions[], string] =>
    [mountPoint, [{ fileSystem: EXT4, mountPoint }], `\`mountPoint\` of the volume /dev/sdf must be an absolute path without spaces that is no directory of the operating system, but is "${mountPoint}".`]),
  ...['rw,noatime', 'a b', "a'b", ''].map((option): [string, FileSystemOptions[], string] =>
    [`the option "${option}"`, [{ fileSystem: EXT4, mountPoint: '/data', mountOptions: ['noatime', option] }], `\`mountOptions\` of the volume /dev/sdf must have one option in each element, without spaces and commas, but has "${option}".`]),
  ['one label twice', [{ fileSystem: EXT4, label: 'data' }, { fileSystem: XFS, label: 'data' }], '`label` must be different for each volume, but is "data" for /dev/sdf and for /dev/sdg.'],
  ['one mount point twice', [{ fileSystem: EXT4, mountPoint: '/b' }, { fileSystem: EXT4, mountPoint: '/a' }, {}, { fileSystem: EXT4, mountPoint: '/a' }],
    '`mountPoint` must be different for each volume, but is "/a" for /dev/sdg and for /dev/sdi.'],
])('%s is refused', (_title, options, sentence) => {
  expect(() => list(options)).toThrow(sentence);
});

test.each<[string, Builder, RegExp]>([
  ['no instance', { buildMethod: COPY_SNAPSHOTS }, /^`fileSystem` of the volume \/dev\/sdf requires an instance, but `AmiBuildMethod.COPY_SNAPSHOTS` launches none\./],
  ['Windows', { osType: WINDOWS }, /^`fileSystem` of the volume \/dev\/sdf requires a source AMI of Linux, but got another operating system\./],
  ['an unknown operating system', { osType: UNKNOWN }, /requires a source AMI of Linux/],
  ['Bottlerocket', { sourceImage: new BottleRocketImage() }, /^`fileSystem` of the volume \/dev\/sdf requires a source AMI that runs shell scripts, but Bottlerocket runs none\./],
])('%s runs no script: file systems are refused, and volumes without are not', (_title, builder, sentence) => {
  expect(() => list([{ fileSystem: XFS }, {}], builder)).toThrow(sentence);
  expect(() => list([{ fileSystem: XFS }, {}, { fileSystem: XFS }], builder)).toThrow('`fileSystem` of the volumes /dev/sdf, /dev/sdh requires');
  expect(list([{}], builder)).toEqual([]);
  expect(list([{ fileSystem: XFS }], { buildMethod: LAUNCH_INSTANCE })).toEqual(['/dev/sdf']);
});
