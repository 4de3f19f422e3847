import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { InstanceAmi, InstanceAmiProps, BootModeOverride } from '../../src';
import { keysOfLaunch, readable } from '../helpers/policy-lines';
import { newStack, statementsOf } from '../helpers/stacks';

const INSTANCE_ID = 'i-0123456789abcdef0';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111';
const VOLUME_KEY = 'arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222';
const existing = (stack: Stack) => ec2.CfnInstance.fromInstanceId(stack, 'Server', INSTANCE_ID);

function imageWith(props: Partial<InstanceAmiProps> = {}, stack = newStack()): { stack: Stack; image: InstanceAmi } {
  return { stack, image: new InstanceAmi(stack, 'Snapshot', { instance: existing(stack), ...props }) };
}

function resourceOf(stack: Stack): { Properties: Record<string, unknown>; DependsOn?: string[] } {
  return Object.values(Template.fromStack(stack).findResources('Custom::InstanceAmi'))[0] as ReturnType<typeof resourceOf>;
}

test('the defaults reboot the instance and keep everything as it is', () => {
  const { stack } = imageWith();
  const { Properties: { ServiceToken, GeneratedNamePrefix, ...properties } } = resourceOf(stack);
  expect(properties).toEqual({ InstanceId: INSTANCE_ID, Reboot: true, RemovalPolicy: 'Delete', TimeoutSeconds: 3600, ServiceTimeout: '3600' });
  expect(ServiceToken).toBeDefined();
  expect(GeneratedNamePrefix).toMatch(/^Images-Snapshot/);
  expect(statementsOf(stack).ImageOfInstance).toMatchObject({ Action: 'ec2:CreateImage' });
});

test('the properties of the custom resource have every prop', () => {
  const stack = newStack();
  const { image } = imageWith({
    reboot: false,
    contentVersion: '1.2.3',
    blockDevices: [
      { deviceName: '/dev/sdc', mappingEnabled: false },
      { deviceName: '/dev/sdb', deleteOnTermination: false },
    ],
    bootModeOverride: BootModeOverride.UEFI,
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY),
    sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'VolumeKey', VOLUME_KEY)],
    timeout: Duration.minutes(20),
  }, stack);
  // the AMI has its own key alone
  expect(keysOfLaunch(image)).toEqual([KEY]);
  expect(resourceOf(stack).Properties).toMatchObject({
    Reboot: false,
    ContentVersion: '1.2.3',
    BlockDevices: [{ DeviceName: '/dev/sdc', MappingEnabled: false }, { DeviceName: '/dev/sdb', DeleteOnTermination: false, MappingEnabled: true }],
    BootModeOverride: 'uefi',
    EncryptionKeyArn: KEY,
    SourceEncryptionKeyArns: [VOLUME_KEY],
    TimeoutSeconds: 1200,
  });
});

test('an instance of the stack is referred to, and so waited for; its operating system is that of the image', () => {
  const stack = newStack();
  const instance = new ec2.Instance(stack, 'Server', {
    vpc: new ec2.Vpc(stack, 'Vpc'), instanceType: new ec2.InstanceType('t3.micro'), machineImage: ec2.MachineImage.latestWindows(ec2.WindowsVersion.WINDOWS_SERVER_2022_ENGLISH_FULL_BASE),
  });
  const image = new InstanceAmi(stack, 'Snapshot', { instance });
  expect(resourceOf(stack).Properties.InstanceId).toEqual(stack.resolve(instance.instanceId));
  expect(image.getImage(stack).osType).toBe(ec2.OperatingSystemType.WINDOWS);
});

test('an alias of the app is the key that it stands for', () => {
  const stack = newStack();
  const { image } = imageWith({ encryptionKey: new kms.Key(stack, 'Key').addAlias('golden') }, stack);
  expect(keysOfLaunch(image)).toEqual(['<Key.Arn>']);
  expect(readable(resourceOf(stack).Properties.EncryptionKeyArn)).toBe('<Key.Arn>');
});

test('without a key of its own, the AMI has those of the volumes', () => {
  const stack = newStack();
  expect(keysOfLaunch(imageWith({ sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'VolumeKey', VOLUME_KEY)] }, stack).image)).toEqual([VOLUME_KEY]);
});

test('each launch gets user data of its own', () => {
  const { image, stack } = imageWith();
  const [one, other] = [image.getImage(stack), image.getImage(stack)];
  expect(one.userData).not.toBe(other.userData);
});

test.each<[ec2.OperatingSystemType | undefined, ec2.OperatingSystemType, string]>([
  [undefined, ec2.OperatingSystemType.LINUX, '#!/bin/bash'],
  [ec2.OperatingSystemType.WINDOWS, ec2.OperatingSystemType.WINDOWS, '<powershell></powershell>'],
  [ec2.OperatingSystemType.UNKNOWN, ec2.OperatingSystemType.UNKNOWN, ''],
])('the operating system %s of an instance that is not of the app', (osType, expected, script) => {
  const { image, stack } = imageWith({ osType });
  expect(image.getImage(stack).osType).toBe(expected);
  expect(image.getImage(stack).userData.render()).toBe(script);
});

test.each(['ami-0123456789abcdef0', 'i-0123456', 'i-0123456789abcdef01', 'i-0123456789ABCDEF0'])('the ID %p, which no instance has, is refused', instanceId => {
  const stack = newStack();
  expect(() => new InstanceAmi(stack, 'Snapshot', { instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', instanceId) }))
    .toThrow(`\`instance\` must have an ID such as "i-0123456789abcdef0", but has "${instanceId}". Check where the ID comes from.`);
});

test('two entries for one device are refused, also with two of its names', () => {
  expect(() => imageWith({
    blockDevices: [
      { deviceName: '/dev/sdf', mappingEnabled: false },
      { deviceName: 'xvdf', deleteOnTermination: true },
    ],
  }))
    .toThrow('`blockDevices` has /dev/sdf and xvdf, which are two names of one device. Give one of them another `deviceName`, or remove it.');
});

test.each([
  [{ deviceName: '/dev/sdb' }, 'neither'],
  [{ deviceName: '/dev/sdb', deleteOnTermination: true, mappingEnabled: false }, 'both'],
])('the entry %j, which says nothing or contradicts itself, is refused', (device, got) => {
  expect(() => imageWith({ blockDevices: [device] })).toThrow(
    `\`blockDevices\` must have either \`deleteOnTermination\` or \`mappingEnabled: false\` for /dev/sdb, but has ${got}. Choose one, or remove the entry: devices without an entry stay as they are.`);
});
