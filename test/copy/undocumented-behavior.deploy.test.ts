import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { nonDefaultAlternatives, UndocumentedBehavior } from '../../local-aws/ec2/settings/undocumented-behavior';
import { arnOf } from '../../local-aws/kms/key';
import { atCall, copyOf, Deployment, NOTHING } from '../helpers/deployment';
import { sample } from '../setup/nightly';

/** Where AWS does not say what it does, a copy must work either way: a good one, one with a key that turns out bad, and their removal. */

/** Switches that are about calls that a copy does not make. */
const OTHER_CALLS: (keyof UndocumentedBehavior)[] = [
  'crossRegionWithoutKey', 'kmsKeyIdWithoutEncrypted', 'sourceArnRegion', 'sourceViaService', 'encryptedFalseWithEncryptionByDefault', 'createImageStateCode',
  'launchedVolumesDeletedOnTermination', 'deregisterProtectedCode', 'describeDisabledById', 'launchFailureReason',
  'copiedSnapshotKeepsLicense', 'durationTooShort', 'noThroughputCode',
  // test/copy/outpost-and-local-zone.deploy.test.ts has these
  'unsupportedDestinationCode', 'localZoneShownBy',
  'relaunchedSpotInstance', 'spotLaunchUsesKeysAs', 'shutdownAfterSpotCancellation',
];

type Part = 'good' | 'failing' | 'pending';
/** The tests in which a switch makes a difference; all of them, if a switch is not named here. */
const SHOWS: Partial<Record<keyof UndocumentedBehavior, Part[]>> = {
  failedImageKeepsTags: ['failing'],
  failedImageKeepsName: ['failing'],
  failedImageKeepsSnapshots: ['failing'],
  failedReasonCode: ['failing'],
  failedReasonMessage: ['failing'],
  tokenOfDeletedImage: ['failing'],
  copyNamesAreUnique: ['good'],
  copyProgress: ['good'],
  copiedTagsNeedCreateTags: ['good'],
  requestTagsOnSource: ['good'],
  missingResource: ['good', 'pending'],
  pendingSnapshotDeleted: ['pending'],
  snapshotsOfCanceledCopy: ['pending'],
};
/** The title, the switches, and the tests to run. */
type Answer = [string, Partial<UndocumentedBehavior>, Part[]];

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** Several of the answers that make it hardest to find what failed, at once. */
const HARDEST: Partial<UndocumentedBehavior>[] = [
  { failedImageKeepsTags: false, tokenOfDeletedImage: 'new-image', failedImageKeepsName: false, failedImageKeepsSnapshots: 'without-tags' },
  { failedImageKeepsTags: false, tokenOfDeletedImage: 'mismatch', failedImageKeepsName: false, failedImageKeepsSnapshots: 'none' },
  { failedImageKeepsTags: false, tokenOfDeletedImage: 'old-id', failedImageKeepsSnapshots: 'with-tags' },
];
const answers: Answer[] = [
  ...nonDefaultAlternatives().filter(([name]) => !OTHER_CALLS.includes(name))
    .map(([name, answer]): Answer => [`${name}: ${answer}`, { [name]: answer }, SHOWS[name] ?? ['good', 'failing', 'pending']]),
  ...HARDEST.map((switches): Answer => [JSON.stringify(switches), switches, ['failing']]),
];
const playing = (part: Part) => answers.filter(([,, parts]) => parts.includes(part));

let source: string;
const turn = (switches: Partial<UndocumentedBehavior>) => Object.assign(account.aws.ec2.switches, switches);
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }, { deviceName: '/dev/sdb', size: 6 }] }).id;
});

test.each(sample(playing('good'), 4))('%s: a copy is made, changed, replaced and removed', async (_title, switches) => {
  turn(switches);
  const arn = arnOf(account.aws.kms.addKey());
  const keyed = (description: string) => copyOf(source, stack => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn), description, copySourceTags: true }));
  const byDefault = copyOf(source, { description: 'other', copySourceTags: true });
  expect(await account.deploy(keyed('one'))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(await account.deploy(keyed('other'))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(await account.deploy(byDefault)).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(2);
  expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test.each(sample(playing('failing'), 3))('%s: a copy that fails late says why, and leaves only what has lost its tags, and says so', async (_title, switches) => {
  turn(switches);
  const key = account.aws.kms.addKey();
  account.aws.faults.add(atCall(['CopyImage'], () => { key.state = 'Disabled'; }));
  const result = await account.deploy(copyOf(source, (stack: Stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arnOf(key)) })));
  expect(result.status).toBe('ROLLBACK_COMPLETE');
  const [reason] = result.failures;
  expect(reason).toContain(arnOf(key));
  expect(reason).toContain('is disabled. Enable it, or use another key.');
  account.aws.clock.advance(60 * 60_000);
  const { images, snapshots } = account.aws.ec2.counts();
  expect(images).toBe(switches.failedImageKeepsTags === false ? 1 : 0);
  const held = switches.failedImageKeepsTags === false && switches.failedImageKeepsSnapshots !== 'none';
  expect(snapshots).toBe(held || switches.failedImageKeepsSnapshots === 'without-tags' ? 2 : 0);
  if (images + snapshots > 0) {
    expect(reason).toMatch(
      /\w+-\w+ no longer (has|have) the tag cdk-encrypted-ami:owner, so the handler role is not allowed to delete (it|them)\. Delete (it|them) yourself: `aws ec2 (deregister-image --image-id|delete-snapshot --snapshot-id) \w+-\w+/);
  }
  expect(account.aws.log.of('ec2:CopyImage').length).toBeLessThanOrEqual(2);
});

test.each(sample(playing('pending'), 3))('%s: a pending copy is cancelled', async (_title, switches) => {
  turn(switches);
  const slow = account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] }).id;
  const result = await account.deploy(copyOf(slow, { timeout: Duration.minutes(2) }));
  expect(result.status).toBe('ROLLBACK_COMPLETE');
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test('nothing is found at once', async () => {
  Object.assign(account.aws.ec2.settings.consistency, {
    readsUntilVisible: 3, untilVisible: 20_000, deregisteredShown: 30_000, snapshotReleased: 20_000, nameReleased: 60_000,
  });
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
  const keyed = (arn: string) => copyOf(source, stack => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn) }));
  const [one, other] = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
  expect(await account.deploy(keyed(one))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(await account.deploy(keyed(other))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 1, volumes: 0, instances: 0 });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
