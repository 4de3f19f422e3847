import { AwsError } from '../../aws-call';

/** ListExports returns 100 on a page. For the other operations, whose limit is 1 MB, this is a simplification. */
const PAGE_SIZE = 100;

/** One page of a list, and the token of the next one. */
export function pageOf<T>(items: readonly T[], token: string | undefined): { items: T[]; NextToken?: string } {
  const begin = token === undefined ? 0 : Number(Buffer.from(token, 'base64').toString());
  if (!Number.isInteger(begin) || begin < 0) {
    throw new AwsError('ValidationError', `Token ${token} is invalid`);
  }
  const end = begin + PAGE_SIZE;
  return { items: items.slice(begin, end), ...end < items.length && { NextToken: Buffer.from(String(end)).toString('base64') } };
}
