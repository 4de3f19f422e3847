import { AwsError } from '../aws-call';
import { Clock } from '../clock';

/** What is to happen to an invocation instead of, or besides, being carried out. */
export interface LambdaFault {
  /** A part of the function's name, or a function that says which invocations are meant. */
  readonly on: string | ((functionName: string, payload: string) => boolean);
  /** The process ends before the handler starts, or after it has done everything, before anyone learns of it. */
  readonly crash?: 'before' | 'after';
  /** The function fails with this error; its handler does not run. Without a type, Step Functions calls it `Lambda.Unknown`. */
  readonly error?: { readonly errorType?: string; readonly errorMessage: string };
  /** Lambda refuses the invocation: `throttled()`, `serviceException()`. It keeps an asynchronous event and tries it again. */
  readonly refuse?: AwsError;
  /** The caller loses the connection, before the function starts or while it runs to its end: `Lambda.SdkClientException` in Step Functions. */
  readonly disconnect?: 'before' | 'during';
  /** An asynchronous event arrives twice, at the same time. */
  readonly deliverTwice?: boolean;
  /** Milliseconds of the local AWS before the handler starts. */
  readonly delay?: number;
  /** How many of the matching invocations; all of them by default. */
  readonly times?: number;
  /** How many matching invocations pass unharmed first; none by default. */
  readonly after?: number;
  /** For how many milliseconds of the local AWS, from the first invocation that meets it; for ever by default. */
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

/** What a caller has whose connection broke. */
export function connectionLost(): AwsError {
  return new AwsError('SdkClientException', 'Unable to execute HTTP request: The target server failed to respond (SDK Attempt Count: 1)', 500);
}

/** The invocations that are to go wrong. Asked once for each. */
export class LambdaFaults {
  private readonly rules: { fault: LambdaFault; seen: number; used: number; until?: number }[] = [];

  public constructor(private readonly clock: Clock) {}

  public add(fault: LambdaFault): void {
    this.rules.push({ fault, seen: 0, used: 0 });
  }

  public clear(): void {
    this.rules.length = 0;
  }

  /** The faults that were to happen and that nothing has met, so that what they were to show was not shown. */
  public unmet(): readonly LambdaFault[] {
    return this.rules.filter(({ fault, used }) => used === 0 && fault.times !== 0).map(({ fault }) => fault);
  }

  public meet(functionName: string, payload: string): LambdaFault | undefined {
    const now = this.clock.now();
    for (const rule of this.rules) {
      const { on, after = 0, times = Infinity, lastsMs = Infinity } = rule.fault;
      if (!(typeof on === 'string' ? functionName.includes(on) : on(functionName, payload))) {
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
