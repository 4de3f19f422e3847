import { MultiKeyRequest, keyReferencesOf, Plan, PlannedDevice, planDevices } from './device-plan';
import { AmiBuildMethod } from '../../src/contract';
import { checkImageName } from '../ami/check-image-name';
import { checkKey, checkKeyToRead, SnapshotReader } from '../ami/check-key';
import { describeSourceImage, checkSourceKeys, SourceImage } from '../ami/describe-source-image';
import { sourceKey } from '../ami/key-reference';
import { defaultKeyIfUsed } from '../ami/preserved-encryption';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, ec2Words, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { describeSnapshots } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';

/** The source and the plan, once everything that can be refused was not. */
export interface CheckedBuild {
  readonly source: SourceImage;
  readonly plan: Plan;
}

export async function preflight(aws: AwsClients, request: MultiKeyRequest): Promise<CheckedBuild> {
  const source = await describeSourceImage(aws, request.account, request.properties.SourceImageId);
  checkRegistrable(source, request);
  const plan = planDevices(source, request.properties);
  await checkKeys(aws, request, source, plan, request.startedAt);
  await checkImageName(aws, request);
  return { source, plan };
}

/** Every key that the build uses. Also asked after a failure: one of them may have become unusable meanwhile. */
export async function checkKeys(aws: AwsClients, request: MultiKeyRequest, source: SourceImage, plan: Plan, startedAt?: number): Promise<void> {
  const kept = plan.devices.flatMap(({ source: device }) => device ?? []);
  const reader: SnapshotReader = { account: request.account, declaredKeyArns: request.properties.SourceEncryptionKeyArns ?? [], startedAt };
  await checkSourceKeys(aws, { ...source, devices: kept }, reader);
  for (const device of plan.devices) {
    for (const key of keyReferencesOf(device)) {
      await checkKey(aws, key);
    }
    if (device.volume?.SnapshotId) {
      await checkSnapshot(aws, device, device.volume.SnapshotId, reader);
    }
  }
  const unkeyed = plan.devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const fallback = await defaultKeyIfUsed(aws, request.account, unkeyed);
  if (fallback) {
    await checkKey(aws, fallback);
  }
}

/** The snapshot that a new volume is made from. */
async function checkSnapshot(aws: AwsClients, device: PlannedDevice, snapshotId: string, reader: SnapshotReader): Promise<void> {
  const missing = new DeploymentError(
    `the snapshot ${snapshotId} of the volume ${device.name} does not exist in ${aws.region}, its id is mistyped, or it is not shared with this account: ` +
    'check the id, or have its owner share it',
  );
  try {
    const [snapshot] = await describeSnapshots(aws, [snapshotId]);
    if (!snapshot) {
      throw missing;
    }
    if (snapshot.State === 'pending') {
      throw new NotReady(`the snapshot ${snapshotId} of the volume ${device.name} is pending, at ${snapshot.Progress ?? 'an unknown part'}`);
    }
    if (snapshot.State !== 'completed') {
      throw new DeploymentError(
        `the snapshot ${snapshotId} of the volume ${device.name} is in the state ${snapshot.State}, not completed ${ec2Words(snapshot.StateMessage)}: use a snapshot that is completed`,
      );
    }
    if (device.volume?.SizeGibibytes !== undefined && device.volume.SizeGibibytes < (snapshot.VolumeSize ?? 0)) {
      throw new DeploymentError(
        `the volume ${device.name} must be at least as large as its snapshot ${snapshotId}, which has ${snapshot.VolumeSize} GiB, got ${device.volume.SizeGibibytes} GiB: ` +
        'make it larger, or leave the size out',
      );
    }
    if (snapshot.KmsKeyId) {
      await checkKeyToRead(aws, reader, sourceKey(snapshot.KmsKeyId, `the key of the snapshot ${snapshotId} for ${device.name}`, reader.account));
    }
  } catch (error) {
    throw hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES) ? missing : error;
  }
}

/**
 * RegisterImage derives licences and billing from the snapshots, and it is not documented that copied snapshots keep what it needs for that. UEFI data
 * it takes only from who registers.
 */
function checkRegistrable({ image }: SourceImage, { properties, account }: MultiKeyRequest): void {
  if (properties.BuildMethod !== AmiBuildMethod.COPY_SNAPSHOTS) {
    return;
  }
  const codes = (image.ProductCodes ?? []).map(({ ProductCodeId }) => ProductCodeId).join(', ');
  if (codes) {
    throw new DeploymentError(`the source image ${image.ImageId} has the product codes ${codes}, which are lost when it is registered anew: use AmiBuildMethod.LAUNCH_INSTANCE`);
  }
  if (image.UsageOperation !== undefined && image.UsageOperation !== 'RunInstances') {
    throw new DeploymentError(
      `the source image ${image.ImageId} is ${image.PlatformDetails}, whose licence EC2 bills (${image.UsageOperation}), and which can lose that when it is registered anew: ` +
      'use AmiBuildMethod.LAUNCH_INSTANCE',
    );
  }
  if (image.BootMode?.startsWith('uefi') && image.OwnerId !== account) {
    // "Unauthorized attempt to access restricted resource" is the answer to anybody else, whether there is such data or not
    throw new DeploymentError(
      `the source image ${image.ImageId} starts by UEFI, and is of account ${image.OwnerId}: only its owner may read its UEFI data (the keys of Secure Boot), which would be ` +
      'lost when it is registered anew: use AmiBuildMethod.LAUNCH_INSTANCE, or copy the image to this account first, and use that copy as source',
    );
  }
}
