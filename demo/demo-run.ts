import { deepStrictEqual, strictEqual } from 'assert';
import { join } from 'path';
import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CdkCli, CdkRun } from '../local-aws/cdk-cli';
import { LocalAws } from '../local-aws/local-aws';
import { EncryptedDevice, describeDevicesOfImage, disksOfInstance, table, tableOfDisks } from '../local-aws/device-report';

const ROOT = join(__dirname, '..');
/** A minute of EC2 is five seconds here: fast enough to wait for, slow enough to watch. */
const SPEED = 12;

/** An example of this folder, and what is done with it. */
export interface DemoScript {
  /** The folder of its app. */
  readonly example: string;
  readonly stack: string;
  run(stage: DemoRun): Promise<void>;
}

/** The disks of the stack's image and of the instance that was launched from it. */
export interface Shown {
  readonly image: readonly EncryptedDevice[];
  readonly instance: readonly EncryptedDevice[];
}

/** An AWS on this machine and the CDK command line as it is, for one example. Nothing leaves the machine; no account is needed. */
export class DemoRun {
  public static async start(play: DemoScript): Promise<void> {
    const aws = await LocalAws.start({ speed: SPEED });
    const app = `${join('node_modules', '.bin', 'tsx')} --tsconfig tsconfig.check.json ${join('examples', play.example, 'app.ts')}`;
    const cli = new CdkCli({ environment: aws.environment(), app, directory: ROOT, onOutput: text => process.stdout.write(text) });
    try {
      await play.run(new DemoRun(aws, cli, play.stack));
    } finally {
      cli.dispose();
      await aws.stop();
    }
  }

  private readonly begin = Date.now();
  private readonly ec2: EC2Client;
  private chapters = 0;

  private constructor(private readonly aws: LocalAws, private readonly cli: CdkCli, private readonly stack: string) {
    this.ec2 = new EC2Client(aws.clientOptions());
  }

  public print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  public async bootstrap(): Promise<void> {
    this.printStep(`cdk bootstrap, on an AWS at ${this.aws.url}`);
    succeeded('cdk bootstrap', await this.cli.bootstrap(this.aws.account, this.aws.region));
  }

  public async deploy(what: string, ...options: string[]): Promise<void> {
    this.printStep(`${['cdk deploy', ...options].join(' ')}: ${what}`);
    succeeded('cdk deploy', await this.cli.deploy(this.stack, '--progress', 'events', ...options));
  }

  public async destroy(): Promise<void> {
    this.printStep('cdk destroy');
    succeeded('cdk destroy', await this.cli.destroy(this.stack));
  }

  /** An output of the stack. */
  public output(name: string): string {
    const found = this.aws.cloudFormation.stack(this.aws, this.stack).outputs.find(({ key }) => key === name);
    strictEqual(typeof found?.value, 'string', `the stack has an output ${name}`);
    return found!.value;
  }

  /** Shows what the stack has made, and holds it against what was asked for: each device is encrypted with its key. */
  public async printAndVerify(keys: Readonly<Record<string, string>>): Promise<Shown> {
    const image = await describeDevicesOfImage(this.ec2, this.output('ImageId'));
    const instance = await disksOfInstance(this.ec2, this.output('InstanceId'));
    this.print(`\n${tableOfDisks([...image, ...instance])}`);
    deepStrictEqual(keysByDevice(image), keys, 'each snapshot of the image is encrypted with the key of its device');
    deepStrictEqual(keysByDevice(instance), keys, 'each volume of the instance is encrypted with the key of its device');
    return { image, instance };
  }

  /** That EC2 knows neither the image nor its snapshots any more. */
  public async verifyDeleted({ image }: Shown): Promise<void> {
    await eventually(async () => {
      const { Images = [] } = await this.ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
      const { Snapshots = [] } = await this.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
      const there = new Set([...Images.map(({ ImageId }) => ImageId), ...Snapshots.map(({ SnapshotId }) => SnapshotId)]);
      deepStrictEqual(image.filter(disk => there.has(disk.of) || there.has(disk.id)), [], 'the image and its snapshots are gone');
    });
  }

  /** Counts what there is in the account, which must be nothing, and ends. */
  public async verifyAccountIsEmpty(): Promise<void> {
    const counts = await eventually(() => {
      const left = this.aws.ec2.counts();
      deepStrictEqual(left, { images: 0, snapshots: 0, volumes: 0, instances: 0 }, 'nothing is left');
      return left;
    });
    this.print(`\n${table(['left in the account', ''], Object.entries(counts).map(([what, count]) => [what, String(count)]))}`);
    const calls = ['ec2', 'kms'].map(service => `${this.aws.log.calls.filter(call => call.service === service).length} to ${service.toUpperCase()}`);
    this.print(`\nDone in ${this.seconds()} s. Calls made: ${calls.join(', ')}.`);
  }

  private printStep(title: string): void {
    this.chapters += 1;
    this.print(`\n=== ${this.chapters}. ${title} (${this.seconds()} s)\n`);
  }

  private seconds(): number {
    return Math.round((Date.now() - this.begin) / 1000);
  }
}

function succeeded(command: string, { exitCode }: CdkRun): void {
  strictEqual(exitCode, 0, `${command} ended with ${exitCode}`);
}

function keysByDevice(disks: readonly EncryptedDevice[]): Record<string, string | undefined> {
  return Object.fromEntries(disks.map(({ device, key }) => [device, key]));
}

/** EC2 still shows for a moment what was deleted. */
async function eventually<T>(check: () => Promise<T> | T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await check();
    } catch (error) {
      if (attempt === 40) {
        throw error;
      }
      await new Promise(resolve => setTimeout(resolve, 250));
    }
  }
}
