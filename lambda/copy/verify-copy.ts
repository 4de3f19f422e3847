import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { findZone, verifySnapshotLocation } from './check-copy-destination';
import { preserveContextOf, CopyRequest, sourceRegionClientsOf } from './copy-request';
import { deviceAttributeNotKept, devicesNotKept } from './messages';
import { destinationKey } from './preflight-copy';
import { CopyEncryption } from '../../src/contract';
import { SourceImage } from '../ami/describe-source-image';
import { checkKeyOrContinue } from '../ami/keys/check-key';
import { expectedKeysWhenPreserved } from '../ami/keys/preserved-encryption';
import { devicesKeptEmpty } from '../ami/messages';
import { describeSourceOnce } from '../ami/source-in-memory';
import { describeCompletedSnapshots, verifyAttributes, verifyKey } from '../ami/verify-image';
import { AwsClients } from '../aws/clients';
import { Device, devicesOf } from '../aws/find-images';
import { DeploymentError } from '../outcomes';

/** Verifies a copy before it is reported as complete: its snapshots, and all attributes that it must share with its source. Returns its snapshots. */
export async function verifyCopy(aws: AwsClients, request: CopyRequest, copy: Image): Promise<Snapshot[]> {
  const source = await describeSourceOnce(sourceRegionClientsOf(aws, request.properties), request, { instanceStore: true });
  await verifyAttributes(aws, source, copy);
  const devices = devicesOf(copy);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort().join(', ');
  const originals: readonly Device[] = [...source.devices, ...source.emptyDevices ?? []];
  if (names(devices) !== names(originals)) {
    throw new DeploymentError(devicesNotKept({
      imageId: copy.ImageId, devices: names(devices), sourceId: source.image.ImageId, sourceDevices: names(originals),
    }));
  }
  const allowed = await allowedKeys(aws, request, source);
  if (source.emptyDevices) {
    // there is no snapshot to encrypt
    console.warn({
      message: devicesKeptEmpty(),
      imageId: copy.ImageId,
      devices: names(source.emptyDevices),
    });
  }
  const snapshots = await describeCompletedSnapshots(aws, copy, source.emptyDevices);
  const { OutpostArn, LocalZone } = request.properties;
  const wanted = { outpostArn: OutpostArn, zone: LocalZone === undefined ? undefined : await findZone(aws, LocalZone) };
  for (const device of devices) {
    const original = originals.find(({ name }) => name === device.name)!;
    for (const name of ['VolumeSize', 'VolumeType', 'DeleteOnTermination', 'Iops', 'Throughput'] as const) {
      if (device.ebs[name] !== original.ebs[name]) {
        throw new DeploymentError(deviceAttributeNotKept({
          device: device.name, name, imageId: copy.ImageId, value: device.ebs[name], sourceId: source.image.ImageId, sourceValue: original.ebs[name],
        }));
      }
    }
    const snapshot = snapshots.get(device.name);
    if (snapshot) {
      verifyKey(copy, device.name, snapshot, allowed(device.name));
      verifySnapshotLocation(copy, device.name, snapshot, wanted);
    }
  }
  return [...snapshots.values()];
}

async function allowedKeys(aws: AwsClients, request: CopyRequest, source: SourceImage): Promise<(device: string) => (string | undefined)[]> {
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
