import { execFile } from 'child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { CdkCli, CdkRun } from '../../local-aws/cdk-cli';
import { LocalAws } from '../../local-aws/local-aws';
import { ROOT } from '../docs/pages';
import { Inventory, inventoryOf } from '../examples/account-inventory';

/** A person with an account, the CDK command line, the AWS CLI, and one app in a directory outside of this project. */
export class Visitor {
  public static async start(): Promise<Visitor> {
    const visitor = new Visitor(await LocalAws.start({ speed: 120 }));
    const { exitCode, output } = await visitor.cli.bootstrap(visitor.aws.account, visitor.aws.region);
    if (exitCode !== 0) {
      throw new Error(`cdk bootstrap ended with ${exitCode}: ${output}`);
    }
    return visitor;
  }

  private readonly directory = mkdtempSync(join(tmpdir(), 'journey-'));
  private readonly cli: CdkCli;

  private constructor(public readonly aws: LocalAws) {
    symlinkSync(join(ROOT, 'node_modules'), join(this.directory, 'node_modules'));
    const app = `${join('node_modules', '.bin', 'tsx')} --tsconfig ${join(ROOT, 'tsconfig.check.json')} app.ts`;
    this.cli = new CdkCli({ environment: aws.environment(), app, directory: this.directory });
  }

  public write(app: string): void {
    writeFileSync(join(this.directory, 'app.ts'), app);
  }

  /** `cdk deploy`, which must succeed. Returns the outputs. */
  public async deploy(stackName: string): Promise<Record<string, string>> {
    const { exitCode, output } = await this.cli.deploy(stackName);
    if (exitCode !== 0) {
      throw new Error(`cdk deploy ended with ${exitCode}: ${output}`);
    }
    return Object.fromEntries(this.aws.cloudFormation.stack(this.aws, stackName).outputs.map(({ key, value }) => [key, value]));
  }

  /** `cdk deploy`, which must fail. Returns what it prints in one line, for terminals of every width. */
  public async failToDeploy(stackName: string): Promise<string> {
    const { exitCode, output } = await this.cli.deploy(stackName, '--progress', 'events');
    if (exitCode === 0) {
      throw new Error(`cdk deploy succeeded: ${output}`);
    }
    return output.replace(/\s+/g, ' ');
  }

  public diff(stackName: string): Promise<CdkRun> {
    return this.cli.diff(stackName);
  }

  public destroy(stackName: string): Promise<CdkRun> {
    return this.cli.destroy(stackName);
  }

  /** Runs a command of a page in a shell, with the credentials of an account. Returns its output. */
  public async shell(command: string, account = this.aws.account): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: this.directory, NO_PROXY: '127.0.0.1', ...this.aws.environment({ account }) };
    return (await promisify(execFile)('sh', ['-c', command], { env, cwd: this.directory })).stdout;
  }

  public inventory(): Inventory {
    return inventoryOf(this.aws);
  }

  /** The key of each device of an AMI. */
  public keysOf(imageId: string): Record<string, string | undefined> {
    return Object.fromEntries(this.aws.ec2.image(imageId)!.devices.filter(({ ebs }) => ebs?.snapshotId)
      .map(({ deviceName, ebs }) => [deviceName, this.aws.ec2.snapshot(ebs!.snapshotId!)!.kmsKeyId]));
  }

  public hasImage(imageId: string): boolean {
    return this.aws.ec2.image(imageId)?.state === 'available';
  }

  /** AWS publishes an AMI in a public SSM parameter. */
  public publish(parameter: string, imageId: string): void {
    const { ec2 } = this.aws;
    const published = ec2.publicParameters.bind(ec2);
    ec2.publicParameters = region => ({ ...published(region), [parameter]: imageId });
  }

  public async stop(): Promise<void> {
    this.cli.dispose();
    await this.aws.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
