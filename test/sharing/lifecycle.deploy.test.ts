import { CreateTagsCommand, DeleteTagsCommand, DisableImageCommand, EC2Client, EnableImageCommand } from '@aws-sdk/client-ec2';
import { AwsError } from '../../local-aws/aws-call';
import { CloudFormationSwitches } from '../../local-aws/cloudformation/cloudformation-switches';
import { Image } from '../../local-aws/ec2/state/records';
import { Deployment } from '../helpers/deployment';
import { addImage, complete, everywhere, giveByHand, recordsOn, sharingOf, sharingOfParameter, sharingWith, X, Y, Z } from '../helpers/sharing';

let account: Deployment;
let client: EC2Client;
beforeAll(async () => {
  account = await Deployment.start();
  client = new EC2Client(account.aws.clientOptions());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const destroyed = async () => expect(await account.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', failures: [] });

const SWITCHES: Partial<CloudFormationSwitches>[] = [
  {},
  { replacementRollback: 'update-new' },
  { failedReplacement: 'update-old-then-delete-new', resourceInCleanup: 'old' },
];

describe.each(SWITCHES)('another image, with %j', switches => {
  let one: Image;
  let two: Image;
  beforeEach(() => {
    Object.assign(account.aws.cloudFormationSwitches, switches);
    [one, two] = ['one', 'two'].map(name => addImage(account, name));
    giveByHand(account, one, Y);
    giveByHand(account, two, Z);
  });
  const shared = () => [sharingOf(account, one.id), sharingOf(account, two.id)];

  test.each([['a literal', sharingWith], ['a parameter', sharingOfParameter]])('given as %s: the one before is no longer shared', async (_, define) => {
    await complete(account, define(one.id, [X, Y, Z]));
    await complete(account, define(two.id, [X, Y, Z]));
    expect(shared()).toEqual([everywhere(Y), everywhere(X, Y, Z)]);
    expect(await recordsOn(account, one)).toEqual({});
    await complete(account, define(one.id, [X]));
    expect(shared()).toEqual([everywhere(X, Y), everywhere(Z)]);
    await destroyed();
    expect(shared()).toEqual([everywhere(Y), everywhere(Z)]);
  });

  test('and a failure after it: the rollback shares the one before, and nothing else', async () => {
    await complete(account, sharingOfParameter(one.id, [X, Y, Z]));
    expect((await account.deploy(sharingOfParameter(two.id, [X, Y, Z], { fails: true }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(shared()).toEqual([everywhere(X, Y, Z), everywhere(Z)]);
    expect(await recordsOn(account, two)).toEqual({});
    await complete(account, sharingOfParameter(one.id, [Z]));
    expect(shared()).toEqual([everywhere(Y, Z), everywhere(Z)]);
    await destroyed();
    expect(shared()).toEqual([everywhere(Y), everywhere(Z)]);
  });

  test('that cannot be shared: the one before stays shared', async () => {
    await complete(account, sharingOfParameter(one.id, [X, Y]));
    await client.send(new DisableImageCommand({ ImageId: two.id }));
    const { status, failures } = await account.deploy(sharingOfParameter(two.id, [X, Y]));
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(failures.join()).toContain(`The AMI ${two.id} is disabled, and EC2 shares only AMIs that are available.`);
    expect(shared()[0]).toEqual(everywhere(X, Y));
    await destroyed();
    expect(shared()[0]).toEqual(everywhere(Y));
  });

  test('without rollback, and back again: the image that the stack uses stays shared', async () => {
    await complete(account, sharingOfParameter(one.id, [X, Y]));
    const define = (imageId: string, fails: boolean) => sharingOfParameter(imageId, [X, Y], { fails });
    expect((await account.deployWithoutRollback(define(two.id, true))).status).toBe('UPDATE_FAILED');
    expect((await account.deployWithoutRollback(define(one.id, false))).status).toBe('UPDATE_COMPLETE');
    expect(shared()).toEqual([everywhere(X, Y), everywhere(Z)]);
  });
});

test('an update that fails takes back what it has shared, without a rollback too', async () => {
  const image = addImage(account, 'golden');
  giveByHand(account, image, Z);
  await complete(account, sharingWith(image.id, [X]));
  // the snapshots are shared before the image
  account.aws.faults.add({
    matches: ({ action, input }) => action === 'ModifyImageAttribute' && JSON.stringify(input).includes('Add'),
    error: new AwsError('InvalidAMIAttributeItemValue', 'Invalid attribute item value'),
    times: 1,
  });
  const { status } = await account.deployWithoutRollback(sharingWith(image.id, [X, Y, Z]));
  expect(status).toBe('UPDATE_FAILED');
  expect(sharingOf(account, image.id)).toEqual(everywhere(X, Z));
  expect((await account.deployWithoutRollback(sharingWith(image.id, [X]))).status).toBe('UPDATE_COMPLETE');
  expect(sharingOf(account, image.id)).toEqual(everywhere(X, Z));
  await destroyed();
  expect(sharingOf(account, image.id)).toEqual(everywhere(Z));
});

test('a creation that fails takes back what it has shared, without a rollback too, and is tried again', async () => {
  const image = addImage(account, 'golden');
  giveByHand(account, image, Z);
  account.aws.faults.add({ matches: 'ec2:ModifyImageAttribute', error: new AwsError('InvalidAMIAttributeItemValue', 'Invalid attribute item value'), times: 1 });
  expect((await account.deployWithoutRollback(sharingWith(image.id, [X, Z]))).status).toBe('CREATE_FAILED');
  expect(sharingOf(account, image.id)).toEqual(everywhere(Z));
  expect((await account.deployWithoutRollback(sharingWith(image.id, [X, Z]))).status).toMatch(/_COMPLETE$/);
  expect(sharingOf(account, image.id)).toEqual(everywhere(X, Z));
  await destroyed();
  expect(sharingOf(account, image.id)).toEqual(everywhere(Z));
});

test('a disabled image: what is no longer declared is taken back from its snapshots, and all of it with the stack', async () => {
  const image = addImage(account, 'golden');
  giveByHand(account, image, Z);
  await complete(account, sharingWith(image.id, [X, Y, Z]));
  await client.send(new DisableImageCommand({ ImageId: image.id }));
  await complete(account, sharingWith(image.id, [X, Z]));
  expect(sharingOf(account, image.id)).toEqual({ image: [], snapshots: [[X, Z], [X, Z]] });
  await destroyed();
  expect(sharingOf(account, image.id)).toEqual({ image: [], snapshots: [[Z], [Z]] });
  await client.send(new EnableImageCommand({ ImageId: image.id }));
  expect(await recordsOn(account, image)).toEqual({});
});

test('a deregistered image: the stack can be updated to another image, and deleted', async () => {
  const [image, other] = ['one', 'two'].map(name => addImage(account, name));
  await complete(account, sharingWith(image.id, [X]));
  account.aws.ec2.image(image.id)!.state = 'deregistered';
  await complete(account, sharingWith(other.id, [X]));
  account.aws.ec2.image(other.id)!.state = 'deregistered';
  await destroyed();
});

describe('tags that others change', () => {
  test('without the record, everything that is declared is taken back', async () => {
    const image = addImage(account, 'golden');
    await complete(account, sharingWith(image.id, [X]));
    await client.send(new DeleteTagsCommand({ Resources: [image.id], Tags: Object.keys(await recordsOn(account, image)).map(Key => ({ Key })) }));
    await destroyed();
    expect(sharingOf(account, image.id)).toEqual(everywhere());
  });

  test('a record that was copied to another image counts for nothing there', async () => {
    const [one, two] = ['one', 'two'].map(name => addImage(account, name));
    giveByHand(account, one, X);
    await complete(account, sharingWith(one.id, [X, Y]));
    const copied = Object.entries(await recordsOn(account, one)).map(([Key, Value]) => ({ Key, Value }));
    await client.send(new CreateTagsCommand({ Resources: [two.id], Tags: copied }));
    await complete(account, sharingWith(two.id, [Y]));
    await destroyed();
    expect([sharingOf(account, one.id), sharingOf(account, two.id)]).toEqual([everywhere(X), everywhere()]);
  });

  test('a record that is no record counts for nothing', async () => {
    const image = addImage(account, 'golden');
    await client.send(new CreateTagsCommand({ Resources: [image.id], Tags: [{ Key: 'cdk-encrypted-ami:sharing-000000000000', Value: `all of ${X}` }] }));
    await complete(account, sharingWith(image.id, [X]));
    await destroyed();
    expect(sharingOf(account, image.id)).toEqual(everywhere());
  });
});
