import { Duration, Size } from 'aws-cdk-lib';
import * as ami from '../../src/ami/messages';
import { CopyEncryption } from '../../src/contract';
import { descriptionError } from '../../src/contract/description';
import { imageNameError, imageNamePrefixError } from '../../src/contract/image-name';
import { localZoneError, outpostArnError } from '../../src/contract/outpost-and-local-zone';
import { sourcePartitionError } from '../../src/contract/partition';
import { snapshotIdError } from '../../src/contract/snapshot-id';
import * as copy from '../../src/copy/messages';
import * as instanceAmi from '../../src/instance-ami/messages';
import * as keys from '../../src/keys/messages';
import * as multiKey from '../../src/multi-key/messages';
import * as provider from '../../src/provider/messages';
import * as sharing from '../../src/sharing/messages';

/** One text of each message of a module: a new message does not compile without one. */
type TextOfEach<T> = { readonly [K in keyof T]: string };

const REGION = 'us-east-1';
const HOURS = Duration.hours(2);
const VOLUME = 'the gp3 volume /dev/sdf';

const contractMessages = {
  imageNameLength: imageNameError('ab')!,
  imageNameCharacters: imageNameError('my+image')!,
  imageNamePrefixLength: imageNamePrefixError('')!,
  descriptionLength: descriptionError('x'.repeat(256))!,
  descriptionCharacters: descriptionError('golden — x')!,
  snapshotIdError: snapshotIdError('snap-x')!,
  outpostArnError: outpostArnError('op-1'),
  localZoneError: localZoneError('bos'),
  sourcePartitionError: sourcePartitionError('cn-north-1', REGION)!,
};

const amiMessages: TextOfEach<typeof ami> = {
  baseClassCreatesNothing: ami.baseClassCreatesNothing(),
  nameAndPrefix: ami.nameAndPrefix(),
  imageNameCollides: ami.imageNameCollides({ imageName: 'golden' }),
  timeoutOutOfRange: ami.timeoutOutOfRange('timeout', HOURS),
  timeoutNotWhole: ami.timeoutNotWhole('timeout', Duration.millis(90_500)),
  removalPolicySnapshot: ami.removalPolicySnapshot(),
  imageNameTwice: ami.imageNameTwice({ imageName: 'golden', path: 'Stack/One' }),
  sourceImageResolvedByLaunch: ami.sourceImageResolvedByLaunch('resolve:ssm:/ami'),
  sourceImageIdMalformed: ami.sourceImageIdMalformed('ami-x'),
  sourceImageUnknownAtSynthesis: ami.sourceImageUnknownAtSynthesis('eu-west-1'),
  deviceNameNotAllowed: ami.deviceNameNotAllowed('sdf', false),
  deviceNamedTwice: ami.deviceNamedTwice('/dev/sdf', 'xvdf'),
  tooManyTags: ami.tooManyTags(41, 40),
  tagKeyReserved: ami.tagKeyReserved('aws:x', 'aws:', 'AWS'),
  tagKeyEmpty: ami.tagKeyEmpty('x'),
  tagKeyTooLong: ami.tagKeyTooLong('x', 128),
  tagValueTooLong: ami.tagValueTooLong('x', 257, 256),
};

const copyMessages: TextOfEach<typeof copy> = {
  notOneEncryption: copy.notOneEncryption([CopyEncryption.KEY, CopyEncryption.PRESERVE]),
  sourceRegionIsToken: copy.sourceRegionIsToken(),
  sourceRegionMalformed: copy.sourceRegionMalformed('eu'),
  sourceBucketWithEncryption: copy.sourceBucketWithEncryption(),
  completionDurationNotAllowed: copy.completionDurationNotAllowed(Duration.minutes(16)),
  completionDurationLongerThanTimeout: copy.completionDurationLongerThanTimeout(HOURS, Duration.hours(1)),
  twoDestinations: copy.twoDestinations(),
  preserveEncryptionOnOutpost: copy.preserveEncryptionOnOutpost(),
  completionDurationWithDestination: copy.completionDurationWithDestination('outpostArn'),
  sourceBucketWithDestination: copy.sourceBucketWithDestination('localZone'),
  sourceRegionWithDestination: copy.sourceRegionWithDestination('localZone', 'eu-west-1', REGION),
  destinationInAnotherRegion: copy.destinationInAnotherRegion('localZone', 'us-west-2-lax-1a', 'us-west-2', REGION),
  snapshotsOnOutpostNotShareable: copy.snapshotsOnOutpostNotShareable(),
};

const multiKeyMessages: TextOfEach<typeof multiKey> = {
  nothingToChange: multiKey.nothingToChange(),
  volumeOrNoMapping: multiKey.volumeOrNoMapping('/dev/sdf', 'both'),
  sourceVolumeUnchanged: multiKey.sourceVolumeUnchanged('rootVolume'),
  propsOfInstanceWithCopySnapshots: multiKey.propsOfInstanceWithCopySnapshots(['vpc', 'userData']),
  copySnapshotsOfWindows: multiKey.copySnapshotsOfWindows(),
  vpcMissing: multiKey.vpcMissing('securityGroups'),
  cleanUpNotPossible: multiKey.cleanUpNotPossible(),
  userDataNotCleanedUp: multiKey.userDataNotCleanedUp(),
  userDataShutsDown: multiKey.userDataShutsDown(),
  fileSystemsWithCopySnapshots: multiKey.fileSystemsWithCopySnapshots(['/dev/sdf']),
  fileSystemsOnlyOnLinux: multiKey.fileSystemsOnlyOnLinux(['/dev/sdf', '/dev/sdg']),
  fileSystemsOnBottlerocket: multiKey.fileSystemsOnBottlerocket(['/dev/sdf']),
  fileSystemsWithOtherUserData: multiKey.fileSystemsWithOtherUserData(),
  volumeOptionMissing: multiKey.volumeOptionMissing('label', '/dev/sdf', 'fileSystem'),
  labelNotAllowed: multiKey.labelNotAllowed('my data', '/dev/sdf', 12),
  mountPointNotAllowed: multiKey.mountPointNotAllowed('/etc', '/dev/sdf'),
  mountOptionNotAllowed: multiKey.mountOptionNotAllowed('rw,noatime', '/dev/sdf'),
  fileSystemOptionTwice: multiKey.fileSystemOptionTwice('label', 'data', '/dev/sdf', '/dev/sdg'),
  userDataMissing: multiKey.userDataMissing('allowAllOutbound'),
  emptyList: multiKey.emptyList('instanceTypes'),
  userDataTooLong: multiKey.userDataTooLong(20_000, 16_384),
  optionRequired: multiKey.optionRequired('iops', VOLUME, '100 to 64000'),
  sizeNotWhole: multiKey.sizeNotWhole(VOLUME, Size.mebibytes(1_500)),
  optionNotSupported: multiKey.optionNotSupported('iops', VOLUME, 100),
  optionOutOfRange: multiKey.optionOutOfRange('size', VOLUME, 0, '1 to 16384 GiB'),
  tooManyIopsPerGibibyte: multiKey.tooManyIopsPerGibibyte(VOLUME, 6_000, 10, 500),
  tooMuchThroughput: multiKey.tooMuchThroughput(VOLUME, 1_000, 3_000),
};

const instanceAmiMessages: TextOfEach<typeof instanceAmi> = {
  instanceIdMalformed: instanceAmi.instanceIdMalformed('i-x'),
  deleteOnTerminationOrNoMapping: instanceAmi.deleteOnTerminationOrNoMapping('/dev/sdf', 'neither'),
};

const keyMessages: TextOfEach<typeof keys> = {
  keyPolicyUnchanged: keys.keyPolicyUnchanged({ key: 'arn:aws:kms:us-east-1:123456789012:key/1', statements: '[]' }),
  keyPolicyOfOtherAccount: keys.keyPolicyOfOtherAccount({ key: 'arn:aws:kms:us-east-1:123456789012:key/1', statements: '[]' }),
  grantForServiceLinkedRole: keys.grantForServiceLinkedRole({ key: 'arn:aws:kms:us-east-1:123456789012:key/1', role: 'arn:aws:iam::210987654321:role/r', region: REGION }).trim(),
  keyInOtherRegion: keys.keyInOtherRegion({ prop: 'encryptionKey', key: 'Stack/Key', keyRegion: 'eu-west-1', region: REGION }),
  keyNotSymmetric: keys.keyNotSymmetric({ prop: 'encryptionKey', key: 'Stack/Key', keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY' }),
  keyDeletedWithStack: keys.keyDeletedWithStack({ key: 'Stack/Key' }),
  keyPolicyTooLong: keys.keyPolicyTooLong('Stack/Key', 400, 40_000, 32_768),
};

const providerMessages: TextOfEach<typeof provider> = {
  twoHandlerRoleNames: provider.twoHandlerRoleNames('one', 'other'),
  handlerRoleNameMalformed: provider.handlerRoleNameMalformed('a b'),
  twoLogGroups: provider.twoLogGroups('Stack/One', 'Stack/Other'),
  twoStateMachineKeys: provider.twoStateMachineKeys('Stack/One', 'Stack/Other'),
  stateMachineKeyIsAlias: provider.stateMachineKeyIsAlias(),
  aliasOfSourceRegion: provider.aliasOfSourceRegion('alias/golden', 'eu-west-1'),
  manyPolicies: provider.manyPolicies(12),
};

const sharingMessages: TextOfEach<typeof sharing> = {
  imageIdMalformed: sharing.imageIdMalformed('ami-x'),
  accountIdMalformed: sharing.accountIdMalformed('12345'),
  organizationArnMalformed: sharing.organizationArnMalformed('o-x'),
  organizationalUnitArnMalformed: sharing.organizationalUnitArnMalformed('ou-x'),
  nobodyToShareWith: sharing.nobodyToShareWith('shareWithAccounts', 'account ID'),
  ebsKeyNotShareable: sharing.ebsKeyNotShareable(),
  sharedTwice: sharing.sharedTwice('Stack/One', 'ami-0ff8a91507f77f867', ['210987654321']),
};

const MESSAGES = Object.entries({
  ...contractMessages,
  ...amiMessages,
  ...copyMessages,
  ...multiKeyMessages,
  ...instanceAmiMessages,
  ...keyMessages,
  ...providerMessages,
  ...sharingMessages,
});

const NAMES_OF_PROPS = [
  'imageName', 'imageNamePrefix', 'sourceImage', 'sourceRegion', 'sourceBucket', 'encryptionKey', 'useDefaultKey', 'preserveEncryption', 'completionDuration',
  'outpostArn', 'localZone', 'rootVolume', 'blockDevices', 'deviceName', 'deleteOnTermination', 'mappingEnabled', 'userData', 'cleanUp', 'fileSystem', 'label', 'mountPoint', 'mountOptions', 'userDataTimeout',
  'allowAllOutbound', 'vpcSubnets', 'securityGroups', 'instanceTypes', 'logGroup', 'imageId',
];

test.each(MESSAGES)('%s has a sentence for the problem and one for the solution', (_, text) => {
  expect(text).toMatch(/^[A-Z`]/);
  expect(text).toMatch(/[^.]\. [A-Z]/);
  expect(text).toMatch(/[^ .]\.$/);
  expect(text).not.toMatch(/undefined|\[object| {2}/);
});

test.each(MESSAGES)('%s has names of props in backticks only', (_, text) => {
  const outside = text.replace(/`[^`]*`/g, '');
  expect(NAMES_OF_PROPS.filter(name => new RegExp(`\\b${name}\\b`).test(outside))).toEqual([]);
});
