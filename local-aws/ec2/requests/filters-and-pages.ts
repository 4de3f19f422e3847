import { Filter } from '@aws-sdk/client-ec2';
import { AwsError } from '../../aws-call';

/** Returns the values of a resource that a filter is compared with. */
export type FilterFields<T> = Readonly<Record<string, (one: T) => string | readonly (string | undefined)[] | undefined>>;

/** A resource matches if it matches every filter, each with one of its values. `*` matches any characters, `?` one. */
export function filtered<T>(
  all: readonly T[], filters: readonly Filter[] | undefined, fields: FilterFields<T>, tagsOf: (one: T) => readonly { Key?: string; Value?: string }[],
): T[] {
  const tests = (filters ?? []).map(filter => test(filter, fields, tagsOf));
  return all.filter(one => tests.every(matches => matches(one)));
}

function test<T>(
  { Name = '', Values = [] }: Filter, fields: FilterFields<T>, tagsOf: (one: T) => readonly { Key?: string; Value?: string }[],
): (one: T) => boolean {
  const read = reader(Name, fields, tagsOf);
  if (Values.length === 0) {
    throw new AwsError('InvalidParameterValue', `The filter '${Name}' has no values`);
  }
  if (Values.length > 200) {
    throw new AwsError('FilterLimitExceeded', 'The maximum number of filter values specified on a single call is 200');
  }
  const patterns = Values.map(pattern);
  return one => {
    const value = read(one);
    const values = typeof value === 'string' ? [value] : value ?? [];
    return values.some(text => text !== undefined && patterns.some(expression => expression.test(text)));
  };
}

function reader<T>(
  name: string, fields: FilterFields<T>, tagsOf: (one: T) => readonly { Key?: string; Value?: string }[],
): (one: T) => string | readonly (string | undefined)[] | undefined {
  if (name.startsWith('tag:')) {
    return one => tagsOf(one).filter(tag => tag.Key === name.slice('tag:'.length)).map(tag => tag.Value);
  }
  if (name === 'tag-key') {
    return one => tagsOf(one).map(tag => tag.Key);
  }
  // not documented, but EC2 accepts it
  if (name === 'tag-value') {
    return one => tagsOf(one).map(tag => tag.Value);
  }
  const field = fields[name];
  if (!field) {
    throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  }
  return field;
}

/** A backslash escapes the next character. */
function pattern(value: string): RegExp {
  const source = value.replace(/\\[*?\\]|[^]/g, part => {
    if (part === '*') {
      return '.*';
    }
    return part === '?' ? '.' : part[part.length - 1].replace(/[.*+?^${}()|[\]\\]/, '\\$&');
  });
  return new RegExp(`^${source}$`, 's');
}

export interface PageRequest {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** Returns one page of a list. The token is the position of the next page. */
export function page<T>(all: readonly T[], request: PageRequest, least: number, most = 1000): { items: T[]; NextToken?: string } {
  const { MaxResults, NextToken } = request;
  if (MaxResults !== undefined && (MaxResults < least || MaxResults > most)) {
    throw new AwsError('InvalidParameterValue', `Invalid value '${MaxResults}' for maxResults. Expecting a value ${MaxResults < least ? 'greater' : 'less'} than ${MaxResults < least ? least : most}.`);
  }
  const start = NextToken === undefined ? 0 : offset(NextToken);
  const end = start + (MaxResults ?? Infinity);
  return { items: all.slice(start, end), NextToken: end < all.length ? tokenFrom(end) : undefined };
}

/** An empty first page, for the response of an operation that has pages. What is read by its ID has none. */
export function withEmptyFirstPage(input: object, response: object): object {
  const isById = Object.keys(input).some(name => /^(Image|Instance|Snapshot|Volume|Subnet|Vpc|Group)Ids$/.test(name));
  if (!('NextToken' in response) || 'NextToken' in input || isById) {
    return response;
  }
  return { ...Object.fromEntries(Object.keys(response).map(name => [name, []])), NextToken: tokenFrom(0) };
}

function tokenFrom(position: number): string {
  return Buffer.from(`from ${position}`).toString('base64');
}

/** A request cannot have both IDs and MaxResults. */
export function refuseIdsWithPages(ids: readonly string[] | undefined, request: PageRequest, parameter: string): void {
  if (ids && ids.length > 0 && request.MaxResults !== undefined) {
    throw new AwsError('InvalidParameterCombination', `The parameter ${parameter} cannot be used with the parameter maxResults`);
  }
}

function offset(token: string): number {
  const match = /^from (\d+)$/.exec(Buffer.from(token, 'base64').toString());
  if (!match) {
    throw new AwsError('InvalidNextToken', `Invalid next token: ${token}`);
  }
  return Number(match[1]);
}
