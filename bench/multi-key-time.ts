import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Figure } from './print-figures';
import { Timing } from '../local-aws/ec2/settings/settings';
import { arnOf } from '../local-aws/kms/key';
import { LocalAws } from '../local-aws/local-aws';
import { RESOURCE_TYPES } from '../src/contract';
import { AmiBuildMethod, AmiVolume, MultiKeyAmiBuilder } from 'cdk-encrypted-ami';

/**
 * Seconds of the local AWS in one second of the machine. All builds run at the same time, so the speed can be low: then a call, some
 * milliseconds here, takes as long as a call to EC2, and the machine's computing time is small compared with EC2's.
 */
const SPEED = 5;
/** Milliseconds of the machine between the starts of two builds, because the start of a build needs most computing time. */
const LAUNCH_GAP_MS = 1_500;
const VOLUMES = [1, 3, 10];
/** The data of each volume in GiB, so that EC2 takes minutes. */
const USED_GIB = 15;

interface Build {
  readonly seconds: number;
  /** Calls of EC2. */
  readonly calls: number;
  readonly invocations: number;
}

/** Measures how much longer builds take than EC2 itself, and whether the number of volumes matters. */
export async function multiKeyTime(): Promise<Figure[]> {
  const bench = await MultiKeyBench.start();
  try {
    const builds = (buildMethod: AmiBuildMethod, first: number) => Promise.all(VOLUMES.map(async (count, index) => {
      await new Promise(resolve => setTimeout(resolve, (first + 2 * index) * LAUNCH_GAP_MS));
      return bench.build(buildMethod, count);
    }));
    const all = () => Promise.all([builds(AmiBuildMethod.LAUNCH_INSTANCE, 0), builds(AmiBuildMethod.COPY_SNAPSHOTS, 1)]);
    await bench.withoutEc2Time(all);
    const [byInstance, bySnapshots] = await all();
    return [
      ...figuresOf('by instance', byInstance, bench.pathByInstance()),
      ...figuresOf('by snapshots', bySnapshots, bench.pathBySnapshots()),
    ];
  } finally {
    await bench.stop();
  }
}

function figuresOf(how: string, builds: readonly Build[], least: number): Figure[] {
  const longer = builds[builds.length - 1].seconds / builds[0].seconds;
  return [
    ...builds.map(({ seconds, calls, invocations }, index) => {
      const beyond = (seconds / least - 1) * 100;
      return {
        what: `${VOLUMES[index]} keyed volume${VOLUMES[index] === 1 ? '' : 's'} ${how}: time beyond EC2's own`,
        measured: `${beyond.toFixed(1)} % (${seconds.toFixed(0)} : ${least.toFixed(0)} s; ${calls} EC2 calls, ${invocations} invocations)`,
        budget: '<= 3 %, 100 EC2 calls',
        withinBudget: beyond <= 3 && calls <= 100,
      };
    }),
    { what: `${VOLUMES[VOLUMES.length - 1]} keyed volumes : ${VOLUMES[0]}, ${how}`, measured: longer.toFixed(2), budget: '<= 1.1', withinBudget: longer <= 1.1 },
  ];
}

/** Each build has a stack of its own, which separates calls and invocations. */
class MultiKeyBench {
  public static async start(): Promise<MultiKeyBench> {
    return new MultiKeyBench(await LocalAws.start({ speed: SPEED }));
  }

  private readonly timing: Timing;
  private readonly sourceId: string;
  private readonly volumes: { readonly snapshotId: string; readonly keyArn: string }[];
  /** The directories of the cloud assemblies, which functions need while they run. */
  private readonly directory = mkdtempSync(path.join(tmpdir(), 'multi-key-'));
  private rounds = 0;

  private constructor(private readonly aws: LocalAws) {
    this.timing = { ...aws.ec2.settings.timing };
    this.sourceId = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 8, used: 2 }] }).id;
    this.volumes = Array.from({ length: Math.max(...VOLUMES) }, () => ({
      snapshotId: aws.ec2.addSnapshot({ size: 100, used: USED_GIB }).id,
      keyArn: arnOf(aws.kms.addKey()),
    }));
  }

  /** Deploys with an EC2 that takes no time. Afterwards the functions of each stack are warm, as in a stack that exists. */
  public async withoutEc2Time(what: () => Promise<unknown>): Promise<void> {
    const { timing } = this.aws.ec2.settings;
    const instant = Object.entries(timing).map(([name, value]) => [name, name.endsWith('PerSecond') ? Infinity : Math.min(value, 1)]);
    Object.assign(timing, Object.fromEntries(instant));
    await what();
    Object.assign(timing, this.timing);
    this.rounds += 1;
  }

  /** The duration of the resource, from the events of its stack. Builds of earlier rounds are left unchanged. */
  public async build(buildMethod: AmiBuildMethod, count: number): Promise<Build> {
    const stackName = `Build${count}By${buildMethod.replace('_', '-')}`;
    const handler = new RegExp(`^${stackName}-CdkEncryptedAmiStep`);
    const [callsBefore, invocationsBefore] = [this.aws.log.calls.length, this.aws.lambda.invocations.length];
    const app = new App({ outdir: mkdtempSync(path.join(this.directory, stackName)), analyticsReporting: false });
    const stack = new Stack(app, stackName);
    for (let round = 0; round <= this.rounds; round++) {
      this.define(stack, `Ami${round}`, buildMethod, count);
    }
    const assembly = app.synth();
    const { status, failures, events } = await this.aws.deploy({
      stackName, template: assembly.getStackByName(stackName).template, assetDirectory: assembly.directory,
    });
    if (!/^(CREATE|UPDATE)_COMPLETE$/.test(status)) {
      throw new Error(`the build of ${count} volumes by ${buildMethod} ended with ${status}: ${failures.join('; ')}`);
    }
    const times = events.filter(({ ResourceType }) => ResourceType === RESOURCE_TYPES.multiKeyAmi).map(({ Timestamp }) => Timestamp!.getTime());
    return {
      seconds: (Math.max(...times) - Math.min(...times)) / 1000,
      calls: this.aws.log.calls.slice(callsBefore)
        .filter(({ service, principalArn }) => service === 'ec2' && principalArn.includes(stackName)).length,
      invocations: this.aws.lambda.invocations.slice(invocationsBefore)
        .filter(({ functionName }) => handler.test(functionName)).length,
    };
  }

  /**
   * The time of EC2's own steps in seconds, if each is requested as early as possible: the instance runs before volumes can be attached (EC2
   * creates them meanwhile), it has stopped before CreateImage, the image waits for the snapshot with the most data, and the instance has
   * terminated before the volumes can be deleted, all at the same time.
   */
  public pathByInstance(): number {
    const {
      instanceStart, attachment, instanceStop, snapshotStart, snapshotMebibytesPerSecond, imageRegistration, instanceTermination,
      volumeCreation: volumeDeletion,
    } = this.timing;
    const snapshot = snapshotStart + USED_GIB * 1024 / snapshotMebibytesPerSecond * 1000;
    return (instanceStart + attachment + instanceStop + snapshot + imageRegistration + instanceTermination + volumeDeletion) / 1000;
  }

  /** The copy of the snapshot with the most data, and the registration. */
  public pathBySnapshots(): number {
    const { copyStart, copyMebibytesPerSecond, imageRegistration } = this.timing;
    return (copyStart + USED_GIB * 1024 / copyMebibytesPerSecond * 1000 + imageRegistration) / 1000;
  }

  public async stop(): Promise<void> {
    await this.aws.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private define(stack: Stack, id: string, buildMethod: AmiBuildMethod, count: number): void {
    const key = (arn: string) => stack.node.tryFindChild(arn.slice(-12)) as kms.IKey | undefined ?? kms.Key.fromKeyArn(stack, arn.slice(-12), arn);
    new MultiKeyAmiBuilder(stack, id, {
      sourceImage: { getImage: () => ({ imageId: this.sourceId, osType: ec2.OperatingSystemType.LINUX, userData: ec2.UserData.forLinux() }) },
      buildMethod,
      blockDevices: this.volumes.slice(0, count).map(({ snapshotId, keyArn }, index) => ({
        deviceName: `/dev/sd${String.fromCharCode('f'.charCodeAt(0) + index)}`, volume: AmiVolume.ebsFromSnapshot(snapshotId, { encryptionKey: key(keyArn) }),
      })),
    });
  }
}
