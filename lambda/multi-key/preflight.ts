import { MultiKeyMethod } from '../../src/contract';
import { Aws } from '../aws';
import { is, SNAPSHOT_GONE } from '../errors';
import { Failure } from '../failure';
import { describeSnapshots } from '../images';
import { checkKey } from '../keys';
import { checkName } from '../name';
import { keyIfNeeded } from '../preserved';
import { checkSource, checkSourceKeys, Source } from '../source';
import { BuildRequest, Plan, PlannedDevice, planOf } from './plan';

/** The source and the plan, once everything that can be refused was not. */
export interface Checked {
  readonly source: Source;
  readonly plan: Plan;
}

export async function preflight(aws: Aws, request: BuildRequest): Promise<Checked> {
  const source = await checkSource(aws, request.properties.SourceImageId);
  checkRegistrable(source, request);
  const plan = planOf(source, request.properties);
  await checkKeys(aws, request, source, plan);
  await checkName(aws, request);
  return { source, plan };
}

/** Every key that the build uses. Also asked after a failure: one of them may have become unusable meanwhile. */
export async function checkKeys(aws: Aws, request: BuildRequest, source: Source, plan: Plan): Promise<void> {
  const kept = plan.devices.flatMap(({ source: device }) => device ?? []);
  await checkSourceKeys(aws, { ...source, devices: kept }, request.account, request.properties.SourceKeyArns);
  for (const device of plan.devices) {
    if (device.keyArn) {
      await checkKey(aws, {
        id: device.keyArn,
        role: device.keyRole,
        cureIfDenied: 'the policy of the key must allow this account, or the handler\'s role, to use it',
      });
    }
    if (device.volume?.SnapshotId) {
      await checkSnapshot(aws, device, device.volume.SnapshotId);
    }
  }
  const unkeyed = plan.devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const fallback = await keyIfNeeded(aws, request.account, unkeyed);
  if (fallback) {
    await checkKey(aws, fallback);
  }
}

/** The snapshot that a new volume is made from. */
async function checkSnapshot(aws: Aws, device: PlannedDevice, snapshotId: string): Promise<void> {
  const missing = new Failure(
    `the snapshot ${snapshotId} of the volume ${device.name} does not exist in ${aws.region}, or is not shared with this account: check the id, or have its owner share it`,
  );
  try {
    const [snapshot] = await describeSnapshots(aws, [snapshotId]);
    if (!snapshot) {
      throw missing;
    }
    if (device.volume?.SizeGibibytes !== undefined && device.volume.SizeGibibytes < (snapshot.VolumeSize ?? 0)) {
      throw new Failure(
        `the volume ${device.name} must be at least as large as its snapshot ${snapshotId}, which has ${snapshot.VolumeSize} GiB, got ${device.volume.SizeGibibytes} GiB: ` +
        'make it larger, or leave the size out',
      );
    }
    if (snapshot.KmsKeyId) {
      await checkKey(aws, {
        id: snapshot.KmsKeyId,
        role: `the key of the snapshot ${snapshotId} (${device.name})`,
        cureIfDenied: `pass it in sourceKeys, with kms.Key.fromKeyArn(this, "SourceKey", "${snapshot.KmsKeyId}")`,
      });
    }
  } catch (error) {
    throw is(error, SNAPSHOT_GONE) ? missing : error;
  }
}

/** RegisterImage derives licences and billing from the snapshots, and it is not documented that copied snapshots keep what it needs for that. */
function checkRegistrable({ image }: Source, { properties }: BuildRequest): void {
  if (properties.Method !== MultiKeyMethod.SNAPSHOTS) {
    return;
  }
  const codes = (image.ProductCodes ?? []).map(({ ProductCodeId }) => ProductCodeId).join(', ');
  if (codes) {
    throw new Failure(`the source image ${image.ImageId} has the product codes ${codes}, which are lost when it is registered anew: use MultiKeyMethod.INSTANCE`);
  }
  if (image.UsageOperation !== undefined && image.UsageOperation !== 'RunInstances') {
    throw new Failure(
      `the source image ${image.ImageId} is ${image.PlatformDetails}, whose licence EC2 bills (${image.UsageOperation}), and which can lose that when it is registered anew: ` +
      'use MultiKeyMethod.INSTANCE',
    );
  }
}
