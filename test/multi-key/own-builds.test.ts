import { Image } from '@aws-sdk/client-ec2';
import { MultiKeyRequest } from '../../lambda/multi-key/device-plan';
import { findOwnBuilds, rememberBuild, rememberBuildError, throwIfAccepted } from '../../lambda/multi-key/own-builds';
import { launchClientToken } from '../../lambda/multi-key/with-instance/own-builders';
import { DeploymentError, NotReady } from '../../lambda/outcomes';
import { Memory } from '../../lambda/request/memory';
import { newAttemptId } from '../../lambda/request/physical-id';
import { ID_TAG, OWNER_TAG } from '../../src/contract';
import { answering, ec2Error } from '../helpers/answers';

const ID = 'ami-1';
const ATTEMPT = newAttemptId('resource-recipe00-', { RequestId: 'one' });
const NAME = `Images-${ATTEMPT}`;
const BY_LAUNCH = { SourceImageId: 'ami-0', GeneratedNamePrefix: 'Images', BuildMethod: 'LAUNCH_INSTANCE' };
const BY_COPIES = { ...BY_LAUNCH, BuildMethod: 'COPY_SNAPSHOTS' };
const REQUEST = {
  owner: 'us',
  account: '123456789012',
  requestId: 'one',
  attemptId: ATTEMPT,
  isDelete: false,
  isNewImage: false,
  startedAt: Date.parse('2026-01-01T00:00:00Z'),
  properties: BY_LAUNCH,
} as unknown as MultiKeyRequest;
const requestOf = (more: object) => ({ ...REQUEST, memory: {}, ...more }) as MultiKeyRequest;

const TAGS = [{ Key: OWNER_TAG, Value: 'us' }];
const IMAGE: Image = { ImageId: ID, Name: NAME, OwnerId: '123456789012', State: 'available', Tags: TAGS };
const SEALED: Image = { ...IMAGE, Tags: [...TAGS, { Key: ID_TAG, Value: ID }] };
const created = (SourceInstanceId: string, more: Image = {}): Image => ({ ...IMAGE, SourceInstanceId, ...more });
const registered = (...snapshots: (string | undefined)[]): Image => ({
  ...IMAGE, BlockDeviceMappings: snapshots.map((SnapshotId, index) => ({ DeviceName: `/dev/sd${index}`, Ebs: { SnapshotId } })),
});
const failed: Image = { State: 'failed', Name: '', CreationDate: '2026-01-01T00:00:00.000Z' };

/** Its builder is i-1; EC2 shows the snapshots snap-1 and snap-3. */
async function find(images: Image[], more: object) {
  const ClientToken = launchClientToken(REQUEST, { type: 'm5.large' });
  const instance = { InstanceId: 'i-1', ImageId: 'ami-0', InstanceType: 'm5.large', ClientToken };
  const { aws, calls } = answering({
    DescribeImages: { Images: images },
    DescribeInstances: { Reservations: [{ Instances: [instance, { ...instance, InstanceId: 'i-2', ClientToken: 'other' }] }] },
    DescribeSnapshots: { Snapshots: ['snap-1', 'snap-3'].map(SnapshotId => ({ SnapshotId, OwnerId: '123456789012', Tags: TAGS })) },
  });
  const found = await findOwnBuilds(aws, requestOf(more));
  return { found: found.map(({ ImageId }) => ImageId), operations: calls.map(([operation]) => operation) };
}

test.each<[string, object, number]>([
  ['is not asked for yet', { isNewImage: true }, 0],
  ['is not asked for yet, but there are snapshots', { isNewImage: true, memory: { ids: { snapshots: {} } } }, 0],
  ['was accepted', { isNewImage: true, memory: { ids: { image: 'ami-2' } } }, 1],
  ['may have been asked for', { isNewImage: true, memory: { hasGaps: true } }, 1],
  ['exists already', {}, 1],
])('images are read where the AMI of a build %s: %o', async (_title, request, reads) => {
  expect(await find([SEALED], request)).toEqual({ found: reads === 1 ? [ID] : [], operations: Array(reads).fill('DescribeImages') });
});

const snapshots = { ids: { snapshots: { a: 'snap-1', b: 'snap-2' } } };
test.each<[string, Image, object, boolean]>([
  ['sealed, with the name', SEALED, {}, true],
  ['sealed, with the name, deregistered', { ...SEALED, State: 'deregistered' }, {}, false],
  ['sealed, with the name, of another account', { ...SEALED, OwnerId: '999999999999' }, {}, false],
  ['with the name only', IMAGE, {}, false],
  ['sealed, with another name', { ...SEALED, Name: 'other' }, {}, false],
  ['of the physical id', { ...IMAGE, Name: 'other' }, { imageId: ID }, true],

  ['with a name of the attempt', { ...SEALED, Name: `Before-${ATTEMPT}` }, {}, false],
  ['with a name of the attempt, in a deletion', { ...SEALED, Name: `Before-${ATTEMPT}` }, { isDelete: true }, true],
  ['with a name of the attempt, in a deletion with a declared name', { ...SEALED, Name: `Before-${ATTEMPT}` }, { isDelete: true, properties: { ...BY_LAUNCH, ImageName: 'mine' } }, false],
  ['with a declared name', { ...SEALED, Name: 'mine' }, { properties: { ...BY_LAUNCH, ImageName: 'mine' } }, true],
  ['with a name of another attempt, in a deletion', { ...SEALED, Name: 'Images-other' }, { isDelete: true }, false],
  ['without a name, in a deletion', { ...SEALED, Name: undefined }, { isDelete: true }, false],

  ['of the builder', created('i-1'), {}, true],
  ['of the builder, with another name', created('i-1', { Name: 'other' }), {}, false],
  ['of the builder, which failed and lost its name', created('i-1', failed), {}, true],
  ['of another instance', created('i-2'), {}, false],
  ['of another instance, which failed and lost its name', created('i-2', failed), {}, false],
  ['of a builder that EC2 does not show', created('i-9'), { memory: { ids: { instances: ['i-8', 'i-9'] } } }, true],
  ['of another instance than the builder that EC2 does not show', created('i-2'), { memory: { ids: { instances: ['i-9'] } } }, false],
  ['of no instance, which failed', { ...IMAGE, ...failed }, {}, false],
  ['of another instance, with snapshots of ours', { ...registered('snap-1'), SourceInstanceId: 'i-2' }, { properties: BY_COPIES, memory: snapshots }, false],

  ['with snapshots that memory knows', registered('snap-1', 'snap-2'), { properties: BY_COPIES, memory: snapshots }, true],
  ['with these and an empty device', registered('snap-1', undefined), { properties: BY_COPIES, memory: snapshots }, true],
  ['with these and another name', { ...registered('snap-1'), Name: 'other' }, { properties: BY_COPIES, memory: snapshots }, false],
  ['with these, of a build that copies none', registered('snap-1'), { memory: snapshots }, false],
  ['with one of others', registered('snap-1', 'snap-3'), { properties: BY_COPIES, memory: snapshots }, false],
  ['with one that EC2 does not show either', registered('snap-2', 'snap-4'), { properties: BY_COPIES, memory: snapshots }, false],
  ['with no snapshot', registered(undefined), { properties: BY_COPIES, memory: snapshots }, false],
  ['with no snapshot, while memory knows another', registered(), { properties: BY_COPIES, memory: { ids: { image: 'ami-9' } } }, false],
  ['with no snapshot yet, that memory knows', registered(), { properties: BY_COPIES, memory: { ids: { image: ID } } }, true],
  ['with those of an AMI that is being deleted', registered('snap-1', 'snap-3', undefined), {
    properties: BY_COPIES, memory: { removals: { us: { requestedIds: [], snapshotIds: ['snap-1', 'snap-3'], rounds: 0 } } },
  }, true],
])('an image with the owner tag %s', async (_title, image, request, isOwn) => {
  expect((await find([image], request)).found).toEqual(isOwn ? [ID] : []);
});

test.each<[string, Image, object]>([
  ['of the physical id', created('i-1'), { imageId: ID }],
  ['that is sealed', { ...SEALED, SourceInstanceId: 'i-1' }, {}],
  ['of a builder that memory knows', created('i-1'), { memory: { ids: { instances: ['i-1'] } } }],
  ['of snapshots that memory knows', registered('snap-1', 'snap-2'), { properties: BY_COPIES, memory: snapshots }],
  ['with another name', created('i-1', { Name: 'other' }), {}],
])('nothing but images is read for one %s', async (_title, image, request) => {
  expect((await find([image], request)).operations).toEqual(['DescribeImages']);
});

test('an AMI that EC2 has accepted is waited for, until it is gone for good', () => {
  const memory: Memory = { ids: { image: ID } };
  const step = (now: number) => () => throwIfAccepted(answering({}, now).aws, requestOf({ memory }));
  for (let read = 0; read < 10; read++) {
    expect(step(0)).toThrow(expect.objectContaining({ name: 'NotReady', seconds: 2, message: `EC2 has accepted the AMI ${ID} of the build, but does not show it` }));
  }
  expect(step(119_999)).toThrow(NotReady);
  expect(step(120_000)).toThrow(DeploymentError);
  expect(step(120_000)).toThrow(`The AMI ${ID} of the build disappeared`);
  expect(() => throwIfAccepted(answering({}).aws, requestOf({}))).not.toThrow();
});

test.each<[string | undefined, Memory]>([
  [ID, { ids: { image: ID } }],
  [undefined, { hasGaps: true }],
])('EC2 has answered with the AMI %s', (imageId, memory) => {
  const request = requestOf({});
  rememberBuild(request, imageId);
  expect(request.memory).toEqual(memory);
});

test.each<[string, Error, Memory]>([
  ['has the name already', ec2Error('InvalidAMIName.Duplicate'), { hasGaps: true }],
  ['did not answer', ec2Error('InternalError', 500), { hasGaps: true, doubtUntil: 61_000 }],
  ['refused', ec2Error('InvalidParameterValue'), {}],
])('EC2 %s', (_title, error, memory) => {
  const request = requestOf({});
  rememberBuildError(answering({}, 1_000).aws, request, error);
  expect(request.memory).toEqual(memory);
});
