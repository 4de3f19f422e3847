import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { nonDefaultAlternatives, UndocumentedBehavior } from '../../local-aws/ec2/settings/undocumented-behavior';
import { arnOf } from '../../local-aws/kms/key';
import { InstanceAmi } from '../../src';
import { atCall, Deployment } from '../helpers/deployment';
import { sample } from '../setup/nightly';

/** An image of an instance, and one that is copied to a key, must be made, replaced and removed whichever way AWS works where it does not say how. */

/** Behavior of calls that neither CreateImage nor the copy of an own image needs. */
const OTHER_CALLS: (keyof UndocumentedBehavior)[] = [
  'crossRegionWithoutKey', 'kmsKeyIdWithoutEncrypted', 'sourceArnRegion', 'sourceViaService', 'encryptedFalseWithEncryptionByDefault', 'launchedVolumesDeletedOnTermination',
  'deregisterProtectedCode', 'describeDisabledById', 'launchFailureReason', 'copiedSnapshotKeepsLicense',
  'durationTooShort', 'noThroughputCode', 'failedReasonCode', 'failedReasonMessage', 'copiedTagsNeedCreateTags',
  'unsupportedDestinationCode', 'localZoneShownBy', 'relaunchedSpotInstance', 'spotLaunchUsesKeysAs', 'shutdownAfterSpotCancellation',
];

/** Behavior that matters only after an image has failed. */
const OF_FAILURES: (keyof UndocumentedBehavior)[] = ['failedImageKeepsTags', 'failedImageKeepsName', 'failedImageKeepsSnapshots', 'tokenOfDeletedImage'];
const answers = nonDefaultAlternatives().filter(([name]) => !OTHER_CALLS.includes(name));

let account: Deployment;
let instanceId: string;
let keys: string[];
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(async () => {
  keys = [1, 2, 3].map(() => arnOf(account.aws.kms.addKey()));
  const source = account.aws.ec2.addImage({
    name: 'source', devices: ['/dev/xvda', '/dev/sdb'].map((deviceName, index) => ({ deviceName, size: 4, kmsKeyId: keys[index] })),
  }).id;
  const client = new EC2Client(account.aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: source, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  instanceId = Instances![0].InstanceId!;
  account.aws.clock.advance(30_000);
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const both = (contentVersion: string, description = 'one') => (stack: Stack) => {
  const instance = ec2.CfnInstance.fromInstanceId(stack, 'Existing', instanceId);
  const [one, other, wanted] = keys.map((arn, index) => kms.Key.fromKeyArn(stack, `Key${index}`, arn));
  new InstanceAmi(stack, 'Plain', { instance, contentVersion, description });
  new InstanceAmi(stack, 'Keyed', { instance, contentVersion, description, encryptionKey: wanted, sourceEncryptionKeys: [one, other] });
};

/** Made, changed, replaced and removed. */
async function expectLife(): Promise<void> {
  for (const define of [both('1'), both('1', 'other'), both('2', 'other')]) {
    expect((await account.deploy(define)).failures).toEqual([]);
    const { images, snapshots } = account.aws.ec2.counts();
    expect({ images, snapshots }).toEqual({ images: 2, snapshots: 4 });
  }
  expect((await account.destroy()).failures).toEqual([]);
  const { images, snapshots, instances } = account.aws.ec2.counts();
  expect({ images, snapshots, instances }).toEqual({ images: 0, snapshots: 0, instances: 1 });
}

test.each(sample(answers.filter(([name]) => !OF_FAILURES.includes(name)), 4))('%s: %s', async (name, answer) => {
  Object.assign(account.aws.ec2.switches, { [name]: answer });
  await expectLife();
});

test.each(answers.filter(([name]) => OF_FAILURES.includes(name)))('%s: %s, of an image that fails late, which says why, and leaves only what has lost its tags', async (name, answer) => {
  const { aws } = account;
  Object.assign(aws.ec2.switches, { [name]: answer });
  aws.faults.add(atCall(['CreateImage'], () => { Object.assign(aws.kms.find(aws, keys[1])!.key, { state: 'Disabled' }); }));
  const { status, failures: [reason] } = await account.deploy(stack => void new InstanceAmi(stack, 'Plain', {
    instance: ec2.CfnInstance.fromInstanceId(stack, 'Existing', instanceId), sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', keys[1])],
  }));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(reason).toContain(`(${keys[1]}) is disabled. Enable it, or use another key.`);
  expect(aws.log.of('ec2:CreateImage')).toHaveLength(1);
  const { images, snapshots } = aws.ec2.counts();
  expect(images).toBe(answer === false && name === 'failedImageKeepsTags' ? 1 : 0);
  expect(/no longer (has|have) the tag cdk-encrypted-ami:owner/.test(reason)).toBe(images + snapshots > 0);
});

test('nothing is found at once', async () => {
  Object.assign(account.aws.ec2.settings.consistency, {
    readsUntilVisible: 3, untilVisible: 20_000, deregisteredShown: 30_000, snapshotReleased: 20_000, nameReleased: 60_000,
  });
  await expectLife();
});

test('answers are lost', async () => {
  for (const action of ['CreateImage', 'CopyImage', 'DeregisterImage', 'ModifyImageAttribute']) {
    account.aws.faults.add({ matches: `ec2:${action}`, dropResponse: true, times: 1 });
  }
  await expectLife();
});
