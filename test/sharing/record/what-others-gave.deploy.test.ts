import { CreateTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { arnOf } from '../../../local-aws/kms/key';
import { EncryptedAmiCopy } from '../../../src';
import { Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';
import { addImage, complete, everywhere, failAfter, giveByHand, ORGANIZATION, recordsOn, sharingOf, sharingWith, snapshotsOf, UNIT, X, Y, Z } from '../../helpers/sharing';

/** Nothing that others gave is taken back, and what the construct gave is. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

describe('permissions that existed before', () => {
  test('stay when the construct goes, exactly where they were', async () => {
    const image = addImage(account, 'golden');
    giveByHand(account, image, X);
    giveByHand(account, image, Y, 'image');
    giveByHand(account, image, Z, 'first snapshot');
    image.launchPermissions.organizations.add(ORGANIZATION);
    const before = sharingOf(account, image.id);
    await complete(account, sharingWith(image.id, [X, Y, Z, '444444444444'], { organizationArns: [ORGANIZATION], organizationalUnitArns: [UNIT] }));
    expect(sharingOf(account, image.id).snapshots).toEqual([[X, Y, Z, '444444444444'], [X, Y, Z, '444444444444']]);
    expect(Object.values(await recordsOn(account, image))).toEqual([expect.stringMatching(`^[0-9a-z]{8} [0-9a-f]{6} [0-9a-f]{6} ${X} ${Y}=0 ${Z}=1 o-abc123def4$`)]);
    expect((await account.destroy()).failures).toEqual([]);
    expect(sharingOf(account, image.id)).toEqual(before);
    expect(await recordsOn(account, image)).toEqual({});
  });

  test('stay when an account is no longer declared, and what was added since is taken back', async () => {
    const image = addImage(account, 'golden');
    giveByHand(account, image, X);
    await complete(account, sharingWith(image.id, [X, Y]));
    await complete(account, sharingWith(image.id, [Y]));
    expect(sharingOf(account, image.id)).toEqual(everywhere(X, Y));
    expect(Object.values(await recordsOn(account, image)).join()).not.toContain(X);
    await complete(account, sharingWith(image.id, [X]));
    expect(sharingOf(account, image.id)).toEqual(everywhere(X));
    await account.destroy();
    expect(sharingOf(account, image.id)).toEqual(everywhere(X));
  });

  test('of an account that is declared later stay as well', async () => {
    const image = addImage(account, 'golden');
    await complete(account, sharingWith(image.id, [X]));
    giveByHand(account, image, Y);
    await complete(account, sharingWith(image.id, [X, Y, Z]));
    await complete(account, sharingWith(image.id, [Z]));
    expect(sharingOf(account, image.id)).toEqual(everywhere(Y, Z));
    await account.destroy();
    expect(sharingOf(account, image.id)).toEqual(everywhere(Y));
  });

  test('stay when the update that declared them is rolled back', async () => {
    const image = addImage(account, 'golden');
    giveByHand(account, image, Y);
    await complete(account, sharingWith(image.id, [X]));
    const { status } = await account.deploy(sharingWith(image.id, [Y, Z], { fails: true }));
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(sharingOf(account, image.id)).toEqual(everywhere(X, Y));
    await account.destroy();
    expect(sharingOf(account, image.id)).toEqual(everywhere(Y));
  });

  test('stay when the creation is rolled back', async () => {
    const image = addImage(account, 'golden');
    giveByHand(account, image, X);
    const { status } = await account.deploy(sharingWith(image.id, [X, Y], { fails: true }));
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(sharingOf(account, image.id)).toEqual(everywhere(X));
    expect(await recordsOn(account, image)).toEqual({});
  });

  test('of an AMI of the stack stay in an update', async () => {
    const source = addImage(account, 'source').id;
    const key = arnOf(account.aws.kms.addKey());
    const withKey = (...ids: string[]) => (stack: Stack) => {
      const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, key) });
      ids.forEach(id => copy.shareWithAccounts(id));
      new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    };
    const { outputs: { ImageId } } = await account.deploy(withKey(X));
    const image = account.aws.ec2.image(ImageId)!;
    giveByHand(account, image, Y);
    await complete(account, withKey(X, Y, Z));
    await complete(account, withKey(Z));
    expect(sharingOf(account, image.id)).toEqual(everywhere(Y, Z));
    const { status } = await account.deploy(stack => {
      withKey(X, Z)(stack);
      failAfter(stack, stack.node.findChild('Copy') as EncryptedAmiCopy);
    });
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(sharingOf(account, image.id)).toEqual(everywhere(Y, Z));
  });
});

test('so many accounts that they do not fit into the record are refused, and nothing is shared', async () => {
  const image = addImage(account, 'golden');
  const accounts = Array.from({ length: 40 }, (_, index) => String(100_000_000_000 + index));
  accounts.forEach(id => giveByHand(account, image, id));
  const before = sharingOf(account, image.id);
  const { status, failures } = await account.deploy(sharingWith(image.id, [...accounts, X]));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toContain(`The AMI ${image.id} is shared already with 40 of those that this construct declares (100000000000, 100000000001, `);
  expect(sharingOf(account, image.id)).toEqual(before);
  expect(await recordsOn(account, image)).toEqual({});
});

test('a record of two tags, which becomes one', async () => {
  const image = addImage(account, 'golden');
  const accounts = Array.from({ length: 30 }, (_, index) => String(100_000_000_000 + index));
  accounts.forEach(id => giveByHand(account, image, id));
  const before = sharingOf(account, image.id);
  await complete(account, sharingWith(image.id, [...accounts, X]));
  expect(Object.values(await recordsOn(account, image)).join(' ').match(/\d{12}/g)).toHaveLength(30);
  await complete(account, sharingWith(image.id, [...accounts.slice(0, 2), X]));
  expect(Object.values(await recordsOn(account, image)).join(' ').match(/\d{12}/g)).toHaveLength(2);
  await account.destroy();
  expect(sharingOf(account, image.id)).toEqual(before);
  expect(await recordsOn(account, image)).toEqual({});
});

test('an image with as many tags as EC2 allows is refused, and nothing is shared', async () => {
  const image = addImage(account, 'golden');
  await new EC2Client(account.aws.clientOptions()).send(new CreateTagsCommand({
    Resources: [image.id], Tags: Array.from({ length: 50 }, (_, index) => ({ Key: `tag-${index}`, Value: 'theirs' })),
  }));
  const { failures } = await account.deploy(sharingWith(image.id, [X]));
  expect(failures.join()).toMatch(/The AMI ami-\w+ has too many tags for one more, cdk-encrypted-ami:sharing-\w+, .* \(EC2 TagLimitExceeded: /);
  expect(sharingOf(account, image.id)).toEqual(everywhere());
  expect(snapshotsOf(image)).toHaveLength(2);
});
