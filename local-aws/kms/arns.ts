/** `aws`, or the partition of China or GovCloud. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) {
    return 'aws-cn';
  }
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Services of China have names of their own domain, also in `kms:ViaService`. */
export function dnsSuffixOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** Where an account keeps things: most of what AWS has is per account and Region. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export function kmsArn(place: Place, resource: string): string {
  return `arn:${partitionOf(place.region)}:kms:${place.region}:${place.account}:${resource}`;
}
