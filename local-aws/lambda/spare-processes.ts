import { ChildProcess, fork } from 'child_process';
import { Readable } from 'stream';

/** One deployment starts about four functions, one after the other. */
const SPARES = 3;

/**
 * Processes that have started and wait to be told which function they are for, as Lambda has them too: half of a cold start is Node itself.
 * Each of them becomes one function, once.
 */
export class SpareProcesses {
  private readonly waiting: ChildProcess[] = [];
  private starting?: ChildProcess;
  private stopped = false;

  public constructor(private readonly script: string, public readonly environment: Readonly<Record<string, string>>) {}

  /** A process for a function with these variables. */
  public take(variables: Readonly<Record<string, string>>): ChildProcess {
    // Node reads these when it starts, and never again
    if (Object.keys(variables).some(name => name.startsWith('NODE_') || name in this.environment)) {
      return this.start({ ...this.environment, ...variables });
    }
    const taken = this.waiting.shift() ?? this.starting ?? this.start(this.environment);
    this.starting = taken === this.starting ? undefined : this.starting;
    // a start takes some milliseconds of this process, in which the one that was taken could already be at work
    setImmediate(() => this.fill());
    return taken;
  }

  /** Starts what is missing, one at a time: functions that run need the machine more. */
  public fill(): void {
    if (this.stopped || this.starting !== undefined || this.waiting.length >= SPARES) {
      return;
    }
    const child = this.start(this.environment);
    this.starting = child;
    child.once('message', () => {
      if (this.starting === child) {
        this.starting = undefined;
        this.waiting.push(child);
        this.fill();
      }
    });
    child.once('exit', () => {
      this.starting = this.starting === child ? undefined : this.starting;
      this.waiting.splice(0, Infinity, ...this.waiting.filter(other => other !== child));
    });
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    const all = [...this.waiting.splice(0), ...this.starting === undefined ? [] : [this.starting]];
    await Promise.all(all.map(child => new Promise<void>(resolve => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    })));
  }

  private start(environment: Readonly<Record<string, string>>): ChildProcess {
    const child = fork(this.script, [], { env: environment, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    // a process that waits for events keeps nobody else alive
    child.unref();
    child.channel?.unref();
    for (const stream of [child.stdout!, child.stderr!]) {
      (stream as Readable & { unref(): void }).unref();
    }
    return child;
  }
}
