import { join } from 'path';
import { CdkCli, CdkRun } from '../../local-aws/cdk-cli';
import { LocalAws } from '../../local-aws/local-aws';

const ROOT = join(__dirname, '..', '..');

/** Everything that a deployment makes, as far as the local AWS can count it. Keys are not: they outlive their stack, as CDK has it. */
export interface Inventory {
  readonly stacks: string[];
  readonly ec2: object;
  readonly functions: string[];
  readonly waiters: string[];
  readonly logGroups: string[];
  readonly roles: string[];
}

/** Somebody with an account, the CDK command line as it is, and an app. */
export class Stranger {
  public static async start(): Promise<Stranger> {
    const stranger = new Stranger(await LocalAws.start({ speed: 120 }));
    const { exitCode, output } = await stranger.cli().bootstrap(stranger.aws.account, stranger.aws.region);
    if (exitCode !== 0) {
      throw new Error(`cdk bootstrap ended with ${exitCode}: ${output}`);
    }
    return stranger;
  }

  private readonly clis: CdkCli[] = [];

  private constructor(public readonly aws: LocalAws) {}

  /** The command line for an app, by its file or by what it was synthesized to. */
  public cli(app?: string): CdkCli {
    const command = app?.endsWith('.ts') ? `${join('node_modules', '.bin', 'tsx')} --tsconfig tsconfig.check.json ${app}` : app;
    const cli = new CdkCli({ environment: this.aws.environment(), app: command, directory: ROOT });
    this.clis.push(cli);
    return cli;
  }

  /** `cdk destroy` of what the command line deployed last, without synthesizing again. */
  public destroy(deployed: CdkCli): Promise<CdkRun> {
    return this.cli(deployed.assembly).destroy('--all');
  }

  /** The stacks of apps, by their names. */
  public stacks(): string[] {
    const { StackSummaries = [] } = this.aws.cloudFormation.listStacks(this.aws, {});
    return StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(({ StackName }) => StackName!).filter(name => name !== 'CDKToolkit');
  }

  public output(name: string): string | undefined {
    const outputs = this.stacks().flatMap(stack => this.aws.cloudFormation.stack(this.aws, stack).outputs);
    return outputs.find(({ key }) => key === name)?.value;
  }

  public unknownTypes(): string[] {
    return this.stacks().flatMap(stack => [...this.aws.cloudFormation.stack(this.aws, stack).unknownTypes]);
  }

  public inventory(): Inventory {
    // what was deleted while it was pending goes when it is complete
    this.aws.clock.advance(24 * 60 * 60_000);
    return {
      stacks: this.stacks(),
      ec2: this.aws.ec2.counts(),
      functions: this.aws.lambda.names(),
      waiters: this.aws.states.arns(),
      logGroups: this.aws.lambda.logStore.names(),
      roles: this.aws.iam.roleArns().sort(),
    };
  }

  public async stop(): Promise<void> {
    this.clis.forEach(cli => cli.dispose());
    await this.aws.stop();
  }
}
