import { ChildProcess, execFileSync, spawn } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';

export const ROOT = join(__dirname, '..', '..', '..');
const START_TIMEOUT_MS = 60_000;
const LAST_LINE = '# Ctrl-C stops it';

/** `npm run local-aws` without npm: the command of its task, in a process group of its own like in a terminal. */
export class LocalAwsProcess {
  /** Resolves when the environment has been printed. Rejects with the output if the process ends before. */
  public static async start(...args: string[]): Promise<LocalAwsProcess> {
    const started = new LocalAwsProcess(args);
    await new Promise<void>((resolve, reject) => {
      const timeout = setTimeout(() => reject(new Error(`no environment after a minute: ${started.output}`)), START_TIMEOUT_MS);
      started.child.stdout!.on('data', () => started.output.includes(LAST_LINE) && resolve());
      started.ended.then(code => reject(new Error(`ended with ${code}: ${started.output}`)), reject).finally(() => clearTimeout(timeout));
    });
    return started;
  }

  public output = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  private constructor(args: readonly string[]) {
    const { tasks } = JSON.parse(readFileSync(join(ROOT, '.projen', 'tasks.json'), 'utf8'));
    const [command, ...given] = tasks['local-aws'].steps.find(({ exec }: { exec?: string }) => exec).exec.split(' ');
    this.child = spawn(join(ROOT, 'node_modules', '.bin', command), [...given, ...args], {
      cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => { this.output += text; });
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', code => resolve(code));
    });
    process.once('exit', this.kill);
  }

  /** The variables of the printed `export` lines. */
  public get environment(): Record<string, string> {
    return Object.fromEntries([...this.output.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
  }

  public get url(): string {
    return this.environment.AWS_ENDPOINT_URL;
  }

  /** Sends SIGINT to the group, as Ctrl-C in a terminal does, and returns the exit code. */
  public async interrupt(): Promise<number | null> {
    process.kill(-this.child.pid!, 'SIGINT');
    return this.ended;
  }

  /** True if any process of the group exists, for example one of a function. */
  public get hasProcesses(): boolean {
    // ended processes that nobody has waited for have state Z
    return execFileSync('ps', ['-A', '-o', 'pgid=,stat='], { encoding: 'utf8' }).split('\n')
      .map(line => line.trim().split(/\s+/))
      .some(([group, state]) => group === String(this.child.pid) && !state.startsWith('Z'));
  }

  public readonly kill = (): void => {
    process.removeListener('exit', this.kill);
    try {
      process.kill(-this.child.pid!, 'SIGKILL');
    } catch {
      // the group has ended
    }
  };
}
