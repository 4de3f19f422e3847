import { Snapshot } from '@aws-sdk/client-ec2';
import { describeBuildSource } from './build-source';
import { MultiKeyRequest, keyReferencesOf, Plan, PlannedDevice, planDevices } from './device-plan';
import {
  licenseNotKept, productCodesNotKept, snapshotKeyLabel, snapshotNotCompleted, snapshotNotFound, uefiDataNotReadable, volumeSmallerThanSnapshot,
} from './messages';
import { snapshotInState } from './volumes/messages';
import { sourceRunsNoScripts } from './with-instance/messages';
import { AmiBuildMethod } from '../../src/contract';
import { snapshotIdError } from '../../src/contract/snapshot-id';
import { checkImageName } from '../ami/check-image-name';
import { checkSourceKeys, SnapshotReader, SourceImage } from '../ami/describe-source-image';
import { checkKey, checkKeyOrContinue } from '../ami/keys/check-key';
import { sourceKey } from '../ami/keys/key-reference';
import { certainKeysWhenPreserved, defaultKeyIfUsed } from '../ami/keys/preserved-encryption';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, isTransient, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { describeSnapshots } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';
import { checkShareable, EncryptedDevice } from '../sharing/check-shareable';

/** The source and the plan of a build that has passed all checks. */
export interface CheckedBuild {
  readonly source: SourceImage;
  readonly plan: Plan;
}

export async function preflight(aws: AwsClients, request: MultiKeyRequest): Promise<CheckedBuild> {
  const source = await describeBuildSource(aws, request);
  checkRegistrable(source, request);
  checkRunsScripts(source, request);
  const plan = planDevices(source, request.properties);
  await checkKeys(aws, request, plan, request.startedAt);
  await checkShareable(aws, request.properties, () => keysOfDevices(aws, request, plan));
  await checkImageName(aws, request);
  return { source, plan };
}

/** Checks every key that the build uses. Repeated after a failure, because a key can have become unusable in the meantime. */
export async function checkKeys(aws: AwsClients, request: MultiKeyRequest, plan: Plan, startedAt?: number): Promise<void> {
  const kept = plan.devices.flatMap(({ source: device }) => device ?? []);
  const user = { account: request.account, regions: [aws.region] };
  const reader: SnapshotReader = { ...user, declaredKeyArns: request.properties.SourceEncryptionKeyArns ?? [], startedAt };
  await checkSourceKeys(aws, { devices: kept }, reader);
  const originals = await describeTogether(aws, plan.devices.flatMap(({ volume }) => volume?.SnapshotId ?? []));
  for (const device of plan.devices) {
    for (const key of keyReferencesOf(device, user)) {
      await checkKeyOrContinue(aws, key, startedAt);
    }
    if (device.volume?.SnapshotId) {
      await checkSnapshot(aws, device, device.volume.SnapshotId, reader, originals);
    }
  }
  const unkeyed = plan.devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const fallback = await defaultKeyIfUsed(aws, request.account, unkeyed);
  if (fallback) {
    await checkKey(aws, fallback);
  }
}

/** The keys that the snapshots of the AMI will be encrypted with. */
async function keysOfDevices(aws: AwsClients, { account }: MultiKeyRequest, { devices }: Plan): Promise<EncryptedDevice[]> {
  const unkeyed = devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const preserved = new Map((await certainKeysWhenPreserved(aws, account, unkeyed)).map(({ name, keyId }) => [name, keyId]));
  return devices.map(({ name, keyArn }) => ({ name, keyId: keyArn ?? preserved.get(name) }));
}

/** One call for all of them; where EC2 refuses it because of one, each is described alone, so that the message names that one. */
async function describeTogether(aws: AwsClients, snapshotIds: readonly string[]): Promise<readonly Snapshot[]> {
  try {
    return await describeSnapshots(aws, [...new Set(snapshotIds)]);
  } catch (error) {
    if (isTransient(error)) {
      throw error;
    }
    return [];
  }
}

/** Checks the snapshot that a new volume is created from. */
async function checkSnapshot(
  aws: AwsClients, device: PlannedDevice, snapshotId: string, reader: SnapshotReader, described: readonly Snapshot[],
): Promise<void> {
  const malformed = snapshotIdError(snapshotId);
  if (malformed !== undefined) {
    throw new DeploymentError(malformed);
  }
  const names = { snapshotId, device: device.name };
  const missing = new DeploymentError(snapshotNotFound({ ...names, region: aws.region }));
  try {
    const snapshot = described.find(({ SnapshotId }) => SnapshotId === snapshotId) ?? (await describeSnapshots(aws, [snapshotId]))[0];
    if (!snapshot) {
      throw missing;
    }
    if (snapshot.State === 'pending') {
      throw new NotReady(snapshotInState({ ...names, state: snapshot.State, progress: snapshot.Progress }));
    }
    if (snapshot.State !== 'completed') {
      throw new DeploymentError(snapshotNotCompleted({ ...names, state: snapshot.State, reason: snapshot.StateMessage }));
    }
    const { SizeGibibytes: size = Infinity } = device.volume!;
    const { VolumeSize: snapshotSize = -Infinity } = snapshot;
    if (size < snapshotSize) {
      throw new DeploymentError(volumeSmallerThanSnapshot({ ...names, size, snapshotSize }));
    }
    if (snapshot.KmsKeyId) {
      const key = sourceKey(snapshot.KmsKeyId, snapshotKeyLabel(names), reader, reader.declaredKeyArns);
      await checkKeyOrContinue(aws, key, reader.startedAt);
    }
  } catch (error) {
    throw hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES) ? missing : error;
  }
}

/**
 * RegisterImage derives licenses and billing from the snapshots, and it is not documented that copied snapshots keep the necessary data. UEFI data must be
 * passed to it.
 */
function checkRegistrable({ image }: SourceImage, { properties, account }: MultiKeyRequest): void {
  if (properties.BuildMethod !== AmiBuildMethod.COPY_SNAPSHOTS) {
    return;
  }
  const { ImageId: imageId, OwnerId: ownerId } = image;
  const productCodes = (image.ProductCodes ?? []).map(({ ProductCodeId }) => ProductCodeId).join(', ');
  if (productCodes) {
    throw new DeploymentError(productCodesNotKept({ imageId, productCodes }));
  }
  if (image.UsageOperation !== undefined && image.UsageOperation !== 'RunInstances') {
    throw new DeploymentError(licenseNotKept({ imageId, platform: image.PlatformDetails, usageOperation: image.UsageOperation }));
  }
  if (image.BootMode?.startsWith('uefi') && ownerId !== account) {
    // "Unauthorized attempt to access restricted resource" is EC2's answer to other accounts, whether the image has such data or not
    throw new DeploymentError(uefiDataNotReadable({ imageId, ownerId }));
  }
}

/** Bottlerocket takes settings as user data, and would run until the time is over. */
function checkRunsScripts({ image: { ImageId: imageId, Name: name } }: SourceImage, { properties: { UserData = '' } }: MultiKeyRequest): void {
  if (name?.startsWith('bottlerocket-') && Buffer.from(UserData, 'base64').toString().startsWith('#!')) {
    throw new DeploymentError(sourceRunsNoScripts({ imageId, name }));
  }
}
