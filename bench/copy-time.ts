import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Figure } from './print-figures';
import { LocalAws } from '../local-aws/local-aws';
import { RESOURCE_TYPES } from '../src/contract';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

const COPIES = 24;
/** Seconds of the local AWS in one of ours: few, so that what this machine computes is small beside what EC2 takes. */
const SPEED = 8;

/** How long the deployment of a copy goes on after EC2 is done with it, through the provider framework and its waiter. */
export async function copyTime(): Promise<Figure[]> {
  const aws = await LocalAws.start({ speed: SPEED });
  const outdir = mkdtempSync(path.join(tmpdir(), 'copy-time-'));
  try {
    const stack = new Stack(new App({ outdir, analyticsReporting: false }), 'Copies');
    for (let copy = 0; copy < COPIES; copy++) {
      // from one minute to four and a half, in steps that the waiter's rhythm has nothing to do with
      const { id } = aws.ec2.addImage({ name: `source ${copy}`, devices: [{ deviceName: '/dev/xvda', size: 40, used: 4 + copy * 0.87 }] });
      new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: ec2.MachineImage.genericLinux({ [aws.region]: id }), useDefaultKey: true });
    }
    const assembly = (stack.node.root as App).synth();
    const { status, failures } = await aws.deploy({
      stackName: stack.stackName, template: assembly.getStackByName(stack.stackName).template as object, assetDirectory: assembly.directory,
    });
    if (status !== 'CREATE_COMPLETE') {
      throw new Error(`the stack is ${status}: ${failures.join('; ')}`);
    }
    const waits = waitsOf(aws, stack.stackName);
    const average = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    return [{
      what: `seconds from EC2 being done to the copy being complete, average of ${waits.length}`,
      measured: `${average.toFixed(1)} (${Math.min(...waits).toFixed(1)} to ${Math.max(...waits).toFixed(1)})`,
      budget: '<= 10',
      kept: waits.length === COPIES && average <= 10,
    }];
  } finally {
    await aws.stop();
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** For each copy, the seconds between the image being available and CloudFormation saying that the resource is complete. */
function waitsOf(aws: LocalAws, stackName: string): number[] {
  const { resources } = aws.cloudFormation.stack(aws, stackName);
  const copies = [...resources.values()].filter(({ type }) => type === RESOURCE_TYPES.encryptedAmiCopy);
  return copies.map(({ attributes, timestamp }) => {
    const image = aws.ec2.image(String(attributes.ImageId))!;
    const snapshots = image.devices.map(({ ebs }) => aws.ec2.snapshot(ebs!.snapshotId!)!.completesAt);
    return (timestamp.getTime() - Math.max(...snapshots) - aws.ec2.settings.timing.imageRegistration) / 1000;
  });
}
