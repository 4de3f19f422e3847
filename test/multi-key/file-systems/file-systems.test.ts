import { Duration, Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBuildMethod, AmiVolume, FileSystemType, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from '../../../src';
import { imageWithId } from '../../helpers/deployment';
import { newStack, SOURCE_ID } from '../../helpers/stacks';

/** The file systems of volumes of each origin, in the user data of the builder instance. */

const { EXT4, XFS } = FileSystemType;

function build(props: Partial<MultiKeyAmiBuilderProps>, osType?: ec2.OperatingSystemType) {
  const stack = newStack();
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1');
  new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(SOURCE_ID, osType),
    blockDevices: [
      { deviceName: 'xvdb', volume: AmiVolume.fromSource({ fileSystem: EXT4, mountPoint: '/one' }) },
      { deviceName: '/dev/sdc', mappingEnabled: false },
      { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey, fileSystem: XFS }) },
      { deviceName: '/dev/sdg', volume: AmiVolume.ebsFromSnapshot('snap-0123456789abcdef0', { encryptionKey, fileSystem: XFS, label: 'two' }) },
      { deviceName: '/dev/sdh', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey }) },
    ],
    ...props,
  });
  return stack;
}

test('each has its line in the script, and the builder what it needs for one', () => {
  const template = Template.fromStack(build({ userDataTimeout: Duration.minutes(5), cleanUp: false }));
  const [{ Properties }] = Object.values(template.findResources('Custom::MultiKeyAmi')) as { Properties: { UserData: { 'Fn::Base64': string } } }[];
  expect(Properties.UserData['Fn::Base64'].match(/^prepare '.*/gm)).toEqual([
    "prepare '/dev/sdf' 'f' 'xfs' '' '' 'defaults,nofail'", "prepare '/dev/sdg' 'g' 'xfs' 'two' '' 'defaults,nofail'", "prepare 'xvdb' 'b' 'ext4' '' '/one' 'defaults,nofail'",
  ]);
  expect(Properties).toMatchObject({ UserDataTimeoutSeconds: 300, AssociatePublicIpAddress: false });
  expect(JSON.stringify(template)).toContain('ec2:GetConsoleOutput');
});

test('the build method, the operating system and the size of the script are checked', () => {
  expect(() => build({ buildMethod: AmiBuildMethod.COPY_SNAPSHOTS })).toThrow('`fileSystem` of the volumes xvdb, /dev/sdf, /dev/sdg requires an instance');
  expect(() => build({}, ec2.OperatingSystemType.WINDOWS)).toThrow('requires a source AMI of Linux');
  expect(() => build({ userData: ec2.UserData.custom(`#!/bin/sh\n${'x'.repeat(13_000)}`) })).toThrow(/`userData` must have at most 16384 bytes, but has \d+ with the commands/);
  expect(() => build({ allowAllOutbound: true })).toThrow('`allowAllOutbound` requires `userData`');
});
