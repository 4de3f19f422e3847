import { Misbehavior } from './misbehavior';
import { arnOf } from '../../kms/key';
import { Ec2Context } from '../state/ec2-context';
import { Image, Snapshot } from '../state/records';

/** Snapshots that are not encrypted as requested. */
export const encryptionMisbehaviors = {
  anotherKey: { complete: (ec2, image) => snapshotsOf(ec2, image).forEach(snapshot => encrypt(snapshot, anotherKey(ec2, image))) },
  defaultKey: { complete: (ec2, image) => snapshotsOf(ec2, image).forEach(snapshot => encrypt(snapshot, arnOf(ec2.kms.ebsKey(image)))) },
  noKey: { complete: (ec2, image) => snapshotsOf(ec2, image).forEach(snapshot => encrypt(snapshot, undefined)) },
  anotherKeyOnSecondDevice: { complete: (ec2, image) => encrypt(snapshotsOf(ec2, image)[1], anotherKey(ec2, image)) },
  anotherKeyOnLastDevice: { complete: (ec2, image) => encrypt(snapshotsOf(ec2, image).at(-1)!, anotherKey(ec2, image)) },
} as const satisfies Record<string, Misbehavior>;

export function snapshotsOf({ state }: Ec2Context, image: Image): Snapshot[] {
  return image.devices.flatMap(({ ebs }) => state.snapshots.get(ebs?.snapshotId ?? '') ?? []);
}

function anotherKey({ kms }: Ec2Context, { account, region }: Image): string {
  return arnOf(kms.addKey({ account, region }));
}

function encrypt(snapshot: Snapshot, kmsKeyId: string | undefined): void {
  Object.assign(snapshot, { encrypted: kmsKeyId !== undefined, kmsKeyId });
}
