import { BuildRequest, keyReferenceOf, Plan, PlannedDevice, planOf } from './device-plan';
import { AmiBuildMethod } from '../../src/contract';
import { checkName } from '../ami/check-image-name';
import { checkKey, checkKeyToRead, Reader } from '../ami/check-key';
import { checkSource, checkSourceKeys, Source } from '../ami/describe-source-image';
import { keyIfNeeded } from '../ami/preserved-encryption';
import { Aws } from '../aws/clients';
import { is, said, SNAPSHOT_GONE } from '../aws/error-codes';
import { describeSnapshots } from '../aws/find-images';
import { Failure, NotYet } from '../outcomes';

/** The source and the plan, once everything that can be refused was not. */
export interface Checked {
  readonly source: Source;
  readonly plan: Plan;
}

export async function preflight(aws: Aws, request: BuildRequest): Promise<Checked> {
  const source = await checkSource(aws, request.properties.SourceImageId);
  checkRegistrable(source, request);
  const plan = planOf(source, request.properties);
  await checkKeys(aws, request, source, plan, request.startedAt);
  await checkName(aws, request);
  return { source, plan };
}

/** Every key that the build uses. Also asked after a failure: one of them may have become unusable meanwhile. */
export async function checkKeys(aws: Aws, request: BuildRequest, source: Source, plan: Plan, startedAt?: number): Promise<void> {
  const kept = plan.devices.flatMap(({ source: device }) => device ?? []);
  const reader: Reader = { account: request.account, given: request.properties.SourceEncryptionKeyArns ?? [], startedAt };
  await checkSourceKeys(aws, { ...source, devices: kept }, reader);
  for (const device of plan.devices) {
    for (const key of keyReferenceOf(device)) {
      await checkKey(aws, key);
    }
    if (device.volume?.SnapshotId) {
      await checkSnapshot(aws, device, device.volume.SnapshotId, reader);
    }
  }
  const unkeyed = plan.devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const fallback = await keyIfNeeded(aws, request.account, unkeyed);
  if (fallback) {
    await checkKey(aws, fallback);
  }
}

/** The snapshot that a new volume is made from. */
async function checkSnapshot(aws: Aws, device: PlannedDevice, snapshotId: string, reader: Reader): Promise<void> {
  const missing = new Failure(
    `the snapshot ${snapshotId} of the volume ${device.name} does not exist in ${aws.region}, its id is mistyped, or it is not shared with this account: ` +
    'check the id, or have its owner share it',
  );
  try {
    const [snapshot] = await describeSnapshots(aws, [snapshotId]);
    if (!snapshot) {
      throw missing;
    }
    if (snapshot.State === 'pending') {
      throw new NotYet(`the snapshot ${snapshotId} of the volume ${device.name} is pending, at ${snapshot.Progress ?? 'an unknown part'}`);
    }
    if (snapshot.State !== 'completed') {
      throw new Failure(
        `the snapshot ${snapshotId} of the volume ${device.name} is in the state ${snapshot.State}, not completed ${said(snapshot.StateMessage)}: use a snapshot that is completed`,
      );
    }
    if (device.volume?.SizeGibibytes !== undefined && device.volume.SizeGibibytes < (snapshot.VolumeSize ?? 0)) {
      throw new Failure(
        `the volume ${device.name} must be at least as large as its snapshot ${snapshotId}, which has ${snapshot.VolumeSize} GiB, got ${device.volume.SizeGibibytes} GiB: ` +
        'make it larger, or leave the size out',
      );
    }
    if (snapshot.KmsKeyId) {
      await checkKeyToRead(aws, reader, {
        id: snapshot.KmsKeyId,
        role: `the key of the snapshot ${snapshotId} (${device.name})`,
        cureIfDenied: `pass it in sourceEncryptionKeys, with kms.Key.fromKeyArn(this, "SourceKey", "${snapshot.KmsKeyId}")`,
      });
    }
  } catch (error) {
    throw is(error, SNAPSHOT_GONE) ? missing : error;
  }
}

/**
 * RegisterImage derives licences and billing from the snapshots, and it is not documented that copied snapshots keep what it needs for that. UEFI data
 * it takes only from who registers.
 */
function checkRegistrable({ image }: Source, { properties, account }: BuildRequest): void {
  if (properties.BuildMethod !== AmiBuildMethod.COPY_SNAPSHOTS) {
    return;
  }
  const codes = (image.ProductCodes ?? []).map(({ ProductCodeId }) => ProductCodeId).join(', ');
  if (codes) {
    throw new Failure(`the source image ${image.ImageId} has the product codes ${codes}, which are lost when it is registered anew: use AmiBuildMethod.LAUNCH_INSTANCE`);
  }
  if (image.UsageOperation !== undefined && image.UsageOperation !== 'RunInstances') {
    throw new Failure(
      `the source image ${image.ImageId} is ${image.PlatformDetails}, whose licence EC2 bills (${image.UsageOperation}), and which can lose that when it is registered anew: ` +
      'use AmiBuildMethod.LAUNCH_INSTANCE',
    );
  }
  if (image.BootMode?.startsWith('uefi') && image.OwnerId !== account) {
    // "Unauthorized attempt to access restricted resource" is the answer to anybody else, whether there is such data or not
    throw new Failure(
      `the source image ${image.ImageId} starts by UEFI, and is of account ${image.OwnerId}: only its owner may read its UEFI data (the keys of Secure Boot), which would be ` +
      'lost when it is registered anew: use AmiBuildMethod.LAUNCH_INSTANCE, or copy the image to this account first, and use that copy as source',
    );
  }
}
