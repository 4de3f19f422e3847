import { Duration, Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBuildMethod, AmiVolume, FileSystemOptions, FileSystemType, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from '../../../src';
import { imageWithId } from '../../helpers/deployment';
import { newStack, SOURCE_ID } from '../../helpers/stacks';

/** The options for file systems: what they render, and what is refused. */

const { EXT4, XFS } = FileSystemType;

function synth(props: Partial<MultiKeyAmiBuilderProps> | ((key: kms.IKey) => Partial<MultiKeyAmiBuilderProps>)) {
  const stack = newStack();
  const key = new kms.Key(stack, 'Key');
  new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: imageWithId(SOURCE_ID), ...typeof props === 'function' ? props(key) : props });
  const template = Template.fromStack(stack);
  const [{ Properties }] = Object.values(template.findResources('Custom::MultiKeyAmi')) as { Properties: Record<string, unknown> }[];
  return { template, properties: Properties, script: (Properties.UserData as { 'Fn::Base64': string } | undefined)?.['Fn::Base64'] };
}

/** Volumes /dev/sdf, /dev/sdg and so on. */
const volumes = (...options: FileSystemOptions[]) => (key: kms.IKey): Partial<MultiKeyAmiBuilderProps> => ({
  blockDevices: options.map((one, index) => ({
    deviceName: `/dev/sd${'fghij'[index]}`, volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: key, ...one }),
  })),
});

test('each volume has its call, parents first, and the builder what it needs for a script', () => {
  const { script, properties, template } = synth(key => ({
    ...volumes({ fileSystem: XFS, label: 'wal', mountPoint: '/data/wal', mountOptions: ['noatime', 'nofail', 'discard'] }, { fileSystem: EXT4, mountPoint: '/data' }, { fileSystem: XFS })(key),
    userDataTimeout: Duration.minutes(5),
  }));
  expect(script!.split('\n').filter(line => line.startsWith('prepare '))).toEqual([
    "prepare '/dev/sdh' 'h' 'xfs' '' '' 'defaults,nofail'",
    "prepare '/dev/sdg' 'g' 'ext4' '' '/data' 'defaults,nofail'",
    "prepare '/dev/sdf' 'f' 'xfs' 'wal' '/data/wal' 'noatime,discard,nofail'",
  ]);
  // the clean-up, and no user data of one's own
  expect(script).toMatch(/\nrm -f \/etc\/ssh\/ssh_host_\*\n.*\nshutdown -h now$/s);
  expect(script).not.toContain('END_OF_USER_DATA');
  expect(properties).toMatchObject({ UserDataTimeoutSeconds: 300 });
  expect(JSON.stringify(template)).toContain('ec2:GetConsoleOutput');
});

test('volumes of the source and of snapshots have file systems, too; volumes without options need no script', () => {
  const { script } = synth(key => ({
    blockDevices: [
      { deviceName: 'xvdb', volume: AmiVolume.fromSource({ fileSystem: EXT4, mountPoint: '/one' }) },
      { deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot('snap-0123456789abcdef0', { encryptionKey: key, fileSystem: XFS, mountPoint: '/two' }) },
    ],
  }));
  expect(script!.match(/^prepare '.*/gm)).toEqual(["prepare 'xvdb' 'b' 'ext4' '' '/one' 'defaults,nofail'", "prepare '/dev/sdf' 'f' 'xfs' '' '/two' 'defaults,nofail'"]);
  expect(synth(volumes({})).script).toBeUndefined();
});

test('user data comes between the file systems and the clean-up; with `cleanUp: false` only the shutdown follows', () => {
  const userData = ec2.UserData.forLinux();
  userData.addCommands('set -euo pipefail', 'chown postgres: /data', 'shutdown -h now');
  const props = (key: kms.IKey) => ({ ...volumes({ fileSystem: XFS, mountPoint: '/data' })(key), userData });
  expect(synth(props).script).toMatch(/\nprepare '.*\nset -euo pipefail\nchown postgres: \/data\nEND_OF_USER_DATA\n.*\nrm -rf .*\nshutdown -h now$/s);
  const without = synth(key => ({ ...props(key), cleanUp: false })).script!;
  expect(without).toMatch(/\nEND_OF_USER_DATA\n.*\nsync\ntrap - ERR EXIT\n.*\nshutdown -h now$/s);
  expect(without).not.toContain('ssh_host');
  userData.addCommands('x'.repeat(13_000));
  expect(() => synth(props)).toThrow(/`userData` must have at most 16384 bytes, but has \d+ with the commands of the construct\./);
});

test.each<[string, FileSystemOptions[], string]>([
  ['a label without a file system', [{ label: 'data' }], '`label` of the volume /dev/sdf requires `fileSystem`, but got none.'],
  ['a mount point without one', [{ mountPoint: '/data' }], '`mountPoint` of the volume /dev/sdf requires `fileSystem`'],
  ['options without a mount point', [{ fileSystem: XFS, mountOptions: ['noatime'] }], '`mountOptions` of the volume /dev/sdf requires `mountPoint`'],
  ['a long label of XFS', [{ fileSystem: XFS, label: 'a234567890123' }], '`label` of the volume /dev/sdf must have at most 12 letters, digits, dots, underscores and hyphens, but is "a234567890123".'],
  ['a long label of ext4', [{ fileSystem: EXT4, label: 'a2345678901234567' }], 'must have at most 16 letters'],
  ['a quote in a label', [{ fileSystem: EXT4, label: "a'b" }], 'but is "a\'b".'],
  ['an empty label', [{ fileSystem: EXT4, label: '' }], 'but is "".'],
  ...['data', '/', '/data/', '//data', '/my data', "/a'b", '/a/../etc', '/a/.', '/etc', '/var/lib', '/usr', '/dev/shm', '/proc/1'].map((mountPoint): [string, FileSystemOptions[], string] =>
    [mountPoint, [{ fileSystem: EXT4, mountPoint }], `\`mountPoint\` of the volume /dev/sdf must be an absolute path without spaces that is no directory of the operating system, but is "${mountPoint}".`]),
  ...['rw,noatime', 'a b', "a'b", ''].map((option): [string, FileSystemOptions[], string] =>
    [`the option "${option}"`, [{ fileSystem: EXT4, mountPoint: '/data', mountOptions: [option] }], `but has "${option}".`]),
  ['one label twice', [{ fileSystem: EXT4, label: 'data' }, { fileSystem: XFS, label: 'data' }], '`label` must be different for each volume, but is "data" for /dev/sdf and for /dev/sdg.'],
  ['one mount point twice', [{ fileSystem: EXT4, mountPoint: '/a' }, {}, { fileSystem: EXT4, mountPoint: '/a' }], '`mountPoint` must be different for each volume, but is "/a" for /dev/sdf and for /dev/sdh.'],
])('%s is refused', (_title, options, message) => {
  expect(() => synth(volumes(...options))).toThrow(message);
});

test('sources and methods that run no script are refused, and user data that is no part of one', () => {
  class BottleRocketImage implements ec2.IMachineImage {
    public getImage = () => imageWithId(SOURCE_ID).getImage(undefined as never);
  }
  const one = (props: Partial<MultiKeyAmiBuilderProps>) => () => synth(key => ({ ...volumes({ fileSystem: XFS })(key), ...props }));
  expect(one({ buildMethod: AmiBuildMethod.COPY_SNAPSHOTS })).toThrow('`fileSystem` of the volume /dev/sdf requires an instance, but `AmiBuildMethod.COPY_SNAPSHOTS` launches none.');
  expect(one({ sourceImage: imageWithId(SOURCE_ID, ec2.OperatingSystemType.WINDOWS) })).toThrow('requires a source AMI of Linux');
  expect(one({ sourceImage: new BottleRocketImage() })).toThrow('but Bottlerocket runs none');
  expect(one({ userData: ec2.UserData.custom('#cloud-config\n{}') })).toThrow('`fileSystem` requires `userData` that is a shell script of Linux');
  expect(one({ allowAllOutbound: true })).toThrow('`allowAllOutbound` requires `userData`');
});
