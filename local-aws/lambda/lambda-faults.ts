import { AwsError } from '../aws-call';
import { Clock } from '../time/clock';

/** A fault of matching invocations. */
export interface LambdaFault {
  /** A part of the function's name, or a function that selects invocations. */
  readonly matches: string | ((functionName: string, payload: string) => boolean);
  /** The process crashes before the handler starts, or after it has finished and before Lambda has its result. */
  readonly crash?: 'before' | 'after';
  /** The function fails with this error; its handler does not run. Without a type, Step Functions calls it `Lambda.Unknown`. */
  readonly error?: { readonly errorType?: string; readonly errorMessage: string };
  /** The function runs, and returns this JSON instead of its own result. */
  readonly result?: string;
  /** Lambda refuses the invocation: `throttled()`, `serviceException()`. It keeps an asynchronous event and retries it. */
  readonly refuse?: AwsError;
  /** The caller loses the connection before the function starts, or while it runs and completes: `Lambda.SdkClientException` in Step Functions. */
  readonly disconnect?: 'before' | 'during';
  /** Lambda delivers an asynchronous event twice, at the same time. */
  readonly deliverTwice?: boolean;
  /** Milliseconds of the local AWS before the handler starts. */
  readonly delay?: number;
  /** The number of matching invocations; all of them by default. */
  readonly times?: number;
  /** The number of matching invocations before the first fault; none by default. */
  readonly after?: number;
  /** The milliseconds of the local AWS from the first fault to the last; no limit by default. */
  readonly lastsMs?: number;
}

/** "Lambda.TooManyRequestsException": the concurrency quota is used up. */
export function throttled(): AwsError {
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
}

/** "Lambda.ServiceException": Lambda itself fails. */
export function serviceException(): AwsError {
  return new AwsError('ServiceException', 'An error occurred and the request cannot be processed.', 500);
}

/** The error of a caller with a broken connection. */
export function connectionLost(): AwsError {
  return new AwsError('SdkClientException', 'Unable to execute HTTP request: The target server failed to respond (SDK Attempt Count: 1)', 500);
}

/** The faults of invocations. Each invocation takes its fault once. */
export class LambdaFaults {
  private readonly rules: { fault: LambdaFault; seen: number; used: number; until?: number }[] = [];

  public constructor(private readonly clock: Clock) {}

  public add(fault: LambdaFault): void {
    this.rules.push({ fault, seen: 0, used: 0 });
  }

  public clear(): void {
    this.rules.length = 0;
  }

  /** The faults that no invocation has matched: their tests show nothing. */
  public unused(): readonly LambdaFault[] {
    return this.rules.filter(({ fault, used }) => used === 0 && fault.times !== 0).map(({ fault }) => fault);
  }

  public nextFault(functionName: string, payload: string): LambdaFault | undefined {
    const now = this.clock.now();
    for (const rule of this.rules) {
      const { matches, after = 0, times = Infinity, lastsMs = Infinity } = rule.fault;
      if (!(typeof matches === 'string' ? functionName.includes(matches) : matches(functionName, payload))) {
        continue;
      }
      rule.seen += 1;
      if (rule.seen > after && rule.used < times && now < (rule.until ?? Infinity)) {
        rule.until ??= now + lastsMs;
        rule.used += 1;
        return rule.fault;
      }
    }
    return undefined;
  }
}
