import { execFile } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { StackResult } from '../../local-aws/deployment';
import { LocalAws } from '../../local-aws/local-aws';

const ROOT = join(__dirname, '..', '..');

/** The folders of the examples. */
export const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter(folder => existsSync(join(ROOT, 'examples', folder, 'app.ts'))).sort();

/** An example in an account of the local AWS, without the command line: its app is run as that would, and its one stack deployed. */
export class ExampleApp {
  private readonly directories: string[] = [];
  private stackName?: string;

  public constructor(private readonly aws: LocalAws, private readonly folder: string) {}

  public async deploy(context: Readonly<Record<string, string>> = {}): Promise<StackResult> {
    const outdir = mkdtempSync(join(tmpdir(), 'example-'));
    this.directories.push(outdir);
    // the command line passes the output directory and the context to an app
    await promisify(execFile)(join('node_modules', '.bin', 'tsx'), ['--tsconfig', 'tsconfig.check.json', join('examples', this.folder, 'app.ts')], {
      cwd: ROOT,
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    });
    const { stacks: [{ stackName, template }] } = new CloudAssembly(outdir);
    this.stackName = stackName;
    return this.aws.deploy({ stackName, template: template as object, assetDirectory: outdir });
  }

  public destroy(): Promise<StackResult> {
    return this.aws.destroy(this.stackName!);
  }

  public dispose(): void {
    this.directories.splice(0).forEach(directory => rmSync(directory, { recursive: true, force: true }));
  }
}
