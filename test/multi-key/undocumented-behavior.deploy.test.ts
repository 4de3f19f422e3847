import { EC2Client, EnableEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { Size, Stack, Tags } from 'aws-cdk-lib';
import { AwsError } from '../../local-aws/aws-call';
import { ALTERNATIVES, UndocumentedBehavior } from '../../local-aws/ec2/settings/undocumented-behavior';
import { arnOf, Key } from '../../local-aws/kms/key';
import { MultiKeyAmiBuilder, AmiVolume, AmiBuildMethod } from '../../src';
import { atCall, buildOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';
import { sample } from '../setup/nightly';

/** Where AWS does not say what it does, a build must work either way, by both methods: a good one, one whose key turns out bad, and their removal. */

const OTHER_ACCOUNT = '210987654321';
const METHODS = [AmiBuildMethod.LAUNCH_INSTANCE, AmiBuildMethod.COPY_SNAPSHOTS];

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** An image with a device that is encrypted and one that is not; of another account if one is said. */
function sourceOf(owner = account.aws.account): { readonly imageId: string; readonly sourceKey: string } {
  const { ec2, kms } = account.aws;
  const Principal = { AWS: [owner, account.aws.account].map(id => `arn:aws:iam::${id}:root`) };
  const sourceKey = arnOf(kms.addKey({
    account: owner, policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }] }),
  }));
  const image = ec2.addImage({
    account: owner,
    name: 'source',
    devices: [{ deviceName: '/dev/xvda', size: 2 }, { deviceName: '/dev/sdb', size: 2, kmsKeyId: sourceKey }, { deviceName: '/dev/sdc', size: 2 }],
  });
  if (owner !== account.aws.account) {
    ec2.shareImage(image, account.aws.account);
    ec2.shareSnapshots(image, account.aws.account);
  }
  return { imageId: image.id, sourceKey };
}

interface Declared {
  readonly source: ReturnType<typeof sourceOf>;
  readonly key: string;
  readonly stage: string;
}

/** The same image by both methods, in one stack. */
function bothMethods({ source, key, stage }: Declared): (stack: Stack) => void {
  return stack => METHODS.forEach(buildMethod => {
    const ami = new MultiKeyAmiBuilder(stack, buildMethod, {
      sourceImage: imageWithId(source.imageId),
      buildMethod,
      rootVolume: { encryptionKey: keyWithArn(stack, key) },
      sourceEncryptionKeys: [keyWithArn(stack, source.sourceKey)],
      blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, key) }) }],
      description: stage,
    });
    Tags.of(ami).add('stage', stage);
  });
}

/** Made, changed in place, replaced, removed. */
async function live(source: Declared['source']): Promise<void> {
  const [one, other] = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
  const made = () => account.aws.log.calls.filter(({ action, error }) => ['CreateImage', 'RegisterImage'].includes(action) && !error).length;
  const lives: [Declared, string, number][] = [
    [{ source, key: one, stage: 'test' }, 'CREATE_COMPLETE', 2],
    [{ source, key: one, stage: 'live' }, 'UPDATE_COMPLETE', 2],
    [{ source, key: other, stage: 'live' }, 'UPDATE_COMPLETE', 4],
  ];
  for (const [declared, status, images] of lives) {
    expect(await account.deploy(bothMethods(declared))).toMatchObject({ status, failures: [] });
    expect(made()).toBe(images);
    expect(account.aws.ec2.counts()).toEqual({ images: 2, snapshots: 8, volumes: 0, instances: 0 });
  }
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}

/** The answer at a place of each question's list, or the last one that there is. */
const answersAt = (place: number) => Object.fromEntries(Object.entries(ALTERNATIVES)
  .map(([name, answers]) => [name, answers[Math.min(place, answers.length - 1)]])) as unknown as UndocumentedBehavior;

describe('a build is created, updated and deleted', () => {
  // the switches that concern a build are independent of each other, but deleted resources are read in many places
  test.each<[string, () => Partial<UndocumentedBehavior>]>([
    ['with all the second answers', () => answersAt(1)],
    ['with all the last answers, where what is not there is not found', () => ({ ...answersAt(2), missingResource: 'not-found' })],
  ])('%s', async (_title, answers) => {
    Object.assign(account.aws.ec2.switches, answers());
    const client = new EC2Client(account.aws.clientOptions());
    await client.send(new EnableEbsEncryptionByDefaultCommand({}));
    client.destroy();
    await live(sourceOf());
  });

  test('of an image that another account shares, with all the second answers', async () => {
    Object.assign(account.aws.ec2.switches, answersAt(1));
    await live(sourceOf(OTHER_ACCOUNT));
  });

  test('where nothing is found at once', async () => {
    Object.assign(account.aws.ec2.settings.consistency, {
      readsUntilVisible: 3, untilVisible: 20_000, deregisteredShown: 30_000, snapshotReleased: 20_000, nameReleased: 60_000,
    });
    await live(sourceOf());
  });

  test.each([['IncorrectInstanceState'], ['IncorrectState']])('where CreateImage finds the builder not stopped yet: %s', async code => {
    account.aws.faults.add({ matches: 'ec2:CreateImage', error: new AwsError(code, "The instance is not in the 'running' or 'stopped' state."), times: 2 });
    const { imageId } = sourceOf();
    const key = arnOf(account.aws.kms.addKey());
    const result = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(imageId), blockDevices: [{ deviceName: '/dev/sdb', mappingEnabled: false }], rootVolume: { encryptionKey: keyWithArn(stack, key) },
    })));
    expect(result).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(account.aws.log.of('ec2:CreateImage').map(({ error }) => error)).toEqual([code, code, undefined]);
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
  });
});

/** Of an image that failed, what the handler may not remove, because it has lost the owner's tag. */
interface Left {
  readonly images: number;
  readonly snapshots: number;
}

const failures: [string, Partial<UndocumentedBehavior>, AmiBuildMethod, string, Left][] = [
  ['a launch that does not name the key', { launchFailureReason: ALTERNATIVES.launchFailureReason[1] }, AmiBuildMethod.LAUNCH_INSTANCE, 'RunInstances', NOTHING],
  ['a volume that vanishes', { missingResource: 'unauthorized' }, AmiBuildMethod.LAUNCH_INSTANCE, 'CreateVolume', NOTHING],
  ['an image that fails, and names no key', { failedReasonCode: 'Server.InternalError' }, AmiBuildMethod.LAUNCH_INSTANCE, 'CreateImage', NOTHING],
  ['an image that fails, and its snapshots go', { failedImageKeepsSnapshots: 'none' }, AmiBuildMethod.LAUNCH_INSTANCE, 'CreateImage', NOTHING],
  ['an image that fails, and loses its name', { failedImageKeepsName: false }, AmiBuildMethod.LAUNCH_INSTANCE, 'CreateImage', NOTHING],
  [
    'an image that fails, whose snapshots lose their tags', { failedImageKeepsSnapshots: 'without-tags' }, AmiBuildMethod.LAUNCH_INSTANCE, 'CreateImage',
    { images: 0, snapshots: 4 },
  ],
  ['an image that fails, and loses its tags', { failedImageKeepsTags: false }, AmiBuildMethod.LAUNCH_INSTANCE, 'CreateImage', { images: 1, snapshots: 4 }],
  [
    'an image that fails, and loses tags and name', { failedImageKeepsTags: false, failedImageKeepsName: false }, AmiBuildMethod.LAUNCH_INSTANCE, 'CreateImage',
    { images: 1, snapshots: 4 },
  ],
  [
    'an image that fails, and loses all',
    { failedImageKeepsTags: false, failedImageKeepsName: false, failedImageKeepsSnapshots: 'none' }, AmiBuildMethod.LAUNCH_INSTANCE, 'CreateImage',
    { images: 1, snapshots: 0 },
  ],
  ['a snapshot that fails', { pendingSnapshotDeleted: 'at-once' }, AmiBuildMethod.COPY_SNAPSHOTS, 'CopySnapshot', NOTHING],
  ['a volume that vanishes', { missingResource: 'unauthorized' }, AmiBuildMethod.COPY_SNAPSHOTS, 'CreateVolume', NOTHING],
  ['a snapshot of a volume that fails', { missingResource: 'unauthorized' }, AmiBuildMethod.COPY_SNAPSHOTS, 'CreateSnapshot', NOTHING],
];

describe('a key that turns out bad', () => {
  test.each(sample(failures, 4))('%s (%j): by %s, at %s', async (_title, switches, buildMethod, action, left) => {
    Object.assign(account.aws.ec2.switches, switches);
    const { imageId, sourceKey } = sourceOf();
    const key: Key = account.aws.kms.addKey();
    account.aws.faults.add(atCall([action], () => { key.state = 'Disabled'; }));
    const result = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(imageId),
      buildMethod,
      rootVolume: { encryptionKey: keyWithArn(stack, arnOf(key)) },
      sourceEncryptionKeys: [keyWithArn(stack, sourceKey)],
      blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, arnOf(key)) }) }],
    })));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]).toContain(`(${arnOf(key)}) is disabled. Enable it, or use another key.`);
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, images: left.images, snapshots: left.snapshots });
    expect(account.aws.log.of('ec2:CreateImage').length).toBeLessThanOrEqual(1);
    expect(account.aws.log.of('ec2:RunInstances').length).toBeLessThanOrEqual(1);
    const lost = /no longer (has|have) the tag cdk-encrypted-ami:owner, .*: `aws ec2 (deregister-image --image-id|delete-snapshot --snapshot-id) \w+-\w+/;
    expect(lost.test(result.failures[0])).toBe(left.images + left.snapshots > 0);
  });
});
