import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { isOwnSnapshot, snapshotDescription } from '../../lambda/ownership/own-snapshots';
import { ImageRequest } from '../../lambda/request/image-request';
import { DEVICE_TAG, ID_TAG, Sharing } from '../../src/contract';

const ID = 'snap-0000000000000001';
const IMAGE = 'ami-0000000000000001';
const OTHER_IMAGE = 'ami-0000000000000002';
const SINCE = new Date('2026-01-01T00:00:30Z');
const REQUEST = { owner: 'us', account: '123456789012', attemptId: 'one', imageId: undefined, memory: {}, startedAt: SINCE.getTime(), isDelete: false };
type Request = Pick<ImageRequest<Sharing>, 'imageId' | 'memory' | 'isDelete'>;

const SNAPSHOT: Snapshot = { SnapshotId: ID, OwnerId: '123456789012', StartTime: SINCE };
const copyOf = (image: string): Snapshot => ({
  ...SNAPSHOT, Description: `Copied for DestinationAmi ${image} from SourceAmi ami-3 for SourceSnapshot snap-3. Task created on 1.`,
});
const createdOf = (image: string): Snapshot => ({ ...SNAPSHOT, Description: `Created by CreateImage(i-0123456789abcdef0) for ${image}` });
/** As the handler itself makes it. */
const MADE: Snapshot = { ...SNAPSHOT, Description: snapshotDescription('one', '/dev/xvda'), Tags: [{ Key: DEVICE_TAG, Value: '/dev/xvda' }] };
const sealed = (snapshot: Snapshot, id = ID): Snapshot => ({ ...snapshot, Tags: [...snapshot.Tags ?? [], { Key: ID_TAG, Value: id }] });
const imageWith = (...snapshots: string[]): Image => ({
  ImageId: IMAGE, BlockDeviceMappings: snapshots.map((SnapshotId, index) => ({ DeviceName: `/dev/sd${index}`, Ebs: { SnapshotId } })),
});
const GAPS = { memory: { hasGaps: true } };

test.each<[string, Snapshot, Partial<Request>, Image[], boolean]>([
  ['an image of ours has it', SNAPSHOT, {}, [imageWith('snap-2'), imageWith('snap-3', ID)], true],
  ['an image of ours has it, whatever is described', copyOf(OTHER_IMAGE), {}, [imageWith(ID)], true],
  ['an image of ours has others', SNAPSHOT, {}, [imageWith('snap-2')], false],
  ['there is nothing', SNAPSHOT, {}, [], false],
  ['another account has it', { ...SNAPSHOT, OwnerId: '999999999999' }, {}, [imageWith(ID)], false],
  ['it carries the id of another', sealed(SNAPSHOT, 'snap-2'), {}, [imageWith(ID)], false],
  ['it carries its own id', sealed(SNAPSHOT), {}, [], false],

  ['memory has its id', SNAPSHOT, { memory: { ids: { snapshots: { '/dev/xvda': ID } } } }, [], true],
  ['memory has another id', SNAPSHOT, { memory: { ids: { snapshots: { '/dev/xvda': 'snap-2' } } } }, [], false],
  ['memory has no snapshots', SNAPSHOT, { memory: { ids: {} } }, [], false],
  ['it is of an image that is being deleted', SNAPSHOT, { memory: { removals: { us: { requestedIds: [], snapshotIds: [ID], rounds: 0 } } } }, [], true],
  ['another is of that image', SNAPSHOT, { memory: { removals: { us: { requestedIds: [], snapshotIds: ['snap-2'], rounds: 0 } } } }, [], false],
  ['it is of an image of another owner', SNAPSHOT, { memory: { removals: { other: { requestedIds: [], snapshotIds: [ID], rounds: 0 } } } }, [], false],

  ...[copyOf, createdOf].flatMap((of, index): [string, Snapshot, Partial<Request>, Image[], boolean][] => [
    [`description ${index}: the AMI of the physical id`, of(IMAGE), { imageId: IMAGE }, [], true],
    [`description ${index}: another AMI`, of(OTHER_IMAGE), { imageId: IMAGE }, [], false],
    [`description ${index}: another AMI than that of ours`, of(OTHER_IMAGE), {}, [imageWith()], false],
    [`description ${index}: an AMI of ours`, of(IMAGE), {}, [{ ImageId: OTHER_IMAGE }, imageWith()], true],
    [`description ${index}: an AMI of memory`, of(IMAGE), { memory: { ids: { copy: IMAGE } } }, [], true],
  ]),
  ['a description that only contains that of EC2', { ...SNAPSHOT, Description: `Not ${createdOf(IMAGE).Description}` }, { imageId: IMAGE }, [], false],

  // a seal decides with the description: while a request creates, memory has the id, so that it decides only after a gap
  ['described and sealed, in a deletion', sealed(MADE), { isDelete: true }, [], true],
  ['described and sealed, after an invocation died', sealed(MADE), GAPS, [], true],
  ['described and sealed', sealed(MADE), {}, [], false],
  ['sealed without a device', { ...sealed(MADE), Tags: [{ Key: ID_TAG, Value: ID }] }, { isDelete: true, ...GAPS }, [], false],
  ['described as of no device', sealed({ ...SNAPSHOT, Description: snapshotDescription('one', `${undefined}`) }), { isDelete: true, ...GAPS }, [], false],
  ['of another attempt', sealed({ ...MADE, Description: snapshotDescription('two', '/dev/xvda') }), { isDelete: true, ...GAPS }, [], false],
  ['described as another device', sealed({ ...MADE, Description: snapshotDescription('one', '/dev/xvdb') }), { isDelete: true, ...GAPS }, [], false],
  ['described in no way', sealed({ ...MADE, Description: undefined }), { isDelete: true, ...GAPS }, [], false],
  ['described and not sealed, in a deletion', MADE, { isDelete: true }, [], false],
  ['described and not sealed', MADE, {}, [], false],
  ['the only one of its device, after an invocation died', MADE, GAPS, [], true],
  ['the same, while memory knows one of the device', MADE, { memory: { hasGaps: true, ids: { snapshots: { '/dev/xvda': 'snap-2' } } } }, [], false],
  ['the same, while memory knows one of another device', MADE, { memory: { hasGaps: true, ids: { snapshots: { '/dev/xvdb': 'snap-2' } } } }, [], true],
  ['older than the request', { ...MADE, StartTime: new Date('2025-12-31T00:00:00Z') }, GAPS, [], false],
])('%s', (_title, snapshot, request, images, isOwn) => {
  expect(isOwnSnapshot({ ...REQUEST, ...request }, snapshot, images, [snapshot])).toBe(isOwn);
});

test.each<[string, Snapshot, boolean]>([
  ['of the same description: neither is ours', { ...MADE, SnapshotId: 'snap-2' }, false],
  ['of another device', { ...MADE, SnapshotId: 'snap-2', Description: snapshotDescription('one', '/dev/xvdb') }, true],
  ['whose tags are copied', sealed({ ...MADE, SnapshotId: 'snap-2' }, 'snap-3'), true],
])('after an invocation died, there is another snapshot %s', (_title, other, isOwn) => {
  expect(isOwnSnapshot({ ...REQUEST, ...GAPS }, MADE, [], [MADE, other])).toBe(isOwn);
});
