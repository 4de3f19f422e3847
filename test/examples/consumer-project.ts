import { mkdtempSync, rmSync, symlinkSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Inventory, inventoryOf, stacksOf } from './account-inventory';
import { CdkCli, CdkRun } from '../../local-aws/cdk-cli';
import { LocalAws } from '../../local-aws/local-aws';

const ROOT = join(__dirname, '..', '..');
/** By this name a path to this project has nothing in it that a shell would take for something else. */
const PROJECT = 'project';

/** Somebody with an account, the CDK command line as it is, and an app. */
export class ConsumerProject {
  public static async start(): Promise<ConsumerProject> {
    const project = new ConsumerProject(await LocalAws.start({ speed: 120 }));
    const { exitCode, output } = await project.cli().bootstrap(project.aws.account, project.aws.region);
    if (exitCode !== 0) {
      throw new Error(`cdk bootstrap ended with ${exitCode}: ${output}`);
    }
    return project;
  }

  private readonly clis: CdkCli[] = [];
  /** Not the folder of this project: the command line keeps what it has looked up where it runs. */
  private readonly directory = mkdtempSync(join(tmpdir(), 'consumer-'));

  private constructor(public readonly aws: LocalAws) {
    symlinkSync(ROOT, join(this.directory, PROJECT));
  }

  /** The command line for an app, by its file in this project or by what it was synthesized to. */
  public cli(app?: string): CdkCli {
    const command = app?.endsWith('.ts') ? commandOf(join(PROJECT, app)) : app;
    const cli = new CdkCli({ environment: this.aws.environment(), app: command, directory: this.directory });
    this.clis.push(cli);
    return cli;
  }

  /** `cdk destroy` of what the command line deployed last, without synthesizing again. */
  public destroy(deployed: CdkCli): Promise<CdkRun> {
    return this.cli(deployed.assembly).destroy('--all');
  }

  /** The stacks of apps, by their names. */
  public stacks(): string[] {
    return stacksOf(this.aws);
  }

  /** The outputs of all stacks of apps. */
  public outputs(): Record<string, string> {
    const outputs = this.stacks().flatMap(stack => this.aws.cloudFormation.stack(this.aws, stack).outputs);
    return Object.fromEntries(outputs.map(({ key, value }) => [key, value]));
  }

  public unknownTypes(): string[] {
    return this.stacks().flatMap(stack => [...this.aws.cloudFormation.stack(this.aws, stack).unknownTypes]);
  }

  public inventory(): Inventory {
    return inventoryOf(this.aws);
  }

  public async stop(): Promise<void> {
    this.clis.forEach(cli => cli.dispose());
    await this.aws.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function commandOf(app: string): string {
  return `${join(PROJECT, 'node_modules', '.bin', 'tsx')} --tsconfig ${join(PROJECT, 'tsconfig.check.json')} ${app}`;
}
