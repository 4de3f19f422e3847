import { Aws, CfnParameter, Fn, Lazy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy } from '../../src';
import { listVolumeKeys } from '../../src/instance-ami/volume-keys';
import { newStack, source } from '../helpers/stacks';

/** The keys of the volumes of an instance that the app knows: without them, the handler may not use them, and nobody may launch from the AMI. */

const arnOf = (id: string) => `arn:aws:kms:us-east-1:123456789012:key/${id}`;
const importKey = (stack: Stack, id: string) => kms.Key.fromKeyArn(stack, id, arnOf(id));
const server = (stack: Stack, blockDeviceMappings: ec2.CfnInstanceProps['blockDeviceMappings'], imageId?: string) => new ec2.CfnInstance(stack, 'Server', { imageId, blockDeviceMappings });
const withKeys = (stack: Stack, ...keyIds: string[]) => server(stack, keyIds.map((kmsKeyId, index) => ({ deviceName: `/dev/sd${index}`, ebs: { kmsKeyId } })));
const vpcIn = (stack: Stack) => new ec2.Vpc(stack, 'Vpc', { natGateways: 0, subnetConfiguration: [{ name: 'one', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
const blockDevices = (kmsKey: kms.IKey): ec2.BlockDevice[] => [{ deviceName: '/dev/sdb', volume: ec2.BlockDeviceVolume.ebs(8, { encrypted: true, kmsKey }) }];

test.each<[string, (stack: Stack) => ec2.IInstanceRef, string[]]>([
  ['an instance that exists', stack => ec2.CfnInstance.fromInstanceId(stack, 'Server', 'i-0123456789abcdef0'), []],
  ['an instance of the app, and of its AMI', stack => {
    const { imageId } = new EncryptedAmiCopy(stack, 'Root', { sourceImage: source, encryptionKey: importKey(stack, 'root') });
    return server(stack, [{ deviceName: '/dev/sdb', ebs: { kmsKeyId: arnOf('data') } }], imageId);
  }, [arnOf('data'), arnOf('root')]],
  ['an instance alone, not of an AMI in it', stack => {
    const instance = server(stack, undefined);
    new EncryptedAmiCopy(instance, 'Other', { sourceImage: source, encryptionKey: importKey(stack, 'other') });
    return instance;
  }, []],
  ['devices that are not known yet', stack => server(stack, Lazy.any({ produce: () => [] })), []],
  ['an ec2.Instance', stack => new ec2.Instance(stack, 'Server', {
    vpc: vpcIn(stack), instanceType: new ec2.InstanceType('t3.micro'), machineImage: source, blockDevices: blockDevices(importKey(stack, 'data')),
  }), [arnOf('data')]],
  ['a construct around an instance', stack => new ec2.BastionHostLinux(stack, 'Server', { vpc: vpcIn(stack), blockDevices: blockDevices(importKey(stack, 'data')) }), [arnOf('data')]],
  ['devices without a key, of which one is an instance store volume', stack => server(stack, [{ deviceName: '/dev/sdb', ebs: { volumeSize: 1 } }, { deviceName: '/dev/sdc', virtualName: 'ephemeral0' }]), []],
  ['devices with one key', stack => withKeys(stack, arnOf('data'), arnOf('data')), [arnOf('data')]],
  ['keys whose ARNs only KMS knows', stack => withKeys(stack, 'alias/golden', 'arn:aws:kms:us-east-1:123456789012:alias/golden', '11111111-1111-1111-1111-111111111111'), []],
  ['keys that only the deployment knows', stack => withKeys(stack, Fn.importValue('Key'), new CfnParameter(stack, 'KeyId').valueAsString), []],
  ['keys of the app, by their ID or ARN', stack => {
    const [one, two] = ['One', 'Two'].map(id => new kms.Key(stack, id));
    return withKeys(stack, one.keyId, two.keyArn);
  }, ['One', 'Two']],
  ['a key of the app, by its ID in an ARN', stack => withKeys(stack, `arn:${Aws.PARTITION}:kms:us-east-1:${new CfnParameter(stack, 'Account').valueAsString}:key/${new kms.Key(stack, 'One').keyId}`), ['One']],
])('the keys of %s', (_title, define, expected) => {
  const stack = newStack();
  const passed = importKey(stack, 'passed');
  const instance = define(stack);
  const keys = listVolumeKeys(stack, { instance, sourceEncryptionKeys: [passed] });
  expect(keys.map(key => key instanceof kms.Key ? key.node.id : key.keyArn).sort()).toEqual([...expected, arnOf('passed')].sort());
  expect(listVolumeKeys(stack, { instance })).toHaveLength(expected.length);
});
