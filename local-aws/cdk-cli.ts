import { ChildProcess, spawn } from 'child_process';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';

/** The result of a run of the command line. */
export interface CdkRun {
  readonly exitCode: number;
  /** Standard output and standard error, in order. */
  readonly output: string;
}

export interface CdkCliOptions {
  /** Environment variables with the credentials, Region and endpoint of the local AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** The value of `--app`: a command that synthesizes, or the directory of a cloud assembly. */
  readonly app?: string;
  /** The working directory; that of this process by default. */
  readonly directory?: string;
  /** Receives the output during the run. */
  readonly onOutput?: (text: string) => void;
}

/** Runs the CDK command line, unmodified, with the local AWS. */
export class CdkCli {
  private readonly home = mkdtempSync(join(tmpdir(), 'cdk-home-'));
  /** The directory of the synthesized cloud assembly. */
  public readonly assembly = join(this.home, 'cdk.out');
  private readonly running = new Set<ChildProcess>();

  public constructor(private readonly options: CdkCliOptions) {
    process.once('exit', this.endAll);
  }

  /** Runs `cdk bootstrap` for the given account and Region. */
  public bootstrap(account: string, region: string, ...more: string[]): Promise<CdkRun> {
    return this.run(['bootstrap', `aws://${account}/${region}`, ...more], false);
  }

  public deploy(...stacksAndOptions: string[]): Promise<CdkRun> {
    return this.run(['deploy', '--require-approval', 'never', ...stacksAndOptions]);
  }

  public diff(...stacksAndOptions: string[]): Promise<CdkRun> {
    return this.run(['diff', ...stacksAndOptions]);
  }

  public destroy(...stacksAndOptions: string[]): Promise<CdkRun> {
    return this.run(['destroy', '--force', ...stacksAndOptions]);
  }

  /** Synthesizes and returns the directory of the cloud assembly, which can be the `app` of another instance. */
  public async synth(...options: string[]): Promise<string> {
    const { exitCode, output } = await this.run(['synth', '--quiet', ...options]);
    if (exitCode !== 0) {
      throw new Error(`cdk synth ended with ${exitCode}: ${output}`);
    }
    return this.assembly;
  }

  public async run(args: readonly string[], withApp = true): Promise<CdkRun> {
    const { app, directory, environment, onOutput } = this.options;
    const appOptions = withApp && app ? ['--app', app, '--output', this.assembly] : [];
    const child = spawn(process.execPath, [cdkCommand(), ...args, ...appOptions, '--no-notices'], {
      cwd: directory,
      env: { ...innocuous(process.env), HOME: this.home, CDK_HOME: join(this.home, '.cdk'), ...quiet, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.running.add(child);
    const parts: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        parts.push(text);
        onOutput?.(text);
      });
    }
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', code => resolve(code ?? 128));
    });
    this.running.delete(child);
    return { exitCode, output: parts.join('') };
  }

  /** Stops running processes and removes the home directory. */
  public dispose(): void {
    process.removeListener('exit', this.endAll);
    this.endAll();
  }

  private readonly endAll = (): void => {
    this.running.forEach(child => child.kill('SIGTERM'));
    rmSync(this.home, { recursive: true, force: true });
  };
}

/** Disables telemetry, prompts and the check for newer versions. */
const quiet = {
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  CDK_DISABLE_VERSION_CHECK: 'true',
  JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1',
  JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '1',
  JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

function cdkCommand(): string {
  return join(dirname(require.resolve('aws-cdk/package.json')), 'bin', 'cdk');
}

/** The environment of this process, without variables that refer to an AWS account. */
function innocuous(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_') && !name.startsWith('CDK_')));
}
