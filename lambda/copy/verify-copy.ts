import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { findZone, verifyPlace } from './check-copy-destination';
import { circumstancesOf, CopyRequest, sourceAwsOf } from './copy-request';
import { destinationKey } from './preflight-copy';
import { checkKey } from '../ami/check-key';
import { checkSource, Source } from '../ami/describe-source-image';
import { keysAsBefore } from '../ami/preserved-encryption';
import { readSnapshots, verifyAttributes, verifyKey } from '../ami/verify-image';
import { Aws } from '../aws/clients';
import { devicesOf } from '../aws/find-images';
import { Failure } from '../outcomes';

/** A copy is done when it is proven: each snapshot read back, each attribute that must survive compared. Returns its snapshots. */
export async function verifyCopy(aws: Aws, request: CopyRequest, copy: Image): Promise<Snapshot[]> {
  const there = sourceAwsOf(aws, request.properties);
  const source = await checkSource(there, request.properties.SourceImageId, { instanceStore: true });
  await verifyAttributes(aws, request.account, source.image, copy, there);
  const devices = devicesOf(copy);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort().join(', ');
  if (names(devices) !== names(source.devices)) {
    throw new Failure(`the copy ${copy.ImageId} has the devices ${names(devices)}, but its source ${source.image.ImageId} has ${names(source.devices)}: tell AWS support`);
  }
  const allowed = await allowedKeys(aws, request, source);
  const snapshots = await readSnapshots(aws, copy);
  const { OutpostArn, LocalZone } = request.properties;
  const wanted = { outpostArn: OutpostArn, zone: LocalZone === undefined ? undefined : await findZone(aws, LocalZone) };
  for (const device of devices) {
    const original = source.devices.find(({ name }) => name === device.name)!;
    for (const name of ['VolumeSize', 'VolumeType', 'DeleteOnTermination', 'Iops', 'Throughput'] as const) {
      if (device.ebs[name] !== original.ebs[name]) {
        throw new Failure(
          `${device.name} of the copy ${copy.ImageId} has the ${name} ${device.ebs[name]}, but the source ${source.image.ImageId} has ${original.ebs[name]}: tell AWS support`,
        );
      }
    }
    const snapshot = snapshots.get(device.name)!;
    verifyKey(copy, device.name, snapshot, allowed(device.name));
    verifyPlace(copy, device.name, snapshot, wanted);
  }
  return [...snapshots.values()];
}

async function allowedKeys(aws: Aws, request: CopyRequest, source: Source): Promise<(device: string) => (string | undefined)[]> {
  const one = await destinationKey(aws, request.properties);
  if (one) {
    const arn = await checkKey(aws, one);
    return () => [arn];
  }
  const asBefore = await keysAsBefore(aws, request.account, source.devices, circumstancesOf(aws, request.properties));
  return device => asBefore.get(device)!;
}
