import { ResourceEvent } from './events';

/** The difference between the clocks of CloudFormation, with a margin. A request that comes later than another one comes minutes later. */
const MAX_CLOCK_SKEW_MS = 60_000;

/** When CloudFormation sent a request, in milliseconds since 1970: it signs the URL for the response then ("X-Amz-Date=20220729T203732Z"). NaN if it is not known. */
export function sentAt({ ResponseURL }: Pick<ResourceEvent, 'ResponseURL'>): number {
  const [, ...parts] = /[?&]X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(ResponseURL) ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * Whether CloudFormation has begun something else with the resource since it sent a request: one that Lambda delivers late, during an operation
 * that asks for the same resource again. Nothing else in the event tells the two apart.
 */
export function isOutdated(event: Pick<ResourceEvent, 'ResponseURL'>, resource: { readonly since?: number } | undefined): boolean {
  // nothing is later than a time that is not known
  return resource?.since !== undefined && resource.since > sentAt(event) + MAX_CLOCK_SKEW_MS;
}
