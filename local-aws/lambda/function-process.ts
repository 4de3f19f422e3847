import { ChildProcess } from 'child_process';
import { createInterface } from 'readline';
import { failure, InvocationResult } from './invocation';
import { Clock } from '../time/clock';

export interface ProcessSettings {
  /** Returns a process of the runtime without a function. */
  readonly start: () => ChildProcess;
  readonly environment: Readonly<Record<string, string>>;
  readonly url: string;
  readonly logFormat: string;
  readonly logLevel: string;
  /** The directory of V8's code cache. */
  readonly compiled: string;
  readonly clock: Clock;
  /**
   * The milliseconds of this machine that an invocation has at least, whatever its timeout. At speed 240, a timeout of three minutes is less
   * than a second of the machine, but the function does not compute faster, and computes slower on a busy machine.
   */
  readonly minInvocationMs: number;
  readonly log: (line: string) => void;
}

/** The message to a process with an event. */
export interface ProcessInvocation {
  readonly requestId: string;
  readonly payload: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memory: number;
  readonly logGroup: string;
  readonly timeout: number;
  readonly crash?: 'before' | 'after';
}

interface Message {
  readonly kind: 'started' | 'ready' | 'answer';
  readonly payload?: string;
  readonly error?: object;
}

/** One execution environment of a function: a process that handles one event after the other. */
export class FunctionProcess {
  public ended = false;
  /** Resolves when the process has ended. */
  public readonly exited: Promise<void>;
  private readonly child: ChildProcess;
  private readonly ready: Promise<Message>;
  private running = '';
  private waiting: { receive: (message: Message) => void; end: (reason: string) => void } = { receive: () => undefined, end: () => undefined };

  public constructor(private readonly settings: ProcessSettings) {
    this.child = settings.start();
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      createInterface({ input: stream }).on('line', line => settings.log(line));
    }
    this.ready = new Promise(resolve => {
      this.waiting.receive = resolve;
    });
    this.child.on('message', (message: Message) => {
      if (message.kind !== 'started') {
        this.waiting.receive(message);
      }
    });
    this.exited = new Promise(resolve => {
      this.child.once('exit', () => resolve());
      this.child.once('error', () => {
        if (!this.willExit()) {
          resolve();
        }
      });
    });
    this.child.on('error', error => {
      if (!this.willExit()) {
        this.ends(error.message);
      }
    });
    this.child.on('exit', (code, signal) => this.ends(signal === null ? `exit status ${code}` : `signal: ${signal}`));
    const { environment, url, logFormat, logLevel, compiled } = settings;
    this.child.send({ environment, url, logFormat, logLevel, compiled, clock: this.reading() });
  }

  /** Handles one event. Resolves when the handler has finished or the process has ended. */
  public async invoke(invocation: ProcessInvocation): Promise<InvocationResult> {
    const { clock } = this.settings;
    this.running = invocation.requestId;
    const exited = new Promise<string>(resolve => {
      this.waiting.end = resolve;
    });
    const loaded = await Promise.race([this.ready, exited]);
    if (typeof loaded === 'string') {
      return failure('Runtime.ExitError', `RequestId: ${invocation.requestId} Error: Runtime exited with error: ${loaded}`);
    }
    if (loaded.error !== undefined) {
      this.stop();
      return { functionError: 'Unhandled', payload: JSON.stringify(loaded.error) };
    }
    const answered = new Promise<Message>(resolve => {
      this.waiting.receive = resolve;
    });
    const { timeout, ...message } = invocation;
    const milliseconds = Math.max(timeout * 1000, this.settings.minInvocationMs * clock.speed);
    this.child.send({ ...message, deadline: clock.now() + milliseconds, clock: this.reading() });
    const outcome = await Promise.race([answered, exited, timeUp(clock, timeout, this.settings.minInvocationMs)]);
    if (outcome === undefined) {
      this.stop();
      this.settings.log(`${clock.date().toISOString()} ${invocation.requestId} Task timed out after ${timeout.toFixed(2)} seconds`);
      return failure('Sandbox.Timedout', `RequestId: ${invocation.requestId} Error: Task timed out after ${timeout.toFixed(2)} seconds`);
    }
    if (typeof outcome === 'string') {
      return failure('Runtime.ExitError', `RequestId: ${invocation.requestId} Error: Runtime exited with error: ${outcome}`);
    }
    return outcome.error === undefined
      ? { payload: outcome.payload! }
      : { functionError: 'Unhandled', payload: JSON.stringify(outcome.error) };
  }

  public stop(): void {
    this.ended = true;
    this.child.kill('SIGKILL');
  }

  /** A message that cannot be delivered ("write EPIPE") is an error of a process that was started: its exit tells the reason. */
  private willExit(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private ends(reason: string): void {
    if (!this.ended && this.running !== '') {
      this.settings.log(`RequestId: ${this.running} Error: Runtime exited with error: ${reason}`);
    }
    this.ended = true;
    this.waiting.end(reason);
  }

  private reading(): { now: number; real: number; speed: number } {
    return { now: this.settings.clock.now(), real: Date.now(), speed: this.settings.clock.speed };
  }
}

async function timeUp(clock: Clock, seconds: number, minInvocationMs: number): Promise<undefined> {
  await Promise.all([
    clock.sleep(seconds * 1000),
    new Promise<void>(resolve => {
      setTimeout(resolve, minInvocationMs).unref();
    }),
  ]);
  return undefined;
}
