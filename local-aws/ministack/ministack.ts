import { ChildProcess, spawn } from 'child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'fs';
import { createServer } from 'http';
import { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { dirname, join } from 'path';

export interface MinistackOptions {
  /** The result of `installMinistack`. */
  readonly command: string;
  readonly account: string;
  readonly region: string;
  /** The endpoint of EC2 and CloudFormation for the functions: their processes inherit it from the server's. */
  readonly ownUrl: string;
  readonly logFile: string;
}

/** A third-party implementation of CloudFormation, Lambda and Step Functions, as a process on loopback. */
export class Ministack {
  public static async start(options: MinistackOptions): Promise<Ministack> {
    const port = await freePort();
    const ministack = new Ministack(options, port);
    try {
      await ministack.healthy();
    } catch (error) {
      await ministack.stop();
      throw error;
    }
    return ministack;
  }

  public readonly url: string;
  private readonly directory = mkdtempSync(join(tmpdir(), 'ministack-'));
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  private constructor(private readonly options: MinistackOptions, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    mkdirSync(dirname(options.logFile), { recursive: true });
    const log = createWriteStream(options.logFile);
    // With a process group of its own, the functions' processes end with it.
    this.child = spawn(options.command, [], { env: this.environment(port), stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: this.directory });
    this.child.stdout?.pipe(log);
    this.child.stderr?.pipe(log);
    this.ended = new Promise(resolve => {
      this.child.once('error', () => resolve());
      this.child.once('exit', () => resolve());
    });
    process.once('exit', this.endWithOwner);
  }

  /** Environment variables with which a command line or an SDK uses it. An access key ID of twelve digits is the account. */
  public clientEnvironment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: this.options.account,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: this.options.region,
    };
  }

  public async stop(): Promise<void> {
    this.signal('SIGTERM');
    const late = setTimeout(() => this.signal('SIGKILL'), 5_000);
    await this.ended;
    clearTimeout(late);
    // The working directories of the functions' processes are deleted with the server.
    this.signal('SIGKILL');
    process.removeListener('exit', this.endWithOwner);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  private environment(port: number): NodeJS.ProcessEnv {
    const { account, region, ownUrl } = this.options;
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && name !== 'NODE_OPTIONS');
    return {
      ...Object.fromEntries(own),
      // By default it listens on every interface of the machine.
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: '0',
      MINISTACK_ACCOUNT_ID: account,
      MINISTACK_REGION: region,
      LAMBDA_EXECUTOR: 'local',
      SFN_WAIT_SCALE: '0.1',
      TMPDIR: this.directory,
      AWS_ENDPOINT_URL_EC2: ownUrl,
      AWS_ENDPOINT_URL_CLOUDFORMATION: ownUrl,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    };
  }

  private async healthy(): Promise<void> {
    let ended = false;
    void this.ended.then(() => {
      ended = true;
    });
    for (let attempt = 0; attempt < 300 && !ended; attempt++) {
      const answer = await fetch(`${this.url}/_ministack/health`).catch(() => undefined);
      if (answer?.ok) {
        return;
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    throw new Error(`ministack ${ended ? 'ended' : 'did not answer'} instead of starting; its output is in ${this.options.logFile}`);
  }

  private readonly endWithOwner = (): void => {
    this.signal('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  };

  private signal(signal: NodeJS.Signals): void {
    try {
      if (this.child.pid) {
        process.kill(-this.child.pid, signal);
      }
    } catch {
      // The process has ended already.
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
