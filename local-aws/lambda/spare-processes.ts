import { ChildProcess, fork } from 'child_process';
import { Readable } from 'stream';

/** One deployment starts about four functions, one after the other. */
const SPARES = 3;

/**
 * Started processes without a function, as in Lambda: half of a cold start is Node itself. Each of them becomes an execution environment of
 * one function, once.
 */
export class SpareProcesses {
  private readonly waiting: ChildProcess[] = [];
  private starting?: ChildProcess;
  private stopped = false;

  public constructor(private readonly script: string, public readonly environment: Readonly<Record<string, string>>) {}

  /** Returns a process for a function with these environment variables. */
  public take(variables: Readonly<Record<string, string>>): ChildProcess {
    // Node reads these variables at its start only
    if (Object.keys(variables).some(name => name.startsWith('NODE_') || name in this.environment)) {
      return this.start({ ...this.environment, ...variables });
    }
    const taken = this.waiting.shift() ?? this.starting ?? this.start(this.environment);
    this.starting = taken === this.starting ? undefined : this.starting;
    // a start takes some milliseconds of this process, so the returned process starts its work first
    setImmediate(() => this.fill());
    return taken;
  }

  /** Starts missing processes one at a time, because running functions need the machine more. */
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
    // a waiting process does not keep this process running
    child.unref();
    child.channel?.unref();
    for (const stream of [child.stdout!, child.stderr!]) {
      (stream as Readable & { unref(): void }).unref();
    }
    return child;
  }
}
