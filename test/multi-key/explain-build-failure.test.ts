import { Image, Instance } from '@aws-sdk/client-ec2';
import { MultiKeyRequest, PlannedDevice } from '../../lambda/multi-key/device-plan';
import { explainBadKey, explainFailedImage, explainFailedLaunch } from '../../lambda/multi-key/explain-build-failure';
import { DeploymentError } from '../../lambda/outcomes';
import { AmiBuildMethod, OWNER_TAG, VolumeOrigin } from '../../src/contract';
import { Answers, answering, ec2Error } from '../helpers/answers';
import { SOURCE_ID } from '../helpers/stacks';

/** EC2 does not tell why a volume, a snapshot, an instance or an image failed: all checks are made again. */

const account = '123456789012';
const [ROOT, DATA, KEPT, DISABLED, DENIED] = ['root', 'data', 'kept', 'disabled', 'denied'].map(name => `arn:aws:kms:us-east-1:${account}:key/${name}`);
const image = {
  ImageId: SOURCE_ID,
  State: 'available',
  OwnerId: account,
  RootDeviceType: 'ebs',
  RootDeviceName: '/dev/xvda',
  BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-1' } }],
};

const FAILED_IMAGE: Image = { ImageId: 'ami-2', State: 'failed', Tags: [{ Key: OWNER_TAG, Value: 'us' }], StateReason: { Message: 'words' } };

interface Case {
  /** The keys of the root and of a new volume. */
  readonly root?: string;
  readonly data?: string;
  /** The snapshots in memory; without one, the source is not in memory. */
  readonly remembered?: readonly object[];
  readonly answers?: Answers;
}

function inputsOf({ root, data, remembered, answers }: Case) {
  const volume = { Volume: VolumeOrigin.EBS, EncryptionKeyArn: data, VolumeType: 'gp3', DeleteOnTermination: true, SizeGibibytes: 1 };
  const request = {
    account,
    owner: 'us',
    properties: {
      SourceImageId: SOURCE_ID,
      BuildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
      RootVolume: root === undefined ? undefined : { EncryptionKeyArn: root },
      BlockDevices: data === undefined ? undefined : [{ ...volume, DeviceName: '/dev/sdf' }],
    },
    memory: { source: remembered && { image, devices: remembered.map((one, index) => ({ name: `/dev/sd${index}`, ...one })) } },
  } as unknown as MultiKeyRequest;
  const { aws } = answering({
    DescribeImages: ({ ImageIds: [id] }: { ImageIds: string[] }) => ({ Images: [id === FAILED_IMAGE.ImageId ? FAILED_IMAGE : image] }),
    DescribeSnapshots: { Snapshots: [{ SnapshotId: 'snap-1', OwnerId: account, Tags: [{ Key: OWNER_TAG, Value: 'us' }] }] },
    DescribeKey: ({ KeyId }: { KeyId: string }) => {
      if (KeyId === DENIED) {
        throw ec2Error('AccessDeniedException');
      }
      return { KeyMetadata: { Arn: KeyId, KeyState: KeyId === DISABLED ? 'Disabled' : 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } };
    },
    GetEbsEncryptionByDefault: { EbsEncryptionByDefault: false },
    ...answers,
  }, 60_000);
  return { aws, request };
}

async function messageOf(error: Promise<DeploymentError>): Promise<string> {
  const { name, message } = await error;
  expect(name).toBe('DeploymentError');
  return message;
}

beforeEach(() => jest.spyOn(console, 'warn').mockReturnValue(undefined));

describe('a volume or snapshot', () => {
  const device = { name: '/dev/sdf', keyLabel: 'its key', deleteOnTermination: true };
  const explain = (one: Case, keys: Partial<PlannedDevice>, words?: string) => {
    const { aws, request } = inputsOf(one);
    return messageOf(explainBadKey(aws, request, { ...device, ...keys }, 'It failed', words));
  };
  const kept = { source: { name: '/dev/sdf', ebs: {}, snapshot: { KmsKeyId: KEPT } } };
  const HINT = /^It failed\. Its key (\S+) could not be used\. Check CloudTrail for denied KMS calls\. The key policy must have these statements: \[\{.*123456789012.*us-east-1.*\}\]\. \(no\)$/;

  test.each<[string, Partial<PlannedDevice>, string]>([
    ['that was requested', { ...kept, keyArn: DATA }, DATA],
    ['that its snapshot has', kept, KEPT],
  ])('most likely has a key that cannot be used, %s', async (_title, keys, arn) => {
    expect(HINT.exec(await explain({}, keys, ' (no)'))![1]).toBe(arn);
  });

  test.each<[string, Case, string]>([
    ['whose key is not known', {}, 'Its key could not be used. Check CloudTrail for denied KMS calls.'],
    ['whose key is disabled', { root: DISABLED }, `The \`encryptionKey\` of \`rootVolume\` for /dev/xvda (${DISABLED}) is disabled. Enable it, or use another key.`],
    ['one of whose keys is disabled, another one denied', { root: DENIED, data: DISABLED }, `The \`encryptionKey\` of /dev/sdf (${DISABLED}) is disabled. Enable it, or use another key.`],
    ['whose source is gone', { answers: { DescribeImages: { Images: [] } } }, `The source image ${SOURCE_ID} was not found in us-east-1.`],
    ['whose checks end without an answer', { answers: { DescribeImages: ec2Error('InternalError', 500) } }, 'Its key could not be used. Check CloudTrail for denied KMS calls.'],
  ])('%s', async (_title, one, cause) => {
    expect((await explain(one, {})).split(' Either')[0]).toBe(`It failed. ${cause}`);
  });

  test('whose key the handler may not describe, which is the cause where there is no other', async () => {
    expect(await explain({ root: DENIED }, {})).toContain(`It failed. The handler role is not allowed to use the \`encryptionKey\` of \`rootVolume\` for /dev/xvda (${DENIED}).`);
  });
});

describe('a builder instance', () => {
  const explain = (one: Case, builder: Instance) => {
    const { aws, request } = inputsOf(one);
    return messageOf(explainFailedLaunch(aws, request, { InstanceId: 'i-1', ...builder }));
  };
  const because = (Code: string) => ({ StateReason: { Code, Message: 'words' } });
  const LAUNCH = because('Client.InternalError');
  const FAILED = 'The builder instance i-1 was terminated during launch. ';

  test.each<[string, Case, Instance, RegExp]>([
    ['that somebody has terminated', { root: DISABLED }, because('Client.UserInitiatedShutdown'), /^The builder instance i-1 was terminated by someone else\..* \(EC2: words\)$/],
    ['that EC2 has interrupted', { root: DISABLED }, because('Server.SpotInstanceTermination'), /^EC2 interrupted the builder instance i-1, .* \(EC2: words\)$/],
    ['whose key is disabled', { root: DISABLED }, LAUNCH, /during launch\. The `encryptionKey` of `rootVolume` for \/dev\/xvda \(\S+\) is disabled\. .* \(EC2: words\)$/],
    ['of which EC2 tells a transition only', {}, { StateTransitionReason: 'transition' }, /^The builder instance i-1 was terminated during launch\. .* \(EC2: transition\)$/],
  ])('%s', async (_title, one, builder, message) => {
    expect(await explain(one, builder)).toMatch(message);
  });

  test.each<[string, Case, string]>([
    ['none', {}, 'temporary EC2 failure'],
    ['of the root', { root: ROOT }, `denies the use of ${ROOT}:`],
    ['of the root and of a device', { root: ROOT, data: DATA }, `denies the use of ${ROOT} or ${DATA}:`],
    ['of a device and of a snapshot', { data: DATA, remembered: [{ snapshot: { KmsKeyId: KEPT } }, { snapshot: { KmsKeyId: KEPT } }] }, `denies the use of ${DATA} or ${KEPT}:`],
    ['of no snapshot', { remembered: [{ snapshot: {} }] }, 'temporary EC2 failure'],
  ])('most likely has keys that cannot be used: %s', async (_title, one, keys) => {
    const message = await explain(one, LAUNCH);
    expect(message.startsWith(`${FAILED}All checks of the source, its snapshots and the keys passed`)).toBe(true);
    expect(message).toContain(keys);
    expect(/The key polic(y|ies) must have these statements/.test(message)).toBe(keys.includes('denies'));
    expect(message).not.toContain('AWSServiceRoleForEC2Spot');
  });

  test('of Spot needs its role', async () => {
    expect(await explain({ root: ROOT }, { ...LAUNCH, InstanceLifecycle: 'spot' })).toContain('The role AWSServiceRoleForEC2Spot, which launches Spot Instances, must be allowed to use them, too.');
  });

  test.each<[string, readonly object[], string]>([
    ['that are hidden', [{ isHidden: true, snapshot: { SnapshotId: 'snap-8', Encrypted: true } }, { isHidden: true, snapshot: { SnapshotId: 'snap-9', Encrypted: true } }], ' (snap-8, snap-9), so'],
    ['without an id', [{ isHidden: true, snapshot: { SnapshotId: 'snap-8', Encrypted: true } }, { isHidden: true, snapshot: { Encrypted: true } }], ' (snap-8), so'],
    ['that are not hidden, or not encrypted', [{ snapshot: { SnapshotId: 'snap-8', Encrypted: true } }, { isHidden: true, snapshot: { SnapshotId: 'snap-9', Encrypted: false } }], ''],
  ])('of a source with snapshots %s', async (_title, remembered, ids) => {
    const message = await explain({ remembered }, LAUNCH);
    expect(/The source has encrypted snapshots that EC2 does not show to this account(.*?so)/.exec(message)?.[1] ?? '').toBe(ids);
  });
});

test.each<[string, Case, string]>([
  ['whose checks pass', {}, 'All checks of the source, its snapshots and the keys passed, so the most likely cause is a temporary EC2 failure. Deploy again.'],
  ['whose key is disabled', { root: DISABLED }, `The \`encryptionKey\` of \`rootVolume\` for /dev/xvda (${DISABLED}) is disabled. Enable it, or use another key.`],
])('an AMI %s', async (_title, one, cause) => {
  const { aws, request } = inputsOf(one);
  expect(await messageOf(explainFailedImage(aws, request, FAILED_IMAGE))).toBe(`The AMI ami-2 is in the state failed. ${cause} (EC2: ami-2: words)`);
});
