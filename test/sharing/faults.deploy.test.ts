import { Stack } from 'aws-cdk-lib';
import { Image } from '../../local-aws/ec2/state/records';
import { arnOf } from '../../local-aws/kms/key';
import { throttled } from '../../local-aws/lambda/lambda-faults';
import { EncryptedAmiCopy } from '../../src';
import { Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';
import { failEveryCallOnce } from '../helpers/fail-every-call';
import { failEveryInvocation, STEP } from '../helpers/fail-every-invocation';
import { addImage, giveByHand, recordsOn, sharingOf, sharingWith, X, Y, Z } from '../helpers/sharing';

/** A call fails or loses its response, or a step is killed: in the end, nothing that others gave is taken back, and what was given is. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const FAULTS = { 'is throttled': { refuse: throttled() }, 'dies before it begins': { crash: 'before' }, 'dies when it is done': { crash: 'after' } } as const;

test('a killed step of a sharing', async () => {
  let images: Image[];
  const prepare = async () => {
    images = ['first', 'second'].map(name => addImage(account, name));
    images.forEach(image => giveByHand(account, image, X));
    // another stack has shared with Y before, and goes last
    for (const [index, { id }] of images.entries()) {
      await account.deploy(sharingWith(id, [Y]), `Other${index}`);
    }
    account.aws.lambda.invocations.splice(0);
    return (key: 0 | 1, description: string) => sharingWith(images[key].id, description === 'one' ? [X, Y, Z] : [X, Z, '444444444444']);
  };
  const check = (key: 0 | 1, description?: string) => {
    const declared = description === undefined ? [] : description === 'one' ? [Z] : [Z, '444444444444'];
    images.forEach(({ id }, index) => {
      const accounts = [X, Y, ...index === key ? declared : []];
      expect(sharingOf(account, id)).toEqual({ image: accounts, snapshots: [accounts, accounts] });
    });
  };
  await failEveryInvocation({ account, prepare, check, made: NOTHING }, FAULTS, 2);
}, 900_000);

test('a step of an update that is killed when it is done: what the record no longer names is not taken back', async () => {
  const image = addImage(account, 'golden');
  giveByHand(account, image, Y);
  await account.deploy(sharingWith(image.id, [X, Y]));
  account.aws.lambda.faults.add({ matches: STEP, crash: 'after', times: 1 });
  const { failures } = await account.deploy(sharingWith(image.id, [X, Z]));
  expect(failures).toEqual([]);
  expect(sharingOf(account, image.id)).toEqual({ image: [X, Y, Z], snapshots: [[X, Y, Z], [X, Y, Z]] });
});

test('a removal that does not learn whether its record is deleted: what others gave is not taken back', async () => {
  const image = addImage(account, 'golden');
  giveByHand(account, image, X);
  await account.deploy(sharingWith(image.id, [X, Y]));
  account.aws.faults.add({ matches: 'ec2:DeleteTags', dropResponse: true, times: 4 });
  expect(await account.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', failures: [] });
  expect(sharingOf(account, image.id)).toEqual({ image: [X], snapshots: [[X], [X]] });
  expect(await recordsOn(account, image)).toEqual({});
});

test('a killed step of accounts that are added to an AMI of the stack and removed from it', async () => {
  let keys: readonly string[];
  const prepare = () => {
    const source = addImage(account, 'source').id;
    keys = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
    return (key: 0 | 1, description: string) => (stack: Stack) => {
      const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, keys[key]) });
      (description === 'one' ? [X, Y] : [Y, Z]).forEach(id => copy.shareWithAccounts(id));
    };
  };
  await failEveryInvocation({ account, prepare, made: { images: 1, snapshots: 2, volumes: 0, instances: 0 } }, FAULTS, 2);
}, 900_000);

test('a call of a sharing that fails or loses its response', async () => {
  let image: Image;
  const prepare = () => {
    image = addImage(account, 'golden');
    giveByHand(account, image, X);
    return sharingWith(image.id, [X, Y]);
  };
  const actions = await failEveryCallOnce({
    account,
    made: NOTHING,
    prepare,
    check: async () => {
      expect(sharingOf(account, image.id)).toEqual({ image: [X], snapshots: [[X], [X]] });
      expect(await recordsOn(account, image)).toEqual({});
    },
  }, 8);
  expect(actions).toEqual(expect.arrayContaining([
    'ec2:DescribeImageAttribute', 'ec2:DescribeSnapshotAttribute', 'ec2:CreateTags', 'ec2:ModifySnapshotAttribute', 'ec2:ModifyImageAttribute', 'ec2:DeleteTags',
  ]));
}, 900_000);
