import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { findZone, verifySnapshotLocation } from './check-copy-destination';
import { preserveContextOf, CopyRequest, sourceRegionClientsOf } from './copy-request';
import { devicesNotKept } from './messages';
import { destinationKey } from './preflight-copy';
import { CopyEncryption } from '../../src/contract';
import { SourceImage } from '../ami/describe-source-image';
import { checkKeyOrContinue } from '../ami/keys/check-key';
import { expectedKeysWhenPreserved } from '../ami/keys/preserved-encryption';
import { devicesKeptEmpty } from '../ami/messages';
import { describeSourceOnce } from '../ami/source-in-memory';
import { compareDevice, compareImage, knownAttributesOf } from '../ami/verification/compare-attributes';
import { correctOrWarn, throwIfFatal } from '../ami/verification/settle-differences';
import { verifyUefiData } from '../ami/verification/uefi-data';
import { verifyDeviceNames } from '../ami/verification/verify-device-names';
import { describeCompletedSnapshots, verifyKey } from '../ami/verification/verify-snapshots';
import { AwsClients } from '../aws/clients';
import { Device, devicesOf } from '../aws/find-images';

/** Verifies a copy before it is reported as complete: its snapshots, and all attributes that it must share with its source. Returns its snapshots. */
export async function verifyCopy(aws: AwsClients, request: CopyRequest, copy: Image): Promise<Snapshot[]> {
  const source = await describeSourceOnce(sourceRegionClientsOf(aws, request.properties), request, { instanceStore: true });
  const verified = { image: copy, sourceId: source.image.ImageId };
  const originals: readonly Device[] = [...source.devices, ...source.emptyDevices ?? []];
  const differences = compareImage(copy, knownAttributesOf(source.image));
  throwIfFatal(verified, differences);
  verifyDeviceNames(copy, originals, ({ devices, expected }) =>
    devicesNotKept({ imageId: copy.ImageId, devices, sourceId: source.image.ImageId, sourceDevices: expected }));
  await verifyUefiData(aws, request, verified, source.uefiDataDigest);
  const allowed = await allowedKeys(aws, request, source);
  if (source.emptyDevices) {
    // there is no snapshot to encrypt
    console.warn({
      message: devicesKeptEmpty(),
      imageId: copy.ImageId,
      devices: source.emptyDevices.map(({ name }) => name).sort().join(', '),
    });
  }
  const snapshots = await describeCompletedSnapshots(aws, copy, source.emptyDevices);
  const { OutpostArn, LocalZone } = request.properties;
  const wanted = { outpostArn: OutpostArn, zone: LocalZone === undefined ? undefined : await findZone(aws, LocalZone) };
  for (const device of devicesOf(copy)) {
    const original = originals.find(({ name }) => name === device.name)!;
    differences.push(...compareDevice(device.name, device.ebs, { ...original.ebs, DeleteOnTermination: original.ebs.DeleteOnTermination ?? false }));
    const snapshot = snapshots.get(device.name);
    if (snapshot) {
      verifyKey(copy, device.name, snapshot, allowed(device.name));
      verifySnapshotLocation(copy, device.name, snapshot, wanted);
    }
  }
  await correctOrWarn(aws, request, verified, differences);
  return [...snapshots.values()];
}

/** Verifies only the keys of a copy, whose source is not needed because the copy has a key of its own. */
export async function verifyKeysOfCopy(aws: AwsClients, request: CopyRequest, copy: Image): Promise<void> {
  const allowed = await allowedKeys(aws, request, { devices: [] });
  for (const [device, snapshot] of await describeCompletedSnapshots(aws, copy)) {
    verifyKey(copy, device, snapshot, allowed(device));
  }
}

async function allowedKeys(
  aws: AwsClients, request: CopyRequest, source: Pick<SourceImage, 'devices'>,
): Promise<(device: string) => (string | undefined)[]> {
  const { properties, memory } = request;
  if (properties.Encryption === CopyEncryption.DEFAULT_KEY && memory.defaultKey !== undefined) {
    const { arn } = memory.defaultKey;
    return () => [arn];
  }
  const one = await destinationKey(aws, request);
  if (one) {
    const arn = await checkKeyOrContinue(aws, one, 0);
    return () => [arn];
  }
  const asBefore = await expectedKeysWhenPreserved(aws, request.account, source.devices, preserveContextOf(aws, properties));
  return device => asBefore.get(device)!;
}
