import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../src';
import { Deployment, imageIn, imageWithId } from '../helpers/deployment';
import { orDefaultKey } from '../helpers/stacks';

/** Copies that are to be done in a time: what is known of them before the copy and after it. */

const GIBIBYTE = 1024;
let account: Deployment;
beforeAll(async () => { account = await Deployment.start({ speed: 720 }); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** An image of devices with so much data, in GiB. */
const image = (...used: number[]) => account.aws.ec2.addImage({
  name: 'source', devices: used.map((gibibytes, index) => ({ deviceName: `/dev/sd${'abcdefgh'[index]}`, size: Math.max(1, Math.ceil(gibibytes)), used: gibibytes })),
}).id;

async function copy(id: string, props: Partial<EncryptedAmiCopyProps>, more: (stack: Stack) => void = () => undefined) {
  return account.deploy(stack => {
    const made = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(id), ...orDefaultKey(props) });
    if (made.imageCompletionDurationMet !== undefined) {
      new CfnOutput(stack, 'Met', { value: made.imageCompletionDurationMet });
    }
    more(stack);
  });
}

const minutes = (count: number) => ({ completionDuration: Duration.minutes(count) });

describe('before the copy', () => {
  test('one of two snapshots that is too large, where EC2 refuses it', async () => {
    account.aws.ec2.switches.durationTooShort = 'refused';
    const { failures } = await copy(image(1, 600_000 / GIBIBYTE), { ...minutes(15), timeout: Duration.minutes(50) });
    expect(failures.join()).toMatch(/ within the `completionDuration` of 15 minutes\. `completionDuration` of 15 minutes is too short for snap-\w+ \(\/dev\/sdb, 586 GiB\)/);
    expect(failures.join()).toMatch(/Use at least 30 minutes, or remove `completionDuration`\. \(EC2 InvalidParameterValue: /);
  });

  test('one snapshot that is too large, where EC2 copies it late', async () => {
    const { failures, outputs } = await copy(image(600_000 / GIBIBYTE), { ...minutes(15), timeout: Duration.minutes(50) });
    expect(failures).toEqual([]);
    expect(outputs.Met).toBe('false');
  });
});

describe('after the copy', () => {
  test('each snapshot had the time, and it was met', async () => {
    const { failures, outputs } = await copy(image(100, 200), minutes(15));
    expect(failures).toEqual([]);
    expect(outputs.Met).toBe('true');
    expect(account.aws.log.of('ec2:CopyImage')[0].input).toMatchObject({ SnapshotCopyCompletionDurationMinutes: 15 });
  });

  test('a change of the time leaves the image that exists', async () => {
    const id = image(10);
    const first = await copy(id, minutes(15), stack => new CfnOutput(stack, 'Id', { value: (stack.node.findChild('Copy') as EncryptedAmiCopy).imageId }));
    const second = await copy(id, minutes(30), stack => new CfnOutput(stack, 'Id', { value: (stack.node.findChild('Copy') as EncryptedAmiCopy).imageId }));
    expect(second.outputs).toEqual(first.outputs);
    expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(1);
  });

  test('from another Region', async () => {
    const source = account.aws.ec2.addImage({ region: 'eu-west-1', name: 'far', devices: [{ deviceName: '/dev/xvda', size: 100, used: 100 }] }).id;
    const { failures, outputs } = await account.deploy(stack => {
      const made = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageIn('eu-west-1', source), sourceRegion: 'eu-west-1', useDefaultKey: true, ...minutes(15) });
      new CfnOutput(stack, 'Met', { value: made.imageCompletionDurationMet! });
    });
    expect(failures).toEqual([]);
    expect(outputs.Met).toBe('true');
  });
});

test.each(['ResourceLimitExceeded', 'InvalidRequest'] as const)('with no throughput left, the copy waits until there is some (%s)', async noThroughputCode => {
  account.aws.ec2.switches.noThroughputCode = noThroughputCode;
  account.aws.ec2.settings.limits.timeBasedMebibytesPerSecond = 0;
  const deployed = copy(image(10), minutes(15));
  while (account.aws.log.of('ec2:CopyImage').length < 2) {
    await account.aws.clock.sleep(1_000);
  }
  account.aws.ec2.settings.limits.timeBasedMebibytesPerSecond = 2_000;
  expect((await deployed).failures).toEqual([]);
});

test('two copies of one image go one after the other, so that the second is late', async () => {
  const id = image(20);
  const { failures, outputs } = await account.deploy(stack => {
    for (const name of ['One', 'Two']) {
      const made = new EncryptedAmiCopy(stack, name, { sourceImage: imageWithId(id), useDefaultKey: true, ...minutes(15) });
      new CfnOutput(stack, `${name}Met`, { value: made.imageCompletionDurationMet! });
    }
  });
  expect(failures).toEqual([]);
  expect([outputs.OneMet, outputs.TwoMet].sort()).toEqual(['false', 'true']);
});
