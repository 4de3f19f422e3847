import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Figure } from './print-figures';
import { UndocumentedBehavior } from '../local-aws/ec2/settings/undocumented-behavior';
import { LocalAws } from '../local-aws/local-aws';
import { RESOURCE_TYPES } from '../src/contract';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/**
 * Seconds of the local AWS in one second of the machine. Where seconds count, few, so that this machine's computing time is small compared with EC2's.
 */
const SPEED = { even: 10, stands: 40, absent: 40 };
const COPIES = 5;
const MINUTES = 20;
/** US dollars for 1,000 state transitions of a Standard workflow in us-east-1: "AWS Step Functions Pricing", as of 2026-11. */
const PRICE_OF_1000_TRANSITIONS = 0.025;

interface Run {
  /** For each copy, the seconds from the available image to CloudFormation's CREATE_COMPLETE. */
  readonly late: readonly number[];
  readonly invocations: number;
  readonly transitions: number;
}

/** Copies of 20 minutes through the state machine, where EC2 tells their progress and where it does not. */
export async function longCopy(): Promise<Figure[]> {
  const [even, stands, absent] = [await run('even'), await run('stands'), await run('absent')];
  return [
    // where EC2 tells no progress, a few per cent of the copy
    ...figuresOf('progress moves', even, 3, 30), ...figuresOf('progress stands', stands, 60, 60), ...figuresOf('no progress', absent, 60, 60),
  ];
}

function figuresOf(how: string, { late, invocations, transitions }: Run, maxLate: number, maxInvocations: number): Figure[] {
  const average = late.reduce((sum, seconds) => sum + seconds, 0) / late.length;
  const price = transitions / COPIES / 1000 * PRICE_OF_1000_TRANSITIONS;
  return [
    {
      what: `copy of ${MINUTES} minutes, ${how}: seconds after EC2, average of ${COPIES}`,
      measured: `${average.toFixed(1)} (${Math.min(...late).toFixed(1)} to ${Math.max(...late).toFixed(1)})`,
      budget: `<= ${maxLate}`,
      withinBudget: average <= maxLate,
    },
    {
      what: `copy of ${MINUTES} minutes, ${how}: invocations for each`,
      measured: `${(invocations / COPIES).toFixed(1)} (${(transitions / COPIES).toFixed(0)} state transitions, ${(price * 100).toFixed(2)} US cents)`,
      budget: `<= ${maxInvocations}`,
      withinBudget: invocations / COPIES <= maxInvocations,
    },
  ];
}

async function run(copyProgress: UndocumentedBehavior['copyProgress']): Promise<Run> {
  const aws = await LocalAws.start({ speed: SPEED[copyProgress], switches: { copyProgress } });
  const outdir = mkdtempSync(path.join(tmpdir(), 'long-copy-'));
  try {
    const { copyStart, copyMebibytesPerSecond, imageRegistration } = aws.ec2.settings.timing;
    const stack = new Stack(new App({ outdir, analyticsReporting: false }), 'Copies');
    for (let copy = 0; copy < COPIES; copy++) {
      // a few seconds apart, unrelated to the handler's waits
      const seconds = MINUTES * 60 + copy * 13 - (copyStart + imageRegistration) / 1000;
      const used = seconds * copyMebibytesPerSecond / 1024;
      const { id } = aws.ec2.addImage({ name: `source ${copy}`, devices: [{ deviceName: '/dev/xvda', size: Math.ceil(used), used }] });
      new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: ec2.MachineImage.genericLinux({ [aws.region]: id }), useDefaultKey: true });
    }
    const assembly = (stack.node.root as App).synth();
    const { status, failures } = await aws.deploy({
      stackName: stack.stackName, template: assembly.getStackByName(stack.stackName).template as object, assetDirectory: assembly.directory,
    });
    if (status !== 'CREATE_COMPLETE') {
      throw new Error(`the stack is ${status}: ${failures.join('; ')}`);
    }
    return {
      late: secondsAfterEc2(aws, stack.stackName),
      invocations: aws.lambda.invocations.length,
      transitions: aws.stepFunctions.executions.reduce((sum, { transitions }) => sum + transitions, 0),
    };
  } finally {
    await aws.stop();
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** For each copy, the seconds from the available image to CloudFormation's CREATE_COMPLETE. */
export function secondsAfterEc2(aws: LocalAws, stackName: string): number[] {
  const { resources } = aws.cloudFormation.stack(aws, stackName);
  const copies = [...resources.values()].filter(({ type }) => type === RESOURCE_TYPES.encryptedAmiCopy);
  return copies.map(({ attributes, timestamp }) => {
    const image = aws.ec2.image(String(attributes.ImageId))!;
    const snapshots = image.devices.map(({ ebs }) => aws.ec2.snapshot(ebs!.snapshotId!)!.completesAt);
    return (timestamp.getTime() - Math.max(...snapshots) - aws.ec2.settings.timing.imageRegistration) / 1000;
  });
}
