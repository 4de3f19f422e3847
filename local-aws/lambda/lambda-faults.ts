/** What is to happen to an invocation instead of, or besides, being carried out. */
export interface LambdaFault {
  /** A part of the function's name, or a function that says which invocations are meant. */
  readonly on: string | ((functionName: string, payload: string) => boolean);
  /** The process ends before the handler starts, or after it has done everything, before anyone learns of it. */
  readonly crash?: 'before' | 'after';
  /** The function fails with this error; its handler does not run. */
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
  /** An asynchronous event arrives twice, at the same time. */
  readonly deliverTwice?: boolean;
  /** Milliseconds of the local AWS before the handler starts. */
  readonly delay?: number;
  /** How many of the matching invocations; all of them by default. */
  readonly times?: number;
  /** How many matching invocations pass unharmed first; none by default. */
  readonly after?: number;
}

/** The invocations that are to go wrong. Asked once for each. */
export class LambdaFaults {
  private readonly rules: { fault: LambdaFault; seen: number; used: number }[] = [];

  public add(fault: LambdaFault): void {
    this.rules.push({ fault, seen: 0, used: 0 });
  }

  public clear(): void {
    this.rules.length = 0;
  }

  public meet(functionName: string, payload: string): LambdaFault | undefined {
    for (const rule of this.rules) {
      const { on, after = 0, times = Infinity } = rule.fault;
      if (!(typeof on === 'string' ? functionName.includes(on) : on(functionName, payload))) {
        continue;
      }
      rule.seen += 1;
      if (rule.seen > after && rule.used < times) {
        rule.used += 1;
        return rule.fault;
      }
    }
    return undefined;
  }
}
