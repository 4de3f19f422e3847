import { execFile } from 'child_process';
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'fs';
import { join } from 'path';
import { promisify } from 'util';

const ROOT = join(__dirname, '..', '..', '..');
/** Compiling, packing or installing takes a minute or two. */
const STEP_TIMEOUT_MS = 10 * 60_000;

/** A virtual environment with the package for Python, generated from the sources as they are, and with pyright. */
export class PythonPackage {
  /** `directory` is empty, and outside of this project: jsii and pip write into their working directory. */
  public static async install(directory: string): Promise<PythonPackage> {
    const project = join(directory, 'project');
    for (const part of ['src', 'assets', 'package.json', 'tsconfig.json', 'README.md', 'LICENSE', 'API.md']) {
      cpSync(join(ROOT, part), join(project, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    const bin = join(project, 'node_modules', '.bin');
    await run(join(bin, 'jsii'), ['--silence-warnings=reserved-word'], project);
    // pip builds the package: pacmak would install its own tools first
    await run(join(bin, 'jsii-pacmak'), ['--target', 'python', '--code-only', '--no-npmignore', '--outdir', join(directory, 'generated')], project);
    await run('python3', ['-m', 'venv', 'venv'], directory);
    const installed = new PythonPackage(directory);
    // the lowest version of CDK that users may have
    await installed.run('pip', 'install', '--quiet', join(directory, 'generated', 'python'), `aws-cdk-lib==${lowestCdkVersion()}`, 'pyright');
    return installed;
  }

  private constructor(private readonly directory: string) {}

  /** Runs a command of the virtual environment and returns its output. Fails with the output if the command fails. */
  public run(command: string, ...given: string[]): Promise<string> {
    const bin = join(this.directory, 'venv', 'bin');
    return run(join(bin, command), given, this.directory, { PATH: `${bin}:${process.env.PATH}`, VIRTUAL_ENV: join(this.directory, 'venv') });
  }

  /** Writes a file beside the virtual environment and returns its path. */
  public write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** The templates that the app synthesizes. */
  public async synthesize(app: string): Promise<Record<string, { Resources: Record<string, { Type: string }> }>> {
    const outdir = join(this.directory, 'cdk.out');
    await run(join(this.directory, 'venv', 'bin', 'python'), [app], this.directory, { CDK_OUTDIR: outdir });
    const templates = readdirSync(outdir).filter(file => file.endsWith('.template.json'));
    return Object.fromEntries(templates.map(file => [file.replace('.template.json', ''), JSON.parse(readFileSync(join(outdir, file), 'utf8'))]));
  }
}

function lowestCdkVersion(): string {
  const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return peerDependencies['aws-cdk-lib'].replace('^', '');
}

async function run(command: string, given: string[], cwd: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const options = { cwd, env: { ...process.env, ...environment }, timeout: STEP_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  try {
    const { stdout } = await promisify(execFile)(command, given, options);
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${given.join(' ')} failed: ${String(error)}\n${stdout ?? ''}\n${stderr ?? ''}`);
  }
}
