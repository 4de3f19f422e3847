import { Stack, CfnOutput } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy } from '../../src';
import { Deployment, imageWithId } from '../helpers/deployment';
import { addImage, sharingOf, sharingWith } from '../helpers/sharing';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const accountsOf = (count: number) => Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

test('an image is shared with 600 accounts, in calls of at most 500, and with nobody in the end', async () => {
  const image = addImage(account, 'golden');
  expect((await account.deploy(sharingWith(image.id, accountsOf(600)))).failures).toEqual([]);
  expect([...sharingOf(account, image.id).snapshots, sharingOf(account, image.id).image].map(({ length }) => length)).toEqual([600, 600, 600]);
  expect((await account.deploy(sharingWith(image.id, accountsOf(20)))).failures).toEqual([]);
  expect([...sharingOf(account, image.id).snapshots, sharingOf(account, image.id).image].map(({ length }) => length)).toEqual([20, 20, 20]);
  expect((await account.destroy()).failures).toEqual([]);
  expect(sharingOf(account, image.id)).toEqual({ image: [], snapshots: [[], []] });
});

test('a copy is shared with 300 accounts, and so is its key', async () => {
  const source = addImage(account, 'source').id;
  const define = (stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), encryptionKey: new kms.Key(stack, 'Key') });
    copy.shareWithAccounts(...accountsOf(300));
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  };
  const { failures, outputs } = await account.deploy(define);
  expect(failures).toEqual([]);
  expect(sharingOf(account, outputs.ImageId).image).toHaveLength(300);
  expect((await account.destroy()).failures).toEqual([]);
});
