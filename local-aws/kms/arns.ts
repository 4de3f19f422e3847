import { AccountAndRegion } from '../aws-call';
import { partitionOf } from '../regions/partition';

export function kmsArn(place: AccountAndRegion, resource: string): string {
  return `arn:${partitionOf(place.region)}:kms:${place.region}:${place.account}:${resource}`;
}
