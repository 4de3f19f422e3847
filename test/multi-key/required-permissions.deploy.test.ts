import { EC2Client, EnableEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { Size, Stack, Tags } from 'aws-cdk-lib';
import { AmiVolume, MultiKeyAmiBuilder, AmiBuildMethod, BuilderCapacityType } from '../../src';
import { Deployment, imageWithId, keyWithArn, NOTHING, Template, withoutStatement } from '../helpers/deployment';
import { createSpotRole, keyForSpot } from '../helpers/spot';
import { statementsOf } from '../helpers/stacks';
import { sample } from '../setup/nightly';

/** No statement of the handler's role is there for nothing: without any of them, an operation of a build fails. */

let account: Deployment;
let keys: string[];
let source: string;
let snapshotId: string;

beforeAll(async () => { account = await Deployment.start(); });
beforeEach(async () => {
  // an unencrypted device without a key of its own is encrypted with the account's default key
  await new EC2Client(account.aws.clientOptions()).send(new EnableEbsEncryptionByDefaultCommand({}));
  createSpotRole(account.aws);
  keys = [1, 2].map(() => keyForSpot(account.aws));
  source = account.aws.ec2.addImage({
    name: 'source',
    bootMode: 'uefi',
    uefiData: 'AAAA',
    devices: [{ deviceName: '/dev/xvda', size: 1 }, { deviceName: '/dev/sdb', size: 1, kmsKeyId: keys[0] }, { deviceName: '/dev/sdc', size: 1 }],
  }).id;
  snapshotId = account.aws.ec2.addSnapshot({ size: 1 }).id;
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const define = (buildMethod: AmiBuildMethod) => (stack: Stack, description = 'one') => {
  const [sourceKey, key] = keys.map(arn => keyWithArn(stack, arn));
  new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(source),
    sourceEncryptionKeys: [sourceKey],
    buildMethod,
    capacityType: buildMethod === AmiBuildMethod.LAUNCH_INSTANCE ? BuilderCapacityType.SPOT : undefined,
    description,
    rootVolume: { encryptionKey: key },
    blockDevices: [
      { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: key }) },
      { deviceName: '/dev/sdg', volume: AmiVolume.ebsFromSnapshot(snapshotId, { encryptionKey: key }) },
    ],
  });
};

/** Create, change in place, destroy: what of it does not end well. */
async function life(buildMethod: AmiBuildMethod, edit: (template: Template) => void): Promise<string> {
  const created = await account.deploy(define(buildMethod), 'Images', edit);
  const changed = created.status === 'CREATE_COMPLETE' ? await account.deploy(stack => {
    define(buildMethod)(stack, 'other');
    Tags.of(stack).add('team', 'platform');
  }, 'Images', edit) : undefined;
  const destroyed = await account.destroy();
  return [...created.failures, ...changed?.failures ?? [], ...destroyed.failures].join('\n');
}

/** Statements that every kind of image has; those of copies show what fails without them. */
const SHARED = ['Start', 'InvokeStep', 'RevokeSharing', 'DescribeStack', 'Describe', 'ChangeTags', 'ChangeDescription', 'DeleteAmi', 'ReadBootData', 'EbsKeyMetadata', 'KeyMetadata', 'Log'];
const KEYS = [['DefaultKey', /GetEbsDefaultKmsKeyId/], ['EncryptionByDefault', /GetEbsEncryptionByDefault/], ['DestinationKeyUse', /key/]] as const;

describe.each<[AmiBuildMethod, readonly (readonly [string, RegExp])[]]>([
  [AmiBuildMethod.LAUNCH_INSTANCE, [
    ['DescribeBuilder', /ec2:DescribeInstances/], ['LaunchBuilder', /ec2:RunInstances/], ['LaunchFrom', /ec2:RunInstances/], ['LaunchInto', /ec2:RunInstances/], ['TagOnLaunch', /ec2:CreateTags/],
    ['LaunchSpot', /ec2:RunInstances/], ['TagOnSpotLaunch', /ec2:CreateTags/], ['CancelSpotRequest', /ec2:CancelSpotInstanceRequests/], ['StopBuilder', /ec2:StopInstances/], ['ImageOfBuilder', /ec2:CreateImage/], ['CreateImage', /ec2:CreateImage/], ['TagOnImage', /ec2:CreateTags/],
    ['CreateVolume', /ec2:CreateVolume/], ['TagOnVolume', /ec2:CreateTags/], ['AttachVolume', /ec2:AttachVolume/], ['SealInstance', /ec2:CreateTags/], ['DeleteVolume', /ec2:DeleteVolume/],
    ['VolumeFrom', /ec2:CreateVolume/], ['KeyGrant', /key/], ['SourceKeyUse', /key/],
  ]],
  [AmiBuildMethod.COPY_SNAPSHOTS, [
    ['CopySnapshotFrom', /ec2:CopySnapshot on resource: .*snapshot\/snap-/], ['CopySnapshot', /ec2:CopySnapshot on resource: .*snapshot\/\*/], ['TagOnSnapshotCopy', /ec2:CreateTags/], ['RegisterImage', /ec2:RegisterImage/], ['RegisterSnapshots', /ec2:RegisterImage/],
    ['TagOnRegistration', /ec2:CreateTags/], ['DescribeVolumes', /ec2:DescribeVolumes/], ['SnapshotOfVolume', /ec2:CreateSnapshot/], ['CreateSnapshot', /ec2:CreateSnapshot/],
    ['TagOnSnapshot', /ec2:CreateTags/], ['CreateVolume', /ec2:CreateVolume/], ['TagOnVolume', /ec2:CreateTags/], ['DeleteVolume', /ec2:DeleteVolume/], ['KeyGrant', /key/],
  ]],
])('by %s', (buildMethod, own) => {
  test('with all statements, a build is made, changed and removed', async () => {
    expect(await life(buildMethod, () => undefined)).toBe('');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test.each(sample([...own, ...KEYS], 5))('without %s, an operation fails', async (sid, reason) => {
    expect(await life(buildMethod, withoutStatement(sid))).toMatch(reason);
  });

  test('these are all statements that there are', () => {
    const stack = new Stack(undefined, 'Images');
    define(buildMethod)(stack);
    expect(Object.keys(statementsOf(stack)).sort()).toEqual([...own.map(([sid]) => sid), ...KEYS.map(([sid]) => sid), ...SHARED].sort());
  });
});
