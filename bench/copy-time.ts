import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { secondsAfterEc2 } from './long-copy';
import { Figure } from './print-figures';
import { LocalAws } from '../local-aws/local-aws';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

const COPIES = 24;
/** Seconds of the local AWS in one second of the machine: few, so that this machine's computing time is small compared with EC2's. */
const SPEED = 8;

/** Measures how long the deployment of a copy continues after EC2 has finished, through the state machine. */
export async function copyTime(): Promise<Figure[]> {
  const aws = await LocalAws.start({ speed: SPEED });
  const outdir = mkdtempSync(path.join(tmpdir(), 'copy-time-'));
  try {
    const stack = new Stack(new App({ outdir, analyticsReporting: false }), 'Copies');
    for (let copy = 0; copy < COPIES; copy++) {
      // durations from one minute to four and a half, in steps that are unrelated to the handler's interval
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
    const waits = secondsAfterEc2(aws, stack.stackName);
    const average = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    return [{
      what: `seconds from EC2 being done to the copy being complete, average of ${waits.length}`,
      measured: `${average.toFixed(1)} (${Math.min(...waits).toFixed(1)} to ${Math.max(...waits).toFixed(1)})`,
      budget: '<= 10',
      withinBudget: waits.length === COPIES && average <= 10,
    }];
  } finally {
    await aws.stop();
    rmSync(outdir, { recursive: true, force: true });
  }
}
