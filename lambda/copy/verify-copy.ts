import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { findZone, verifySnapshotLocation } from './check-copy-destination';
import { preserveContextOf, CopyRequest, sourceRegionClientsOf } from './copy-request';
import { destinationKey } from './preflight-copy';
import { checkKey } from '../ami/check-key';
import { describeSourceImage, SourceImage } from '../ami/describe-source-image';
import { expectedKeysWhenPreserved } from '../ami/preserved-encryption';
import { describeCompletedSnapshots, verifyAttributes, verifyKey } from '../ami/verify-image';
import { AwsClients } from '../aws/clients';
import { devicesOf } from '../aws/find-images';
import { DeploymentError } from '../outcomes';

/** A copy is done when it is proven: each snapshot read back, each attribute that must survive compared. Returns its snapshots. */
export async function verifyCopy(aws: AwsClients, request: CopyRequest, copy: Image): Promise<Snapshot[]> {
  const sourceRegionClients = sourceRegionClientsOf(aws, request.properties);
  const source = await describeSourceImage(sourceRegionClients, request.properties.SourceImageId, { instanceStore: true });
  await verifyAttributes(aws, request.account, source.image, copy, sourceRegionClients);
  const devices = devicesOf(copy);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort().join(', ');
  if (names(devices) !== names(source.devices)) {
    throw new DeploymentError(`the copy ${copy.ImageId} has the devices ${names(devices)}, but its source ${source.image.ImageId} has ${names(source.devices)}: tell AWS support`);
  }
  const allowed = await allowedKeys(aws, request, source);
  const snapshots = await describeCompletedSnapshots(aws, copy);
  const { OutpostArn, LocalZone } = request.properties;
  const wanted = { outpostArn: OutpostArn, zone: LocalZone === undefined ? undefined : await findZone(aws, LocalZone) };
  for (const device of devices) {
    const original = source.devices.find(({ name }) => name === device.name)!;
    for (const name of ['VolumeSize', 'VolumeType', 'DeleteOnTermination', 'Iops', 'Throughput'] as const) {
      if (device.ebs[name] !== original.ebs[name]) {
        throw new DeploymentError(
          `${device.name} of the copy ${copy.ImageId} has the ${name} ${device.ebs[name]}, but the source ${source.image.ImageId} has ${original.ebs[name]}: tell AWS support`,
        );
      }
    }
    const snapshot = snapshots.get(device.name)!;
    verifyKey(copy, device.name, snapshot, allowed(device.name));
    verifySnapshotLocation(copy, device.name, snapshot, wanted);
  }
  return [...snapshots.values()];
}

async function allowedKeys(aws: AwsClients, request: CopyRequest, source: SourceImage): Promise<(device: string) => (string | undefined)[]> {
  const one = await destinationKey(aws, request.properties);
  if (one) {
    const arn = await checkKey(aws, one);
    return () => [arn];
  }
  const asBefore = await expectedKeysWhenPreserved(aws, request.account, source.devices, preserveContextOf(aws, request.properties));
  return device => asBefore.get(device)!;
}
