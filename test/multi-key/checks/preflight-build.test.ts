import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { MultiKeyRequest } from '../../../lambda/multi-key/device-plan';
import { checkKeys, preflight } from '../../../lambda/multi-key/preflight-build';
import { AmiBuildMethod, MultiKeyAmiProperties, Sharing, VolumeOrigin } from '../../../src/contract';
import { Answers, answering, ec2Error } from '../../helpers/answers';
import { SOURCE_ID } from '../../helpers/stacks';

/** The checks before anything is created. */

const account = '123456789012';
const keyNamed = (name: string) => `arn:aws:kms:us-east-1:${account}:key/${name}`;
const [GOOD, DISABLED, DENIED, EBS] = ['good', 'disabled', 'denied', 'aws-ebs'].map(keyNamed);
const [FIRST, SECOND] = ['snap-0123456789abcdef1', 'snap-0123456789abcdef2'];
const IMAGE: Image = { ImageId: SOURCE_ID, Name: 'source', OwnerId: account, RootDeviceName: '/dev/xvda' };
const sourceDevice = (name: string, snapshot: Snapshot) => ({ name, snapshotId: 'snap-0', ebs: { VolumeSize: 8 }, snapshot: { SnapshotId: 'snap-0', OwnerId: account, ...snapshot } });

interface Case {
  readonly image?: Partial<Image>;
  /** The snapshot of the second device of the source. */
  readonly snapshot?: Snapshot;
  /** The key of the second device. */
  readonly keyArn?: string;
  /** New volumes of these snapshots, and an empty one. */
  readonly snapshotIds?: readonly string[];
  /** The keys of the new volumes, and their size. */
  readonly added?: { readonly keyArn?: string; readonly size?: number };
  readonly properties?: Partial<MultiKeyAmiProperties & Sharing>;
  readonly snapshots?: readonly Snapshot[];
  readonly isEncryptedByDefault?: boolean;
  readonly defaultKey?: string;
  readonly answers?: Answers;
  readonly now?: number;
}

function describeKey({ KeyId }: { KeyId: string }) {
  if (KeyId === DENIED) {
    throw ec2Error('AccessDeniedException');
  }
  const KeyState = KeyId === DISABLED ? 'Disabled' : 'Enabled';
  return { KeyMetadata: { Arn: KeyId === 'alias/aws/ebs' ? EBS : KeyId, KeyState, KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } };
}

function inputsOf(one: Case) {
  const { image, snapshot = {}, keyArn, snapshotIds = [], added = {}, properties, snapshots = [] } = one;
  const volume = { EncryptionKeyArn: added.keyArn ?? GOOD, VolumeType: 'gp3', DeleteOnTermination: true };
  const request = {
    account,
    owner: 'us',
    ownerPrefix: 'us',
    attemptId: 'attempt',
    startedAt: 0,
    properties: {
      SourceImageId: SOURCE_ID,
      GeneratedNamePrefix: 'Images',
      BuildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
      RootVolume: { EncryptionKeyArn: GOOD },
      BlockDevices: [
        { DeviceName: '/dev/sdb', Volume: VolumeOrigin.SOURCE, EncryptionKeyArn: keyArn },
        { ...volume, DeviceName: '/dev/sdf', Volume: VolumeOrigin.EBS, SizeGibibytes: 1 },
        ...snapshotIds.map((SnapshotId, index) => ({ ...volume, DeviceName: `/dev/sd${'ghi'[index]}`, Volume: VolumeOrigin.SNAPSHOT, SnapshotId, SizeGibibytes: added.size })),
      ],
      ...properties,
    },
    memory: {
      source: {
        image: { ...IMAGE, ...image },
        devices: [sourceDevice('/dev/xvda', {}), sourceDevice('/dev/sdb', snapshot)],
        emptyDevices: [{ name: '/dev/sdc', ebs: {} }],
      },
    },
  } as unknown as MultiKeyRequest;
  const { aws, calls } = answering({
    DescribeKey: describeKey,
    DescribeSnapshots: ({ SnapshotIds }: { SnapshotIds: string[] }) => {
      const Snapshots = snapshots.filter(({ SnapshotId }) => SnapshotIds.includes(SnapshotId!));
      if (Snapshots.length < SnapshotIds.length) {
        throw ec2Error('InvalidSnapshot.NotFound');
      }
      return { Snapshots };
    },
    GetEbsEncryptionByDefault: { EbsEncryptionByDefault: one.isEncryptedByDefault === true },
    GetEbsDefaultKmsKeyId: { KmsKeyId: one.defaultKey ?? EBS },
    ...one.answers,
  }, one.now);
  return { aws, calls, request };
}

/** The name of the error and its message; `accepted` without one. */
async function check(one: Case): Promise<string> {
  const { aws, request } = inputsOf(one);
  try {
    const { source, plan } = await preflight(aws, request);
    expect(source).toBe(request.memory.source);
    expect(plan.devices.map(({ name }) => name).slice(0, 3)).toEqual(['/dev/xvda', '/dev/sdb', '/dev/sdc']);
    return 'accepted';
  } catch (error) {
    return String(error);
  }
}

const BY_LAUNCH = { BuildMethod: AmiBuildMethod.LAUNCH_INSTANCE };
const ofImage = (image: Partial<Image>, properties = {}): Case => ({ image, properties });
const withUserData = (text: string) => ({ UserData: Buffer.from(text).toString('base64') });
const completed = (SnapshotId: string, more: Snapshot = {}): Snapshot => ({ SnapshotId, State: 'completed', VolumeSize: 8, ...more });
const SHARED = { SharedAccountIds: ['210987654321'] };

test.each<[string, Case]>([
  ['nothing special', {}],
  ['product codes, for an instance', ofImage({ ProductCodes: [{ ProductCodeId: 'abc' }] }, BY_LAUNCH)],
  ['no product codes', ofImage({ ProductCodes: [] })],
  ['no billed license', ofImage({ UsageOperation: 'RunInstances' })],
  ['UEFI, in the same account', ofImage({ BootMode: 'uefi' })],
  ['BIOS, in another account', ofImage({ BootMode: 'legacy-bios', OwnerId: '210987654321' })],
  ['Bottlerocket with settings', ofImage({ Name: 'bottlerocket-1' }, withUserData('[settings]\n#!'))],
  ['a script for another system', ofImage({ Name: 'not-bottlerocket-1' }, withUserData('#!/bin/sh'))],
  ['no name', ofImage({ Name: undefined }, withUserData('#!/bin/sh'))],
  ['Bottlerocket without user data', ofImage({ Name: 'bottlerocket-1' })],
  ['a key of the source', { snapshot: { Encrypted: true, KmsKeyId: GOOD } }],
  ['a key of the source that EC2 checks, because it was passed', { snapshot: { Encrypted: true, KmsKeyId: DENIED }, properties: { SourceEncryptionKeyArns: [DENIED] }, now: 60_000 }],
  ['a declared key that EC2 checks', { keyArn: DENIED, now: 60_000 }],
  ['a disabled default key that encrypts nothing', { defaultKey: DISABLED }],
  ['a disabled default key, where every device has a key', { defaultKey: DISABLED, isEncryptedByDefault: true, keyArn: GOOD }],
  ['snapshots of new volumes', { snapshotIds: [FIRST, SECOND, FIRST], snapshots: [completed(FIRST), completed(SECOND, { KmsKeyId: GOOD })] }],
  ['a new volume that is as large as its snapshot', { snapshotIds: [FIRST], snapshots: [completed(FIRST)], added: { size: 8 } }],
  ['a new volume of a snapshot whose size EC2 does not tell', { snapshotIds: [FIRST], snapshots: [completed(FIRST, { VolumeSize: undefined })], added: { size: 1 } }],
  ['a passed key of the snapshot of a new volume, which EC2 checks', {
    snapshotIds: [FIRST], snapshots: [completed(FIRST, { KmsKeyId: DENIED })], properties: { SourceEncryptionKeyArns: [DENIED] }, now: 60_000,
  }],
  ['keys that can be shared', { properties: SHARED, snapshot: { Encrypted: true, KmsKeyId: GOOD } }],
  ['aws/ebs, which the AMI does not keep, for sharing', { properties: SHARED, keyArn: GOOD, snapshot: { Encrypted: true, KmsKeyId: EBS } }],
  ['a disabled default key, where every device has a key, for sharing', { properties: SHARED, defaultKey: DISABLED, isEncryptedByDefault: true, keyArn: GOOD }],
  ['aws/ebs without sharing', { snapshot: { Encrypted: true, KmsKeyId: EBS } }],
])('accepted: %s', async (_title, one) => {
  expect(await check(one)).toBe('accepted');
});

test.each<[string, Case, string]>([
  ['product codes', ofImage({ ProductCodes: [{ ProductCodeId: 'abc' }, { ProductCodeId: 'def' }] }), `DeploymentError: The source image ${SOURCE_ID} has product codes (abc, def).`],
  ['a billed license', ofImage({ UsageOperation: 'RunInstances:0002', PlatformDetails: 'Windows' }), `DeploymentError: The source image ${SOURCE_ID} has a billed license (Windows, RunInstances:0002).`],
  ['UEFI data of another account', ofImage({ BootMode: 'uefi-preferred', OwnerId: '210987654321' }), `DeploymentError: The source image ${SOURCE_ID} boots with UEFI and belongs to account 210987654321.`],
  ['a script for Bottlerocket', ofImage({ Name: 'bottlerocket-1' }, withUserData('#!/bin/sh')), `DeploymentError: The source image ${SOURCE_ID} (bottlerocket-1) is Bottlerocket, which runs no scripts`],
  ['a device that the source does not have', { properties: { BlockDevices: [{ DeviceName: '/dev/sdq', Volume: VolumeOrigin.SOURCE }] } }, 'DeploymentError: `blockDevices` names /dev/sdq'],
  ['a name that is taken', {
    properties: { ImageName: 'golden' }, answers: { DescribeImages: { Images: [{ ImageId: 'ami-9', Name: 'golden' }] } },
  }, 'DeploymentError: The AMI name "golden" is in use by ami-9.'],
  ['a key of the source', { snapshot: { Encrypted: true, KmsKeyId: DISABLED } }, `DeploymentError: The key of the source snapshot snap-0 for /dev/sdb (${DISABLED}) is disabled.`],
  ['a key of the source that was not passed', { snapshot: { Encrypted: true, KmsKeyId: DENIED }, now: 60_000 }, `DeploymentError: The handler role is not allowed to use the key of the source snapshot snap-0 for /dev/sdb (${DENIED}). Pass it in \`sourceEncryptionKeys\`, with kms.Key.fromKeyArn(this, "SourceKey", "${DENIED}"). (KMS`],
  ['a key of a device', { keyArn: DISABLED }, `DeploymentError: The \`encryptionKey\` of /dev/sdb (${DISABLED}) is disabled.`],
  ['a key of a new volume', { added: { keyArn: DISABLED } }, `DeploymentError: The \`encryptionKey\` of /dev/sdf (${DISABLED}) is disabled.`],
  ['a declared key that may be allowed soon', { keyArn: DENIED, now: 59_999 }, `DeploymentError: The handler role is not allowed to use the \`encryptionKey\` of /dev/sdb (${DENIED}).`],
  ['the default key', { defaultKey: DISABLED, isEncryptedByDefault: true }, `DeploymentError: The account's default key for EBS (${DISABLED}) is disabled.`],
  ['aws/ebs, which the AMI keeps, for sharing', { properties: SHARED, snapshot: { Encrypted: true, KmsKeyId: EBS } }, 'DeploymentError: The AMI cannot be shared with 210987654321, because the snapshot of /dev/sdb'],
  ['aws/ebs as a declared key, for sharing', { properties: SHARED, keyArn: EBS }, 'DeploymentError: The AMI cannot be shared with 210987654321, because the snapshot of /dev/sdb'],

  ['the ID of a snapshot', { snapshotIds: ['snap-12'] }, 'DeploymentError: `snapshotId` must be an ID such as "snap-0123456789abcdef0", but is "snap-12".'],
  ['a snapshot that does not exist', { snapshotIds: [FIRST, SECOND], snapshots: [completed(FIRST)] }, `DeploymentError: The snapshot ${SECOND} for /dev/sdh was not found in us-east-1.`],
  ['a snapshot that EC2 does not show', { snapshotIds: [FIRST], answers: { DescribeSnapshots: {} } }, `DeploymentError: The snapshot ${FIRST} for /dev/sdg was not found in us-east-1.`],
  ['a snapshot that is pending', { snapshotIds: [FIRST], snapshots: [completed(FIRST, { State: 'pending', Progress: '5%' })] }, `NotReady: the snapshot ${FIRST} for /dev/sdg is pending at 5%`],
  ['a snapshot that failed', {
    snapshotIds: [FIRST], snapshots: [completed(FIRST, { State: 'error', StateMessage: 'no' })],
  }, `DeploymentError: The snapshot ${FIRST} for /dev/sdg is in the state error, not completed. Use a snapshot that is completed. (EC2: no)`],
  ['a new volume that is smaller than its snapshot', {
    snapshotIds: [FIRST], snapshots: [completed(FIRST)], added: { size: 7 },
  }, `DeploymentError: The volume /dev/sdg must have at least the 8 GiB of its snapshot ${FIRST}, but \`size\` is 7 GiB.`],
  ['the key of the snapshot of a new volume', {
    snapshotIds: [FIRST, SECOND], snapshots: [completed(FIRST), completed(SECOND, { KmsKeyId: DISABLED })],
  }, `DeploymentError: The key of the snapshot ${SECOND} for /dev/sdh (${DISABLED}) is disabled.`],
  ['a denied call for the snapshots', { snapshotIds: [FIRST], answers: { DescribeSnapshots: ec2Error('UnauthorizedOperation') } }, 'UnauthorizedOperation: UnauthorizedOperation: refused'],
])('refused: %s', async (_title, one, message) => {
  expect((await check(one)).slice(0, message.length)).toBe(message);
});

test.each<[string, readonly Snapshot[], readonly string[][]]>([
  ['in one call', [completed(FIRST), completed(SECOND)], [[FIRST, SECOND]]],
  ['one by one, where one of them is missing', [completed(FIRST)], [[FIRST, SECOND], [FIRST], [SECOND]]],
])('the snapshots of new volumes are described %s', async (_title, snapshots, expected) => {
  const { aws, calls, request } = inputsOf({ snapshotIds: [FIRST, SECOND], snapshots });
  await preflight(aws, request).catch(() => undefined);
  expect(calls.filter(([operation]) => operation === 'DescribeSnapshots').map(([, input]) => input)).toEqual(expected.map(SnapshotIds => ({ SnapshotIds })));
});

test('where EC2 does not answer, the snapshots are not described one by one', async () => {
  const { aws, calls, request } = inputsOf({ snapshotIds: [FIRST], answers: { DescribeSnapshots: ec2Error('InternalError', 500) } });
  await expect(preflight(aws, request)).rejects.toMatchObject({ name: 'InternalError' });
  expect(calls.filter(([operation]) => operation === 'DescribeSnapshots')).toHaveLength(1);
});

test('after EC2 has tried a key, the denial counts', async () => {
  const { aws, request } = inputsOf({ keyArn: DENIED, now: 60_000 });
  const plan = { devices: [{ name: '/dev/sdb', keyArn: DENIED, keyLabel: 'the key', deleteOnTermination: true }], dropped: [], instanceStores: [], droppedInstanceStores: [] };
  await expect(checkKeys(aws, request, plan)).rejects.toThrow(`The handler role is not allowed to use the key (${DENIED})`);
});

beforeEach(() => jest.spyOn(console, 'warn').mockReturnValue(undefined));
