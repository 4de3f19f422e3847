import { partitionOf } from '../partition';

/** Where an account keeps things: most of what AWS has is per account and Region. */
export interface AccountAndRegion {
  readonly account: string;
  readonly region: string;
}

export function kmsArn(place: AccountAndRegion, resource: string): string {
  return `arn:${partitionOf(place.region)}:kms:${place.region}:${place.account}:${resource}`;
}
