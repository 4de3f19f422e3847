import { AwsError, Call } from '../aws-call';
import { WallTime } from '../time/wall-time';
import { SchemaService } from '../wire/service';

export interface LogLine {
  /** Milliseconds since 1970 in the time of the local AWS. */
  readonly at: number;
  readonly message: string;
}

/** The log groups of the functions. */
export interface LogGroups {
  names(): readonly string[];
  /** Oldest first. */
  lines(name: string): readonly LogLine[];
}

interface FilterLogEventsInput {
  readonly logGroupName?: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

/** All lines of a group are in one stream. */
const STREAM = 'local';

/** The read operations of CloudWatch Logs: the command line shows the log of a custom resource's function when a deployment fails. */
export function logsService(groups: LogGroups, wallTime: WallTime): SchemaService {
  return {
    name: 'logs',
    protocol: 'json',
    reads: { FilterLogEvents: ['logGroupName', 'startTime', 'endTime', 'filterPattern', 'limit', 'nextToken'] },
    operations: {
      FilterLogEvents: ({ input }: Call) => filter(groups, wallTime, input),
    },
  };
}

function filter(groups: LogGroups, wallTime: WallTime, input: FilterLogEventsInput): object {
  const { logGroupName = '', startTime = 0, endTime = Infinity, filterPattern = '', limit = 10_000, nextToken } = input;
  if (!groups.names().includes(logGroupName)) {
    throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  }
  const terms = termsOf(filterPattern);
  const found = groups.lines(logGroupName)
    .map(({ at, message }, index) => ({ at: Math.floor(wallTime.ofLocal(at)), message, index }))
    .filter(({ at }) => at >= startTime && at <= endTime)
    .filter(({ message }) => terms.every(term => message.includes(term)));
  const start = Number(nextToken ?? 0);
  const page = found.slice(start, start + limit);
  return {
    events: page.map(({ at, message, index }) => ({
      timestamp: at,
      ingestionTime: at,
      message,
      logStreamName: STREAM,
      eventId: String(index),
    })),
    searchedLogStreams: [],
    ...start + limit < found.length && { nextToken: String(start + limit) },
  };
}

/** A pattern of words and quoted phrases, of which a message must have each. */
function termsOf(pattern: string): string[] {
  const terms = pattern.match(/"[^"]*"|\S+/g) ?? [];
  const other = terms.find(term => !/^(\w+|"[^"]*")$/.test(term));
  if (other !== undefined) {
    throw new AwsError('InvalidParameterException', `the local AWS knows filter patterns of words and quoted phrases only, not ${other}`);
  }
  return terms.map(term => term.replaceAll('"', ''));
}
