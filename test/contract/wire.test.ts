import type { EncryptedAmiCopyAttributes, PropertyRule, ValueRule } from '../../src/contract';
import { BUILDER_FAILURE } from '../../src/contract/builder-failure';

/*
 * All properties and attributes that the constructs and the handler exchange. After the first release they change only by optional additions: a
 * stack sends the properties of the version that deployed it to the handler of the version that deletes it, and a renamed type, or a renamed
 * property that requires replacement, replaces every AMI.
 */

const LIST = 'strings';
const SHARING = { SharedAccountIds: LIST, SharedOrganizationArns: LIST, SharedOrganizationalUnitArns: LIST };
/** `!` is required; `R` requires replacement. */
const COMMON = {
  ...SHARING,
  ImageName: 'string R',
  ImageNamePrefix: 'string R',
  GeneratedNamePrefix: 'string!',
  Description: 'string',
  ContentVersion: 'string R',
  Tags: { structures: { Key: 'string!', Value: 'string!' } },
  TimeoutSeconds: 'integer!',
  RemovalPolicy: 'string',
};

/** Loads the contract in the test itself: the runner of mutants starts a process for each change that only the start of a test file reaches. */
function load(): typeof import('../../src/contract') {
  jest.resetModules();
  return jest.requireActual('../../src/contract');
}

function written(rules: Readonly<Record<string, ValueRule | PropertyRule>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => {
    const text = `${rule.type}${rule.required ? '!' : ''}${'change' in rule && rule.change === 'replace' ? ' R' : ''}`;
    return [name, rule.of ? { [text]: written(rule.of) } : text];
  }));
}

test('resource types', () => {
  expect(load().RESOURCE_TYPES).toEqual({
    encryptedAmiCopy: 'Custom::EncryptedAmiCopy', multiKeyAmi: 'Custom::MultiKeyAmi', instanceAmi: 'Custom::InstanceAmi', amiSharing: 'Custom::AmiSharing',
  });
});

test('the line on the console of a builder instance whose user data has failed', () => {
  expect(BUILDER_FAILURE).toBe('cdk-encrypted-ami: builder failed: ');
});

test('tag keys', () => {
  const {
    RESERVED_TAG_PREFIX, OWNER_TAG, ID_TAG, DEVICE_TAG, STEP_TAG, REQUEST_TAG, REMOVAL_POLICY_TAG, REPLACES_TAG, LEFTOVER_TAG, SHARING_TAG_PREFIX,
    ENCRYPTION_TAG, MAX_USER_TAGS,
  } = load();
  expect([
    RESERVED_TAG_PREFIX, OWNER_TAG, ID_TAG, DEVICE_TAG, STEP_TAG, REQUEST_TAG, REMOVAL_POLICY_TAG, REPLACES_TAG, LEFTOVER_TAG, SHARING_TAG_PREFIX,
    ENCRYPTION_TAG,
  ]).toEqual([
    'cdk-encrypted-ami:', 'cdk-encrypted-ami:owner', 'cdk-encrypted-ami:id', 'cdk-encrypted-ami:device', 'cdk-encrypted-ami:step',
    'cdk-encrypted-ami:request', 'cdk-encrypted-ami:removal-policy', 'cdk-encrypted-ami:replaces', 'cdk-encrypted-ami:leftover', 'cdk-encrypted-ami:sharing-',
    'cdk-encrypted-ami:encryption',
  ]);
  // of the 50 that EC2 allows
  expect(MAX_USER_TAGS).toBe(40);
});

test('properties of a copy', () => {
  expect(written(load().ENCRYPTED_AMI_COPY_RULES)).toEqual({
    ...COMMON,
    SourceImageId: 'string! R',
    SourceRegion: 'string R',
    Encryption: 'string! R',
    EncryptionKeyArn: 'string R',
    CopySourceTags: 'boolean! R',
    CompletionDurationMinutes: 'integer',
    OutpostArn: 'string R',
    LocalZone: 'string R',
    SourceEncryptionKeyArns: LIST,
    SourceBucketName: 'string',
  });
});

test('properties of a multi-key AMI', () => {
  const sourceVolume = {
    EncryptionKeyArn: 'string', DeleteOnTermination: 'boolean', SizeGibibytes: 'integer', VolumeType: 'string', Iops: 'integer', Throughput: 'integer',
  };
  expect(written(load().MULTI_KEY_AMI_RULES)).toEqual({
    ...COMMON,
    SourceImageId: 'string! R',
    SourceEncryptionKeyArns: LIST,
    RootVolume: { 'structure R': sourceVolume },
    BlockDevices: {
      'structures R': {
        ...sourceVolume,
        DeviceName: 'string!',
        Volume: 'string!',
        SnapshotId: 'string',
      },
    },
    UserData: 'string R',
    BuildMethod: 'string!',
    UserDataTimeoutSeconds: 'integer',
    AssociatePublicIpAddress: 'boolean!',
    InstanceTypes: LIST,
    CapacityType: 'string',
    SubnetIds: LIST,
    SecurityGroupIds: LIST,
  });
});

test('properties of an AMI of an instance', () => {
  expect(written(load().INSTANCE_AMI_RULES)).toEqual({
    ...COMMON,
    InstanceId: 'string! R',
    Reboot: 'boolean!',
    BlockDevices: { 'structures R': { DeviceName: 'string!', DeleteOnTermination: 'boolean', MappingEnabled: 'boolean!' } },
    BootModeOverride: 'string R',
    EncryptionKeyArn: 'string R',
    SourceEncryptionKeyArns: LIST,
  });
});

test('properties of a sharing', () => {
  expect(written(load().AMI_SHARING_RULES)).toEqual({ ...SHARING, ImageId: 'string! R' });
});

test('attributes', () => {
  // does not compile when an attribute is missing or renamed
  const attributes: Record<keyof EncryptedAmiCopyAttributes, true> = {
    ImageId: true, ImageName: true, Architecture: true, RootDeviceName: true, RootSnapshotId: true, SnapshotIds: true, CompletionDurationMet: true,
  };
  expect(Object.keys(attributes)).toHaveLength(7);
});
