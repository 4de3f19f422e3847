import { Image } from '@aws-sdk/client-ec2';
import { devicesOf } from '../aws/find-images';

/**
 * Places of an AMI where a principal has a permission: 0 is the AMI, and the numbers after it are its snapshots in the order of its mapping, which never
 * changes.
 */
export type Places = ReadonlySet<number>;

/** In the order of their places. */
export function snapshotIdsOf(image: Image): string[] {
  return devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
}

/** All places where a principal can have a permission: an organization has none on snapshots. */
export function allPlaces(image: Image, { isAccount }: { readonly isAccount: boolean }): Places {
  return new Set([0, ...isAccount ? snapshotIdsOf(image).map((_, index) => index + 1) : []]);
}

export function union(one: Places, other: Places): Places {
  return new Set([...one, ...other]);
}

export function without(one: Places, other: Places): Places {
  return new Set([...one].filter(place => !other.has(place)));
}
