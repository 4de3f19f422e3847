import { deepStrictEqual, strictEqual } from 'assert';
import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { describeProgress } from './progress';
import { listRequestedAmis, listResources, listStacks, pathOf } from './requested-amis';
import { Screen } from './screen';
import { CdkCli, CdkRun } from '../local-aws/cdk-cli';
import { EncryptedDevice, describeDevicesOfImage, describeDevicesOfInstance } from '../local-aws/device-report';
import { LocalAws } from '../local-aws/local-aws';

/** A minute of EC2 takes five seconds here, so that viewers can follow without long waits. */
const SPEED = 12;
const PROGRESS_INTERVAL_MS = 500;

/** A script for an app. */
export interface DemoScript {
  /** The command that synthesizes the app. */
  readonly app: string;
  readonly directory: string;
  /** Names of the stacks, or `--all`. */
  readonly stacks: readonly string[];
  run(demo: DemoRun): Promise<void>;
}

export interface DemoSettings {
  readonly screen: Screen;
  /** Whether the output of the command line is shown. */
  readonly verbose: boolean;
  /** Adds resources that exist from the beginning. */
  readonly seed?: (aws: LocalAws) => void;
}

/** The devices of the stack's image and of the instance that was launched from it. */
export interface ShownDevices {
  readonly image: readonly EncryptedDevice[];
  readonly instance: readonly EncryptedDevice[];
}

/** Runs one app with a local AWS and the unmodified CDK command line. Nothing leaves the machine, and no account is needed. */
export class DemoRun {
  public static async start(script: DemoScript, settings: DemoSettings): Promise<void> {
    const aws = await LocalAws.start({ speed: SPEED });
    const onOutput = settings.verbose ? (text: string) => settings.screen.write(text) : undefined;
    const cli = new CdkCli({ environment: aws.environment(), app: script.app, directory: script.directory, onOutput });
    try {
      settings.seed?.(aws);
      settings.screen.print(`AWS on this machine: account ${aws.account}, Region ${aws.region}, ${SPEED} times as fast. Nothing leaves the machine.`);
      await script.run(new DemoRun(aws, cli, script.stacks, settings));
    } finally {
      cli.dispose();
      await aws.stop();
    }
  }

  private readonly begin = Date.now();
  private readonly ec2: EC2Client;
  private readonly screen: Screen;
  /** The paths of keys in their apps, by ARN. */
  private readonly keyNames = new Map<string, string>();
  private steps = 0;

  private constructor(
    private readonly aws: LocalAws, private readonly cli: CdkCli, private readonly stacks: readonly string[], private readonly settings: DemoSettings,
  ) {
    this.ec2 = new EC2Client(aws.clientOptions());
    this.screen = settings.screen;
  }

  public async bootstrap(): Promise<void> {
    await this.step('cdk bootstrap', () =>
      // in a folder with cdk.json, the command line synthesizes its app, into that folder if nothing else is said
      this.cli.bootstrap(this.aws.account, this.aws.region, '--output', this.cli.assembly));
  }

  /** Deploys, and prints what was asked and what there is. */
  public async deploy(what: string, ...options: string[]): Promise<void> {
    await this.step(`${['cdk deploy', ...options].join(' ')}: ${what}`, () => this.cli.deploy(...this.stacks, '--progress', 'events', ...options));
    const resources = listResources(this.aws);
    for (const resource of resources.filter(({ type, attributes }) => type === 'AWS::KMS::Key' && typeof attributes.Arn === 'string')) {
      this.keyNames.set(String(resource.attributes.Arn), pathOf(resource));
    }
    const amis = listRequestedAmis(resources, arn => this.nameKey(arn));
    for (const { path, request, imageId } of amis) {
      this.fact('asked', `${path}, ${request}`);
      await this.printDevices('created', imageId, await describeDevicesOfImage(this.ec2, imageId));
    }
    if (amis.length === 0) {
      this.fact('asked', 'no AMI of this library');
    }
    for (const { physicalId } of resources.filter(({ type }) => type === 'AWS::EC2::Instance')) {
      await this.printDevices('launched', physicalId!, await describeDevicesOfInstance(this.ec2, physicalId!));
    }
  }

  public async destroy(...options: string[]): Promise<void> {
    await this.step('cdk destroy', () => this.cli.destroy(...this.stacks, ...options));
  }

  public fact(label: string, text: string): void {
    this.screen.print(`   ${this.screen.style('green', label.padEnd(9))} ${text}`);
  }

  /** Returns an output of the only stack. */
  public output(name: string): string {
    const [stack] = listStacks(this.aws);
    const found = this.aws.cloudFormation.stack(this.aws, stack).outputs.find(({ key }) => key === name);
    strictEqual(typeof found?.value, 'string', `the stack has an output ${name}`);
    return found!.value;
  }

  /** Checks that each device of the image and of the instance that the stack has as outputs is encrypted with the expected key. */
  public async verify(keys: Readonly<Record<string, string>>): Promise<ShownDevices> {
    const image = await describeDevicesOfImage(this.ec2, this.output('ImageId'));
    const instance = await describeDevicesOfInstance(this.ec2, this.output('InstanceId'));
    deepStrictEqual(keysByDevice(image), keys, 'each snapshot of the image is encrypted with the key of its device');
    deepStrictEqual(keysByDevice(instance), keys, 'each volume of the instance is encrypted with the key of its device');
    return { image, instance };
  }

  /** Checks that EC2 finds neither the image nor its snapshots. */
  public async verifyDeleted({ image }: ShownDevices): Promise<void> {
    await eventually(async () => {
      const { Images = [] } = await this.ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
      const { Snapshots = [] } = await this.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
      const there = new Set([...Images.map(({ ImageId }) => ImageId), ...Snapshots.map(({ SnapshotId }) => SnapshotId)]);
      deepStrictEqual(image.filter(device => there.has(device.ownerId) || there.has(device.id)), [], 'the image and its snapshots are gone');
    });
    this.fact('deleted', `${image[0].ownerId} and its ${image.length === 1 ? 'snapshot' : `${image.length} snapshots`}`);
  }

  /** Checks that no resource of EC2 is left, and prints what stays. */
  public async verifyNothingIsLeft(): Promise<void> {
    await eventually(() => deepStrictEqual(this.aws.ec2.counts(), { images: 0, snapshots: 0, volumes: 0, instances: 0 }, 'nothing is left'));
    await this.printWhatIsLeft();
  }

  public async printWhatIsLeft(): Promise<void> {
    const { ec2, kms, lambda: { logStore } } = this.aws;
    await eventually(() => strictEqual(ec2.counts().volumes, 0)).catch(() => undefined);
    this.fact('left', Object.entries(ec2.counts()).map(([what, count]) => `${count} ${what}`).join(', '));
    const logGroups = logStore.names().filter(name => logStore.retention(name) !== undefined);
    if (logGroups.length > 0) {
      this.fact('', `${logGroups.map(name => `log group ${name}, which keeps its lines for ${logStore.retention(name)} days`).join('; ')}`);
    }
    const keys = [...this.keyNames].filter(([arn]) => kms.find(this.aws, arn)?.key.state === 'Enabled');
    if (keys.length > 0) {
      this.fact('', `${keys.map(([, path]) => path).join(', ')}: CDK retains keys, unless their removalPolicy says otherwise`);
    }
    this.screen.print(`\nDone in ${Math.round((Date.now() - this.begin) / 1000)} s.`);
  }

  private async step(title: string, run: () => Promise<CdkRun>): Promise<void> {
    this.steps += 1;
    this.screen.print(`\n${this.screen.style('bold', `${this.steps}. ${title}`)}`);
    const began = Date.now();
    const seconds = () => Math.round((Date.now() - began) / 1000);
    const command = run();
    let isRunning = true;
    void command.finally(() => { isRunning = false; }).catch(() => undefined);
    while (isRunning) {
      const text = this.settings.verbose ? '' : await describeProgress(this.aws, this.ec2).catch(() => '');
      if (isRunning && text !== '') {
        this.screen.progress(seconds(), text);
      }
      await Promise.race([command.catch(() => undefined), new Promise(resolve => setTimeout(resolve, PROGRESS_INTERVAL_MS))]);
    }
    const { exitCode, output } = await command;
    if (exitCode !== 0) {
      this.printFailure(output);
      throw new Error(`${title} ended with ${exitCode}${this.settings.verbose ? '' : '; --verbose shows every event'}`);
    }
    this.fact('done', `in ${seconds()} s`);
  }

  /** The reasons in the events of CloudFormation, or all that the command line has written if it came to no event. */
  private printFailure(output: string): void {
    const { StackSummaries = [] } = this.aws.cloudFormation.listStacks(this.aws, {});
    const events = StackSummaries.flatMap(({ StackId }) => this.aws.cloudFormation.stack(this.aws, StackId!, true).events);
    const failed = events.filter(({ ResourceStatus, ResourceStatusReason, ResourceType }) => ResourceStatus?.endsWith('_FAILED')
      && ResourceType !== 'AWS::CloudFormation::Stack' && ResourceStatusReason !== undefined && !/^Resource (creation|update) cancelled/i.test(ResourceStatusReason));
    for (const { LogicalResourceId, ResourceStatusReason } of failed) {
      this.screen.print(`   ${this.screen.style('red', 'failed'.padEnd(9))} ${LogicalResourceId}: ${ResourceStatusReason}`);
    }
    if (failed.length === 0 && !this.settings.verbose) {
      this.screen.print(output);
    }
  }

  private async printDevices(label: string, id: string, devices: readonly EncryptedDevice[]): Promise<void> {
    this.fact(label, id);
    for (const { device, id: part, gibibytes, encrypted, key } of devices) {
      const encryption = !encrypted ? 'not encrypted' : key === undefined ? 'encrypted' : `encrypted with ${this.nameKey(key)}`;
      this.fact('', `${device.padEnd(9)} ${part}  ${String(gibibytes).padStart(3)} GiB  ${encryption}`);
    }
  }

  /** The path in the app, and enough of the ID to tell keys apart. */
  private nameKey(arn: string): string {
    const id = arn.replace(/^arn:.*?:(key|alias)\//, '');
    const path = this.keyNames.get(arn);
    return path === undefined ? arn : `${path.split('/').slice(1).join('/') || path} (${id.slice(0, 8)}…)`;
  }
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
