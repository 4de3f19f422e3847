import { AwsError, Call } from './aws-call';

/** What is to happen to a call instead of, or besides, being answered. */
export interface Fault {
  /** `ec2:CopyImage`, `kms:*`, or a function that says which calls are meant. */
  readonly on: string | ((call: Call) => boolean);
  /** Answer with this error; the operation does not happen. */
  readonly error?: AwsError;
  /** The operation happens, but its answer never arrives: the connection is cut. */
  readonly loseAnswer?: boolean;
  /** Milliseconds of the local AWS before the operation happens. */
  readonly delay?: number;
  /** How many of the matching calls; all of them by default. */
  readonly times?: number;
  /** How many matching calls pass unharmed first; none by default. */
  readonly after?: number;
}

/** The calls that are to go wrong. Asked once for each call, before it is carried out. */
export class Faults {
  private readonly rules: { fault: Fault; seen: number; used: number }[] = [];

  public add(fault: Fault): void {
    this.rules.push({ fault, seen: 0, used: 0 });
  }

  public clear(): void {
    this.rules.length = 0;
  }

  /** The faults that were to happen and that nothing has met, so that what they were to show was not shown. */
  public unmet(): readonly Fault[] {
    return this.rules.filter(({ fault, used }) => used === 0 && fault.times !== 0).map(({ fault }) => fault);
  }

  /** The fault this call meets, if any. Counts the call. */
  public meet(call: Call): Fault | undefined {
    for (const rule of this.rules) {
      if (!matches(rule.fault, call)) {
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

function matches(fault: Fault, call: Call): boolean {
  if (typeof fault.on === 'function') {
    return fault.on(call);
  }
  const [service, action] = fault.on.split(':');
  return service === call.service && (action === '*' || action === call.action);
}
