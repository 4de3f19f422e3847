import { AwsError, Call } from './aws-call';

/** A fault of matching calls. */
export interface Fault {
  /** `ec2:CopyImage`, `kms:*`, or a function that selects calls. */
  readonly matches: string | ((call: Call) => boolean);
  /** Returns this error instead of the operation. */
  readonly error?: AwsError;
  /** Runs the operation, and closes the connection before the response. */
  readonly dropResponse?: boolean;
  /** Milliseconds of the local AWS before the operation happens. */
  readonly delay?: number;
  /** The number of matching calls; all of them by default. */
  readonly times?: number;
  /** The number of matching calls before the first fault; none by default. */
  readonly after?: number;
}

/** The faults of calls. Each call takes its fault once, before the operation. */
export class Faults {
  private readonly rules: { fault: Fault; seen: number; used: number }[] = [];

  public add(fault: Fault): void {
    this.rules.push({ fault, seen: 0, used: 0 });
  }

  public clear(): void {
    this.rules.length = 0;
  }

  /** The faults that no call has matched: their tests show nothing. */
  public unused(): readonly Fault[] {
    return this.rules.filter(({ fault, used }) => used === 0 && fault.times !== 0).map(({ fault }) => fault);
  }

  /** Returns the fault of this call, if there is one, and counts the call. */
  public nextFault(call: Call): Fault | undefined {
    for (const rule of this.rules) {
      if (!isFaultOf(rule.fault, call)) {
        continue;
      }
      rule.seen += 1;
      if (rule.seen > (rule.fault.after ?? 0) && rule.used < (rule.fault.times ?? Infinity)) {
        rule.used += 1;
        return rule.fault;
      }
    }
    return undefined;
  }
}

function isFaultOf(fault: Fault, call: Call): boolean {
  if (typeof fault.matches === 'function') {
    return fault.matches(call);
  }
  const [service, action] = fault.matches.split(':');
  return service === call.service && (action === '*' || action === call.action);
}
