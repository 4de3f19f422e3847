import { DeploymentError } from '../../../lambda/outcomes';
import { parseEncryptedAmiCopy, parseInstanceAmi, parseLeniently, parseMultiKeyAmi } from '../../../lambda/request/parse-properties';
import { INSTANCE_AMI_RULES, MULTI_KEY_AMI_RULES } from '../../../src/contract';

/** The properties as CloudFormation delivers them, each scalar as a string. */

const COMMON = { GeneratedNamePrefix: 'Images', TimeoutSeconds: '3600' };
const COPY = { ...COMMON, SourceImageId: 'ami-1', Encryption: 'KEY', EncryptionKeyArn: 'arn', CopySourceTags: 'false' };
const BUILD = { ...COMMON, SourceImageId: 'ami-1', BuildMethod: 'COPY_SNAPSHOTS', AssociatePublicIpAddress: 'true' };
const EBS = { DeviceName: '/dev/sdb', Volume: 'EBS', EncryptionKeyArn: 'arn', SizeGibibytes: '8', VolumeType: 'gp3', DeleteOnTermination: 'false' };
const SNAPSHOT = { DeviceName: '/dev/sdc', Volume: 'SNAPSHOT', EncryptionKeyArn: 'arn', SnapshotId: 'snap-1', VolumeType: 'gp3', DeleteOnTermination: 'true' };
const without = (properties: Record<string, unknown>, name: string) => ({ ...properties, [name]: undefined });

test('a copy', () => {
  expect(parseEncryptedAmiCopy({ ...COPY, ImageName: '', Tags: [{ Key: 'a', Value: '' }], SourceEncryptionKeyArns: ['one'], Other: 'ignored' })).toEqual({
    ...COPY, CopySourceTags: false, TimeoutSeconds: 3_600, Tags: [{ Key: 'a', Value: '' }], SourceEncryptionKeyArns: ['one'],
  });
  // CloudFormation delivers the empty default of a parameter
  expect(parseEncryptedAmiCopy({ ...COPY, SourceImageId: '' })).toMatchObject({ SourceImageId: '' });
  expect(Object.keys(parseEncryptedAmiCopy({ ...COPY, ImageName: '' }))).not.toContain('ImageName');
  for (const Encryption of ['DEFAULT_KEY', 'PRESERVE']) {
    expect(parseEncryptedAmiCopy({ ...without(COPY, 'EncryptionKeyArn'), Encryption })).toMatchObject({ Encryption });
  }
});

test('a multi-key AMI', () => {
  const BlockDevices = [EBS, SNAPSHOT, { DeviceName: '/dev/sdd', Volume: 'SOURCE' }, { DeviceName: '/dev/sde', Volume: 'NONE' }];
  expect(parseMultiKeyAmi({ ...BUILD, RootVolume: { SizeGibibytes: '9' }, BlockDevices })).toEqual({
    ...BUILD,
    AssociatePublicIpAddress: true,
    TimeoutSeconds: 3_600,
    RootVolume: { SizeGibibytes: 9 },
    BlockDevices: [{ ...EBS, SizeGibibytes: 8, DeleteOnTermination: false }, { ...SNAPSHOT, DeleteOnTermination: true }, ...BlockDevices.slice(2)],
  });
  expect(parseMultiKeyAmi(BUILD)).not.toHaveProperty('BlockDevices');
});

const WHOLE_NUMBER = 'a whole number';
const valueOf = (properties: Record<string, unknown>, name: string) => name in properties ? properties[name] : undefined;

test.each<[Record<string, unknown>, string, string]>([
  [{ Encryption: 'ALL' }, 'Encryption', 'one of KEY, DEFAULT_KEY, PRESERVE'],
  [{ EncryptionKeyArn: undefined }, 'EncryptionKeyArn', 'the ARN of a key'],
  [{ SourceImageId: undefined }, 'SourceImageId', 'a string'],
  [{ SourceImageId: ['ami-1'] }, 'SourceImageId', 'a string'],
  [{ CopySourceTags: '' }, 'CopySourceTags', 'a boolean'],
  [{ CopySourceTags: undefined }, 'CopySourceTags', 'a boolean'],
  [{ CopySourceTags: 'yes' }, 'CopySourceTags', '"true" or "false"'],
  [{ CopySourceTags: true }, 'CopySourceTags', '"true" or "false"'],
  [{ TimeoutSeconds: '1.5' }, 'TimeoutSeconds', WHOLE_NUMBER],
  [{ TimeoutSeconds: 3_600 }, 'TimeoutSeconds', WHOLE_NUMBER],
  [{ SharedAccountIds: 'one' }, 'SharedAccountIds', 'a list of strings'],
  [{ SharedAccountIds: ['one', 2] }, 'SharedAccountIds', 'a list of strings'],
  [{ Tags: { length: 0 } }, 'Tags', 'a list of structures'],
  [{ Tags: ['one'] }, 'Tags', 'a list of structures'],
  [{ Tags: [null] }, 'Tags', 'a list of structures'],
  [{ Tags: [{ Key: 'a', Value: 'b' }, { Value: 'c' }] }, 'Tags[1].Key', 'a string'],
])('a copy with %j is refused', (changed, name, wanted) => {
  expect(() => parseEncryptedAmiCopy({ ...COPY, ...changed })).toThrow(new DeploymentError(`The property ${name} must be ${wanted}, got ${JSON.stringify(valueOf(changed, name))}. ` +
    'The construct library and its handler have different versions: synthesize and deploy the stack again with one of them.'));
});

test.each<[Record<string, unknown>, string, string]>([
  [{ BuildMethod: 'BY_HAND' }, 'BuildMethod', 'one of LAUNCH_INSTANCE, COPY_SNAPSHOTS'],
  [{ CapacityType: 'LATER' }, 'CapacityType', 'one of ON_DEMAND, SPOT'],
  [{ RootVolume: 'gp3' }, 'RootVolume', 'a structure'],
  [{ RootVolume: null }, 'RootVolume', 'a structure'],
  [{ RootVolume: [] }, 'RootVolume', 'a structure'],
  [{ RootVolume: { Iops: 'many' } }, 'RootVolume.Iops', WHOLE_NUMBER],
  [{ BlockDevices: [{ ...EBS, Volume: 'TAPE' }] }, 'BlockDevices[0].Volume', 'one of SOURCE, EBS, SNAPSHOT, NONE'],
  ...['EncryptionKeyArn', 'SizeGibibytes', 'VolumeType', 'DeleteOnTermination'].map((name): [Record<string, unknown>, string, string] =>
    [{ BlockDevices: [SNAPSHOT, without(EBS, name)] }, `BlockDevices[1].${name}`, 'given for a volume of the kind EBS']),
  ...['EncryptionKeyArn', 'SnapshotId', 'VolumeType', 'DeleteOnTermination'].map((name): [Record<string, unknown>, string, string] =>
    [{ BlockDevices: [without(SNAPSHOT, name)] }, `BlockDevices[0].${name}`, 'given for a volume of the kind SNAPSHOT']),
])('a multi-key AMI with %j is refused', (changed, name, wanted) => {
  expect(() => parseMultiKeyAmi({ ...BUILD, ...changed })).toThrow(`The property ${name} must be ${wanted}, got `);
  expect(() => parseMultiKeyAmi({ ...BUILD, ...changed })).toThrow(DeploymentError);
});

test('a Delete reads what can be read', () => {
  const warn = jest.spyOn(console, 'warn').mockReturnValue(undefined);
  expect(parseLeniently({ ...BUILD, ImageName: '', TimeoutSeconds: '', SharedAccountIds: ['one'], BuildMethod: 'LATER' }, MULTI_KEY_AMI_RULES))
    .toEqual({ ...BUILD, TimeoutSeconds: undefined, AssociatePublicIpAddress: true, SharedAccountIds: ['one'], BuildMethod: 'LATER' });
  expect(warn).not.toHaveBeenCalled();
  expect(parseLeniently({ Reboot: 'perhaps', InstanceId: 'i-1' }, INSTANCE_AMI_RULES)).toEqual({ InstanceId: 'i-1' });
  expect(warn).toHaveBeenCalledTimes(1);
  expect(() => parseInstanceAmi({ InstanceId: 'i-1' })).toThrow(DeploymentError);
  jest.restoreAllMocks();
});
