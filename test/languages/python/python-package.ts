import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { fileEndingWith, GeneratedPackage, LOWEST } from '../generated-package';
import { runCommand } from '../run-command';

/** A virtual environment with the package for Python, at the lowest version of CDK that users may have. */
export class PythonPackage {
  /** Generates the package from the sources as they are, and installs it with pyright. */
  public static async installWithPyright(directory: string): Promise<PythonPackage> {
    return this.install(await GeneratedPackage.compile(directory), directory, 'pyright');
  }

  public static async install(generated: GeneratedPackage, directory: string, ...more: string[]): Promise<PythonPackage> {
    const wheel = fileEndingWith(await generated.build('python'), '.whl');
    await runCommand(['python3', '-m', 'venv', 'venv'], directory);
    const installed = new PythonPackage(directory);
    await installed.run('pip', 'install', '--quiet', wheel, `aws-cdk-lib==${LOWEST.cdk}`, `constructs==${LOWEST.constructs}`, ...more);
    return installed;
  }

  private constructor(private readonly directory: string) {}

  /** The path of a command of the virtual environment. */
  public command(name: string): string {
    return join(this.directory, 'venv', 'bin', name);
  }

  /** Runs a command of the virtual environment and returns its output. Fails with the output if the command fails. */
  public run(command: string, ...given: string[]): Promise<string> {
    const environment = { PATH: `${this.command('')}:${process.env.PATH}`, VIRTUAL_ENV: join(this.directory, 'venv') };
    return runCommand([this.command(command), ...given], this.directory, environment);
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
    await runCommand([this.command('python'), app], this.directory, { CDK_OUTDIR: outdir });
    const templates = readdirSync(outdir).filter(file => file.endsWith('.template.json'));
    return Object.fromEntries(templates.map(file => [file.replace('.template.json', ''), JSON.parse(readFileSync(join(outdir, file), 'utf8'))]));
  }
}
