import { Call } from '../aws-call';
import { CallLog, RecordedCall } from '../call-log';
import { WallTime } from '../time/wall-time';
import { SchemaService } from '../wire/service';

interface LookupEventsInput {
  /** Seconds since 1970, the timestamp format of JSON protocols. */
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** CloudTrail: the recorded calls, newest first. When a deployment fails, the command line searches it for denied calls. */
export function cloudTrailService(log: CallLog, wallTime: WallTime): SchemaService {
  return {
    name: 'cloudtrail',
    protocol: 'json',
    reads: { LookupEvents: ['StartTime', 'EndTime', 'MaxResults', 'NextToken'] },
    operations: {
      LookupEvents: ({ principal, region, input }: Call) => {
        const { StartTime = 0, EndTime = Infinity, MaxResults = 50, NextToken } = input as LookupEventsInput;
        const found = log.calls
          .filter(call => call.region === region && call.principalArn.split(':')[4] === principal.account)
          .map(call => ({ ...call, at: wallTime.ofLocal(call.at) }))
          .filter(({ at }) => at >= StartTime * 1000 && at <= EndTime * 1000)
          .reverse();
        const start = Number(NextToken ?? 0);
        return {
          Events: found.slice(start, start + MaxResults).map((call, index) => eventOf(call, `${start + index}`)),
          ...start + MaxResults < found.length && { NextToken: String(start + MaxResults) },
        };
      },
    },
  };
}

function eventOf(call: RecordedCall, id: string): object {
  const event = {
    eventVersion: '1.11',
    eventTime: new Date(call.at).toISOString(),
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.action,
    awsRegion: call.region,
    userIdentity: { arn: call.principalArn },
    errorCode: call.error,
    requestParameters: call.input,
  };
  return {
    EventId: id,
    EventName: call.action,
    EventSource: event.eventSource,
    EventTime: call.at / 1000,
    Username: call.principalArn.split('/').pop(),
    CloudTrailEvent: JSON.stringify(event),
  };
}
