import { deepStrictEqual } from 'assert';
import { EC2Client } from '@aws-sdk/client-ec2';
import { CdkCli, CdkRun } from '../../local-aws/cdk-cli';
import { describeDevicesOfImage } from '../../local-aws/device-report';
import { LocalAws } from '../../local-aws/local-aws';
import { inventoryOf } from '../examples/account-inventory';

const STACK = 'Images';

/** An account of the local AWS, and the CDK command line as it is. */
export class LocalAccount {
  public static async start(): Promise<LocalAccount> {
    const account = new LocalAccount(await LocalAws.start({ speed: 120 }));
    try {
      const { aws } = account;
      account.succeeded('bootstrap', await account.cli('.').bootstrap(aws.account, aws.region));
      return account;
    } catch (error) {
      await account.stop();
      throw error;
    }
  }

  private readonly clis: CdkCli[] = [];

  private constructor(private readonly aws: LocalAws) {}

  /** Runs `cdk synth` in the directory of the app. Returns the directory of the cloud assembly. */
  public synthesize(app: string, directory: string, jsiiCache: string): Promise<string> {
    // otherwise each run unpacks CDK into the home directory, which is empty
    const cli = this.cli(directory, app, { JSII_RUNTIME_PACKAGE_CACHE_ROOT: jsiiCache });
    // the resource for it names the language
    return cli.synth('--no-version-reporting');
  }

  /** Deploys a cloud assembly, checks the keys of its AMIs, and destroys it. Throws if anything is left. */
  public async tryOut(assembly: string): Promise<void> {
    const before = inventoryOf(this.aws);
    const cli = this.cli('.', assembly);
    this.succeeded('deploy', await cli.deploy(STACK));
    await this.checkKeys();
    this.succeeded('destroy', await cli.destroy(STACK));
    deepStrictEqual(inventoryOf(this.aws), before, 'nothing is left');
  }

  public async stop(): Promise<void> {
    this.clis.forEach(cli => cli.dispose());
    await this.aws.stop();
  }

  private async checkKeys(): Promise<void> {
    const outputs = this.aws.cloudFormation.stack(this.aws, STACK).outputs;
    const { GoldenId, DatabaseId, SnapshotId, SystemKeyArn, DatabaseKeyArn } = Object.fromEntries(outputs.map(({ key, value }) => [key, value]));
    const expected: [string, Record<string, string>][] = [
      [GoldenId, { '/dev/xvda': SystemKeyArn }],
      [DatabaseId, { '/dev/xvda': SystemKeyArn, '/dev/sdf': DatabaseKeyArn }],
      [SnapshotId, { '/dev/xvda': DatabaseKeyArn, '/dev/sdf': DatabaseKeyArn }],
    ];
    const ec2 = new EC2Client(this.aws.clientOptions());
    try {
      for (const [imageId, keys] of expected) {
        const devices = await describeDevicesOfImage(ec2, imageId);
        deepStrictEqual(Object.fromEntries(devices.map(({ device, key }) => [device, key])), keys, `the keys of ${imageId}`);
      }
    } finally {
      ec2.destroy();
    }
  }

  private cli(directory: string, app?: string, environment: Readonly<Record<string, string>> = {}): CdkCli {
    const cli = new CdkCli({ environment: { ...this.aws.environment(), ...environment }, app, directory });
    this.clis.push(cli);
    return cli;
  }

  private succeeded(command: string, { exitCode, output }: CdkRun): void {
    if (exitCode !== 0) {
      throw new Error(`cdk ${command} ended with ${exitCode}: ${output}`);
    }
  }
}
