import { CfnOutput, Stack } from 'aws-cdk-lib';
import { arnOf } from '../../../local-aws/kms/key';
import { EncryptedAmiCopy } from '../../../src';
import { Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';
import { addImage, complete, everywhere, giveByHand, ORGANIZATION, recordsOn, sharingOf, sharingWith, X, Y, Z } from '../../helpers/sharing';

/** Several constructs share one AMI: the last to go takes back. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

describe('two stacks share an image with an account in common', () => {
  test.each([
    ['the first', ['One', 'Two']],
    ['the second', ['Two', 'One']],
  ])('%s goes first: the last takes back', async (_, [first, last]) => {
    const image = addImage(account, 'golden');
    giveByHand(account, image, Z, 'image');
    await complete(account, sharingWith(image.id, [X, Y, Z]), 'One');
    await complete(account, sharingWith(image.id, [Y, Z, '444444444444']), 'Two');
    await account.destroy(first);
    const rest = first === 'One' ? [Y, Z, '444444444444'] : [X, Y, Z];
    expect(sharingOf(account, image.id)).toEqual(everywhere(...rest));
    await account.destroy(last);
    expect(sharingOf(account, image.id)).toEqual({ image: [Z], snapshots: [[], []] });
    expect(await recordsOn(account, image)).toEqual({});
  });

  test('an account that one of them no longer declares stays for the other', async () => {
    const image = addImage(account, 'golden');
    await complete(account, sharingWith(image.id, [X, Y]), 'One');
    await complete(account, sharingWith(image.id, [X, Y]), 'Two');
    await complete(account, sharingWith(image.id, [Y]), 'One');
    expect(sharingOf(account, image.id)).toEqual(everywhere(X, Y));
    await complete(account, sharingWith(image.id, [Y]), 'Two');
    expect(sharingOf(account, image.id)).toEqual(everywhere(Y));
    await account.destroy('One');
    expect(sharingOf(account, image.id)).toEqual(everywhere(Y));
    await account.destroy('Two');
    expect(sharingOf(account, image.id)).toEqual(everywhere());
  });

  test('three of them, and the same account again', async () => {
    const image = addImage(account, 'golden');
    for (const name of ['One', 'Two', 'Three']) {
      await complete(account, sharingWith(image.id, [X]), name);
    }
    await account.destroy('One');
    await account.destroy('Two');
    await complete(account, sharingWith(image.id, [X]), 'One');
    await account.destroy('Three');
    expect(sharingOf(account, image.id)).toEqual(everywhere(X));
    await account.destroy('One');
    expect(sharingOf(account, image.id)).toEqual(everywhere());
  });
});

test('moved to another construct id, the image stays shared, and is taken back with the stack', async () => {
  const image = addImage(account, 'golden');
  giveByHand(account, image, Z);
  const sharing = (id: string) => sharingWith(image.id, [X, Y, Z], { id, organizationArns: [ORGANIZATION] });
  await complete(account, sharing('Sharing'));
  await complete(account, sharing('Moved'));
  expect(sharingOf(account, image.id).snapshots).toEqual([[X, Y, Z], [X, Y, Z]]);
  expect(sharingOf(account, image.id).image).toEqual([X, Y, Z, ORGANIZATION]);
  expect(Object.keys(await recordsOn(account, image))).toHaveLength(1);
  await account.destroy();
  expect(sharingOf(account, image.id)).toEqual(everywhere(Z));
});

test.each(['AmiSharing goes first', 'shareWithAccounts() goes first'])('an AMI of a stack, shared by another stack with an account in common: %s', async order => {
  const sourceId = addImage(account, 'source').id;
  const key = arnOf(account.aws.kms.addKey());
  const define = (...ids: string[]) => (stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(sourceId), encryptionKey: keyWithArn(stack, key) });
    ids.forEach(id => copy.shareWithAccounts(id));
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  };
  const { outputs: { ImageId } } = await account.deploy(define(X, Y));
  await complete(account, sharingWith(ImageId, [X, Z]), 'Other');
  const steps = [async () => { await account.destroy('Other'); }, async () => complete(account, define(Y))];
  const [first, last] = order.startsWith('AmiSharing') ? steps : [...steps].reverse();
  await first();
  expect(sharingOf(account, ImageId)).toEqual(order.startsWith('AmiSharing') ? everywhere(X, Y) : everywhere(X, Y, Z));
  await last();
  expect(sharingOf(account, ImageId)).toEqual(everywhere(Y));
});
