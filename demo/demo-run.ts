import { deepStrictEqual, strictEqual } from 'assert';
import { join } from 'path';
import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CdkCli, CdkRun } from '../local-aws/cdk-cli';
import { EncryptedDevice, describeDevicesOfImage, describeDevicesOfInstance, formatTable, formatDeviceTable } from '../local-aws/device-report';
import { LocalAws } from '../local-aws/local-aws';

const ROOT = join(__dirname, '..');
/** A minute of EC2 takes five seconds here, so that viewers can follow without long waits. */
const SPEED = 12;

/** A script for one of the examples. */
export interface DemoScript {
  /** The folder of the example's app. */
  readonly example: string;
  readonly stack: string;
  run(demo: DemoRun): Promise<void>;
}

/** The devices of the stack's image and of the instance that was launched from it. */
export interface PrintedDevices {
  readonly image: readonly EncryptedDevice[];
  readonly instance: readonly EncryptedDevice[];
}

/** Runs one example with a local AWS and the unmodified CDK command line. Nothing leaves the machine, and no account is needed. */
export class DemoRun {
  public static async start(script: DemoScript): Promise<void> {
    const aws = await LocalAws.start({ speed: SPEED });
    const app = `${join('node_modules', '.bin', 'tsx')} --tsconfig tsconfig.check.json ${join('examples', script.example, 'app.ts')}`;
    const cli = new CdkCli({ environment: aws.environment(), app, directory: ROOT, onOutput: text => process.stdout.write(text) });
    try {
      await script.run(new DemoRun(aws, cli, script.stack));
    } finally {
      cli.dispose();
      await aws.stop();
    }
  }

  private readonly begin = Date.now();
  private readonly ec2: EC2Client;
  private steps = 0;

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

  /** Returns an output of the stack. */
  public output(name: string): string {
    const found = this.aws.cloudFormation.stack(this.aws, this.stack).outputs.find(({ key }) => key === name);
    strictEqual(typeof found?.value, 'string', `the stack has an output ${name}`);
    return found!.value;
  }

  /** Prints the stack's devices, and checks that each is encrypted with the expected key. */
  public async printAndVerify(keys: Readonly<Record<string, string>>): Promise<PrintedDevices> {
    const image = await describeDevicesOfImage(this.ec2, this.output('ImageId'));
    const instance = await describeDevicesOfInstance(this.ec2, this.output('InstanceId'));
    this.print(`\n${formatDeviceTable([...image, ...instance])}`);
    deepStrictEqual(keysByDevice(image), keys, 'each snapshot of the image is encrypted with the key of its device');
    deepStrictEqual(keysByDevice(instance), keys, 'each volume of the instance is encrypted with the key of its device');
    return { image, instance };
  }

  /** Checks that EC2 finds neither the image nor its snapshots. */
  public async verifyDeleted({ image }: PrintedDevices): Promise<void> {
    await eventually(async () => {
      const { Images = [] } = await this.ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
      const { Snapshots = [] } = await this.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
      const there = new Set([...Images.map(({ ImageId }) => ImageId), ...Snapshots.map(({ SnapshotId }) => SnapshotId)]);
      deepStrictEqual(image.filter(device => there.has(device.ownerId) || there.has(device.id)), [], 'the image and its snapshots are gone');
    });
  }

  /** Counts the resources of the account, which must be none, and finishes. */
  public async verifyAccountIsEmpty(): Promise<void> {
    const counts = await eventually(() => {
      const left = this.aws.ec2.counts();
      deepStrictEqual(left, { images: 0, snapshots: 0, volumes: 0, instances: 0 }, 'nothing is left');
      return left;
    });
    this.print(`\n${formatTable(['left in the account', ''], Object.entries(counts).map(([what, count]) => [what, String(count)]))}`);
    const calls = ['ec2', 'kms'].map(service => `${this.aws.log.calls.filter(call => call.service === service).length} to ${service.toUpperCase()}`);
    this.print(`\nDone in ${this.seconds()} s. Calls made: ${calls.join(', ')}.`);
  }

  private printStep(title: string): void {
    this.steps += 1;
    this.print(`\n=== ${this.steps}. ${title} (${this.seconds()} s)\n`);
  }

  private seconds(): number {
    return Math.round((Date.now() - this.begin) / 1000);
  }
}

function succeeded(command: string, { exitCode }: CdkRun): void {
  strictEqual(exitCode, 0, `${command} ended with ${exitCode}`);
}

function keysByDevice(devices: readonly EncryptedDevice[]): Record<string, string | undefined> {
  return Object.fromEntries(devices.map(({ device, key }) => [device, key]));
}

/** EC2 describes deleted resources for a moment. */
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
