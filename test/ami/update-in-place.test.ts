import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { tagsOf, updateInPlace } from '../../lambda/ami/update-in-place';
import { describeSnapshots } from '../../lambda/aws/find-images';
import { ImageRequest } from '../../lambda/request/image-request';
import { snapshotIdsOf } from '../../lambda/sharing/places';
import { Image } from '../../local-aws/ec2/state/records';
import { arnOf } from '../../local-aws/kms/key';
import { ImageProperties, Tag } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';
import { everywhere, giveByHand, recordsOn, sharingOf, snapshotsOf, X, Y } from '../helpers/sharing';
import { describeImage, takeCalls } from '../helpers/sharing-requests';

/** The answer for a finished AMI and its snapshots, and the changes of an update: nothing that it does not have to change. */

const REPLACED = '3432ll0u-xlhpnftx-9msdgsw6-ami-0fedcba9876543210';

let handler: DirectHandler;
let keyArn: string;
let image: Image;
let snapshots: string[];
beforeAll(async () => { handler = await DirectHandler.start(); });
beforeEach(() => {
  keyArn = arnOf(handler.aws.kms.addKey());
  image = handler.aws.ec2.addImage({ name: 'golden', devices: [{ deviceName: '/dev/xvda', size: 1 }, { deviceName: '/dev/sdb', size: 1, kmsKeyId: keyArn }] });
  snapshots = snapshotsOf(image);
});
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

const requestOf = (properties: Partial<ImageProperties>, others: Partial<ImageRequest<ImageProperties>> = {}) => ({
  properties,
  owner: 'stack/attempt',
  ownerPrefix: 'stack/',
  logicalId: 'Copy',
  requestId: 'creation',
  attemptId: 'resource-recipe00-creation',
  memory: {},
  isNewImage: true,
  isRollback: false,
  oldProperties: {},
  ...others,
}) as ImageRequest<ImageProperties>;
const updated = async (request: ImageRequest<ImageProperties>, description = '') =>
  updateInPlace(handler.connected, request, { Description: '', ...await describeImage(handler, image) }, description);
const tagByHand = (id: string, Tags: Tag[]) => handler.connected.ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
const tags = (values: Record<string, string>): Tag[] => Object.entries(values).map(([Key, Value]) => ({ Key, Value }));

/** The tags of the AMI and of its snapshots, as EC2 shows them. */
async function shown(): Promise<Record<string, string>[]> {
  const described = await describeImage(handler, image);
  const all = await describeSnapshots(handler.connected, snapshotIdsOf(described));
  const inOrder = snapshots.map(id => all.find(({ SnapshotId }) => SnapshotId === id)!);
  return [described, ...inOrder].map(({ Tags = [] }) => Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])));
}

/** The calls that change something, each with what it changes. */
function changes(): unknown[] {
  return handler.aws.log.calls.splice(0).filter(({ action }) => !action.startsWith('Describe'))
    .map(({ action, input: { Resources, Tags } }) => [action, Resources, (Tags as Partial<Tag>[] | undefined)?.map(({ Key, Value }) => Value === undefined ? Key : `${Key}=${Value}`)]);
}

test('every resource is created with the owner tag and those of the user', () => {
  const owner = { Key: 'cdk-encrypted-ami:owner', Value: 'stack/attempt' };
  expect(tagsOf(requestOf({ Tags: tags({ team: 'platform' }) }))).toEqual([owner, { Key: 'team', Value: 'platform' }]);
  expect(tagsOf(requestOf({}))).toEqual([owner]);
});

describe('a finished AMI', () => {
  const finished = (more: Record<string, string> = {}) => [
    { 'cdk-encrypted-ami:id': image.id, 'cdk-encrypted-ami:removal-policy': 'Delete', ...more },
    { 'cdk-encrypted-ami:id': snapshots[0], 'cdk-encrypted-ami:encryption': '/dev/xvda: not encrypted' },
    { 'cdk-encrypted-ami:id': snapshots[1], 'cdk-encrypted-ami:encryption': `/dev/sdb: ${keyArn}` },
  ];

  test('tells its id, its removal policy and what it replaces, and its snapshots their keys, once', async () => {
    const request = requestOf({ RemovalPolicy: 'Delete' }, { replaces: REPLACED });
    await updated(request);
    expect(await shown()).toEqual(finished({ 'cdk-encrypted-ami:replaces': REPLACED }));
    takeCalls(handler);
    await updated(request);
    expect(takeCalls(handler)).toEqual(['DescribeSnapshots']);
    const known = await describeSnapshots(handler.connected, snapshots);
    takeCalls(handler);
    await updateInPlace(handler.connected, request, { Description: '', ...await describeImage(handler, image) }, '', known);
    expect(takeCalls(handler)).toEqual([]);
  });

  test('that replaces nothing, or is only updated, replaces nothing', async () => {
    await updated(requestOf({ RemovalPolicy: 'Delete' }));
    expect(await shown()).toEqual(finished());
    await updated(requestOf({ RemovalPolicy: 'Delete' }, { isNewImage: false, replaces: REPLACED }));
    expect(await shown()).toEqual(finished());
  });

  test('that replaces nothing does not touch the tag of another AMI, which was copied', async () => {
    await tagByHand(image.id, tags({ 'cdk-encrypted-ami:replaces': REPLACED }));
    changes();
    await updated(requestOf({ RemovalPolicy: 'Delete' }));
    expect(changes()[0]).toEqual(['CreateTags', [image.id], [`cdk-encrypted-ami:id=${image.id}`, 'cdk-encrypted-ami:removal-policy=Delete']]);
  });

  test('is retained where the policy is not known, and whose policy changes is logged alone', async () => {
    await updated(requestOf({ RemovalPolicy: 'Delete' }));
    changes();
    await updated(requestOf({}, { isNewImage: false }));
    expect(changes()).toEqual([['CreateTags', [image.id], ['cdk-encrypted-ami:removal-policy=Retain']]]);
  });

  test('that nobody has shared is shared without a record, and an update keeps what others gave', async () => {
    giveByHand(handler, image, Y);
    await updated(requestOf({ SharedAccountIds: [X] }));
    expect(await recordsOn(handler, image)).toEqual({});
    const oldProperties = { SharedAccountIds: [X] };
    await updated(requestOf({ SharedAccountIds: [Y] }, { isNewImage: false, oldProperties, requestId: 'update00' }));
    expect(Object.keys(await recordsOn(handler, image))).toHaveLength(1);
    await updated(requestOf({}, { isNewImage: false, oldProperties: { SharedAccountIds: [Y] }, requestId: 'update01' }));
    expect(sharingOf(handler, image.id)).toEqual(everywhere(Y));
  });

  test('has another description only if it changes', async () => {
    await updated(requestOf({ RemovalPolicy: 'Delete' }));
    changes();
    await updated(requestOf({ RemovalPolicy: 'Delete' }), 'of today');
    expect(changes()).toEqual([['ModifyImageAttribute', undefined, undefined]]);
    expect((await describeImage(handler, image)).Description).toBe('of today');
  });
});

describe('the tags of the user', () => {
  const request = (wanted: Record<string, string> | undefined, old?: Record<string, string>) => requestOf(
    { RemovalPolicy: 'Delete', Tags: wanted && tags(wanted) }, { isNewImage: false, oldProperties: { Tags: old && tags(old) } });
  beforeEach(async () => {
    await updated(requestOf({ RemovalPolicy: 'Delete' }));
    for (const id of [image.id, ...snapshots]) {
      await tagByHand(id, tags({ theirs: '1', a: '1', b: '2' }));
    }
    changes();
  });

  test.each<[string, Record<string, string> | undefined, Record<string, string> | undefined, () => unknown[]]>([
    ['that did not change', { a: '1', b: '2' }, { a: '1', b: '2' }, () => []],
    ['of which there are none', undefined, undefined, () => []],
    ['with another value', { a: '1', b: '3' }, { a: '1', b: '2' }, () => [['CreateTags', [image.id, ...snapshots], ['a=1', 'b=3']]]],
    ['with the value of another', { a: '1', c: '2' }, { a: '1' }, () => [['CreateTags', [image.id, ...snapshots], ['a=1', 'c=2']]]],
    ['that are no longer declared', { b: '2' }, { a: '1', b: '2', c: '4' }, () => [['DeleteTags', [image.id, ...snapshots], ['a', 'c']]]],
    ['that others have removed', undefined, { c: '4' }, () => []],
  ])('%s', async (_title, wanted, old, made) => {
    await updated(request(wanted, old));
    expect(changes()).toEqual(made());
    expect((await shown()).map(({ theirs }) => theirs)).toEqual(['1', '1', '1']);
  });

  test('are written and deleted only where they are not as they should be', async () => {
    for (const id of [image.id, snapshots[0]]) {
      await tagByHand(id, tags({ c: '3' }));
    }
    await tagByHand(snapshots[1], tags({ d: '4' }));
    changes();
    await updated(request({ a: '1', c: '3' }, { a: '1', d: '4' }));
    expect(changes()).toEqual([['CreateTags', [snapshots[1]], ['a=1', 'c=3']], ['DeleteTags', [snapshots[1]], ['d']]]);
  });
});
