import { Image } from '@aws-sdk/client-ec2';
import { Aws } from '../aws';
import { Failure } from '../failure';
import { devicesOf } from '../images';
import { checkKey } from '../keys';
import { keysAsBefore } from '../preserved';
import { Source } from '../source';
import { readSnapshots, verifyAttributes, verifyKey } from '../verify';
import { BuildRequest, Plan } from './plan';

/** A build is done when it is proven: each snapshot read back under its own key, each attribute that must survive compared. */
export async function verifyBuild(aws: Aws, request: BuildRequest, source: Source, plan: Plan, image: Image): Promise<void> {
  await verifyAttributes(aws, request.account, source.image, image);
  const devices = devicesOf(image);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort().join(', ');
  if (names(devices) !== names(plan.devices)) {
    throw new Failure(`the image ${image.ImageId} has the devices ${names(devices)}, but should have ${names(plan.devices)}: tell AWS support`);
  }
  const unkeyed = plan.devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const asBefore = unkeyed.length > 0 ? await keysAsBefore(aws, request.account, unkeyed) : undefined;
  const snapshots = await readSnapshots(aws, image);
  await Promise.all(plan.devices.map(async planned => {
    const device = devices.find(({ name }) => name === planned.name)!;
    if (device.ebs.DeleteOnTermination !== planned.deleteOnTermination) {
      throw new Failure(
        `${planned.name} of the image ${image.ImageId} has the DeleteOnTermination ${device.ebs.DeleteOnTermination}, but should have ${planned.deleteOnTermination}: tell AWS support`,
      );
    }
    const allowed = planned.keyArn
      ? [await checkKey(aws, { id: planned.keyArn, role: planned.keyRole, cureIfDenied: 'its policy must allow the handler\'s role to use it' })]
      : asBefore!.get(planned.source!.name)!;
    verifyKey(image, planned.name, snapshots.get(planned.name)!, allowed);
  }));
}
