import { partitionOf } from '../partition';

/** An account and a Region: most resources of AWS belong to one of each. */
export interface AccountAndRegion {
  readonly account: string;
  readonly region: string;
}

export function kmsArn(place: AccountAndRegion, resource: string): string {
  return `arn:${partitionOf(place.region)}:kms:${place.region}:${place.account}:${resource}`;
}
