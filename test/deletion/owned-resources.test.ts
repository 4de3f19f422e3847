import {
  DescribeImagesCommand, DescribeInstancesCommand, DescribeSnapshotsCommand, DescribeVolumesCommand, RunInstancesCommand, TagSpecification,
} from '@aws-sdk/client-ec2';
import { deleteOwnedResources } from '../../lambda/deletion/delete-owned-resources';
import { imagesOf, instancesOf, snapshotsOf, volumesOf } from '../../lambda/deletion/owned-resources';
import { MultiKeyRequest } from '../../lambda/multi-key/device-plan';
import { findOwnVolumes } from '../../lambda/multi-key/volumes/own-volumes';
import { NotReady } from '../../lambda/outcomes';
import { ImageRequest } from '../../lambda/request/image-request';
import { AwsError } from '../../local-aws/aws-call';
import { ID_TAG, OWNER_TAG, Sharing } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

/** The types of resources, as EC2 shows and deletes them. */

const OWNER = 'stack/one';
const TAGS = { [OWNER_TAG]: OWNER };
const ofOwner = { Filters: [{ Name: `tag:${OWNER_TAG}`, Values: [OWNER] }] };
let handler: DirectHandler;
beforeAll(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

const requestOf = (changed: Partial<ImageRequest<Sharing>> = {}) =>
  ({ owner: OWNER, attemptId: 'one', account: handler.aws.account, memory: {}, isDelete: true, startedAt: 0, ...changed }) as ImageRequest<Sharing>;
const idsOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
const refuse = (action: string, code: string) => handler.aws.faults.add({ matches: `ec2:${action}`, error: new AwsError(code, 'words') });

describe('images', () => {
  const IMAGES = imagesOf(async ({ ec2 }) => (await ec2.send(new DescribeImagesCommand({ Owners: ['self'], ...ofOwner }))).Images!);
  const [ONE, TWO] = ['ami-0123456789abcdef0', 'ami-0123456789abcdef1'];
  const addImages = () => {
    const devices = [{ deviceName: '/dev/xvda' }, { deviceName: '/dev/sdf' }, { deviceName: '/dev/sdg', blank: true }];
    return [ONE, TWO].map(id => handler.aws.ec2.addImage({ id, name: id, devices, tags: TAGS }).devices.flatMap(({ ebs }) => ebs?.snapshotId ?? []));
  };

  test('are listed by a pattern, with their tags, and without those that are deregistered', async () => {
    addImages();
    handler.aws.ec2.settings.consistency.deregisteredShown = 1_000;
    Object.assign(handler.aws.ec2.image(TWO)!, { state: 'deregistered', deregisteredAt: handler.aws.clock.now() });
    const [image, ...others] = await IMAGES.list(handler.connected, 'stack/*');
    expect([image.id, others]).toEqual([ONE, []]);
    expect(image.Tags).toEqual([{ Key: OWNER_TAG, Value: OWNER }]);
  });

  test('are deregistered with their snapshots, whose ids are remembered first, because a call that succeeds can leave some', async () => {
    const [, [first, second]] = addImages();
    const other = { requestedIds: [], snapshotIds: ['snap-3'], rounds: 1 };
    const request = requestOf({ memory: { removals: { other, [OWNER]: { requestedIds: ['i-1'], snapshotIds: ['snap-4', first], rounds: 2 } } } });
    handler.aws.ec2.deletionFailures.fail({ snapshotId: second, code: 'internal-error' });
    await IMAGES.delete(handler.connected, request, TWO);
    expect([ONE, TWO].map(id => handler.aws.ec2.image(id)!.state)).toEqual(['available', 'deregistered']);
    // also no undefined id
    expect(request.memory.removals).toStrictEqual({ other, [OWNER]: { requestedIds: ['i-1'], snapshotIds: ['snap-4', first, second], rounds: 2 } });
    const { Snapshots } = await handler.connected.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: [{ Name: `tag:${ID_TAG}`, Values: ['*'] }] }));
    expect(Snapshots!.map(({ SnapshotId }) => SnapshotId)).toEqual([second]);
    expect(Snapshots![0].Tags).toContainEqual({ Key: ID_TAG, Value: second });
  });

  test('that are not shown any more are deregistered all the same', async () => {
    addImages();
    const request = requestOf();
    await imagesOf(async () => []).delete(handler.connected, request, ONE);
    expect(handler.aws.ec2.image(ONE)!.state).toBe('deregistered');
    expect(request.memory.removals).toEqual({ [OWNER]: { requestedIds: [], snapshotIds: [], rounds: 0 } });
  });

  test.each<[string, string, boolean]>([
    ['CreateTags', 'UnauthorizedOperation', true],
    ['DescribeSnapshots', 'InvalidSnapshot.NotFound', true],
    ['DescribeSnapshots', 'Unavailable', false],
  ])('are deregistered if %s answers %s: %s', async (action, code, isDeregistered) => {
    addImages();
    refuse(action, code);
    const outcome = await IMAGES.delete(handler.connected, requestOf(), ONE).then(() => undefined, error => error.name);
    expect(outcome).toBe(isDeregistered ? undefined : code);
    expect(handler.aws.ec2.image(ONE)!.state).toBe(isDeregistered ? 'deregistered' : 'available');
  });

  test('need not be seen gone', async () => {
    addImages();
    const request = requestOf();
    const type = { ...IMAGES, find: async () => [{ id: ONE }] };
    await expect(deleteOwnedResources(handler.connected, request, [type])).rejects.toBeInstanceOf(NotReady);
    await deleteOwnedResources(handler.connected, request, [type]);
    expect(handler.aws.log.of('ec2:DeregisterImage')).toHaveLength(1);
  });
});

describe('snapshots', () => {
  const addSnapshots = () => [0, 1, 2].map(() => handler.aws.ec2.addSnapshot({ tags: TAGS }).id);

  test('are listed with their tags, whoever has made them', async () => {
    const ids = addSnapshots();
    const listed = await snapshotsOf(async () => []).list(handler.connected, 'stack/*');
    expect(idsOf(listed).sort()).toEqual([...ids].sort());
    expect(listed[0].Tags).toEqual([{ Key: OWNER_TAG, Value: OWNER }]);
  });

  test('are found if they are ours, without those that are kept, with whether they failed', async () => {
    const [failed, own, kept] = addSnapshots();
    addSnapshots();
    handler.aws.ec2.snapshot(failed)!.state = 'error';
    const snapshots = { '/dev/xvda': failed, '/dev/sdf': own, '/dev/sdg': kept };
    const found = await snapshotsOf(async () => [], [kept]).find(handler.connected, requestOf({ memory: { ids: { snapshots } } }));
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining([{ id: failed, hasFailed: true }, { id: own, hasFailed: false }]));
  });

  test('need not be seen gone: a pending one goes when it is complete', async () => {
    const [id] = addSnapshots();
    const request = requestOf({ memory: { ids: { snapshots: { '/dev/xvda': id } } } });
    const type = { ...snapshotsOf(async () => []), find: async () => [{ id }] };
    await expect(deleteOwnedResources(handler.connected, request, [type])).rejects.toBeInstanceOf(NotReady);
    expect(handler.aws.ec2.snapshot(id)).toBeUndefined();
    await deleteOwnedResources(handler.connected, request, [type]);
  });
});

describe('instances and their volumes', () => {
  const reservations = async () => (await handler.connected.ec2.send(new DescribeInstancesCommand(ofOwner))).Reservations!;
  const INSTANCES = instancesOf(async () => (await reservations()).flatMap(one => one.Instances!));
  const VOLUMES = volumesOf(async ({ ec2 }) => (await ec2.send(new DescribeVolumesCommand(ofOwner))).Volumes!);

  /** A running instance with two volumes, of which one stays when it is terminated. */
  async function launch(): Promise<string> {
    const { aws, connected: { ec2 } } = handler;
    const devices = [{ deviceName: '/dev/xvda' }, { deviceName: '/dev/sdf', deleteOnTermination: false }];
    const Tags = [{ Key: OWNER_TAG, Value: OWNER }];
    const TagSpecifications: TagSpecification[] = [{ ResourceType: 'instance', Tags }, { ResourceType: 'volume', Tags }];
    const { Instances } = await ec2.send(new RunInstancesCommand({
      ImageId: aws.ec2.addImage({ name: 'source', devices }).id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, TagSpecifications,
    }));
    aws.clock.advance(120_000);
    return Instances![0].InstanceId!;
  }

  test('are deleted in their order, and seen gone, without a call that EC2 refuses', async () => {
    const { aws, connected } = handler;
    const id = await launch();
    const request = requestOf();
    expect(idsOf(await INSTANCES.list(connected, 'stack/*'))).toEqual([id]);
    expect(await INSTANCES.find(connected, request)).toEqual([{ id, isDeleting: false }]);
    const volumes = await VOLUMES.list(connected, 'stack/*');
    expect([volumes, await INSTANCES.list(connected, 'stack/*')].map(([one]) => one.Tags)).toEqual(Array(2).fill([{ Key: OWNER_TAG, Value: OWNER }]));
    expect(await VOLUMES.find(connected, request)).toEqual(volumes.map(one => ({ id: one.id, isAttached: true, isDeleting: false })));

    const waits: (number | undefined)[] = [];
    const readsBefore = aws.log.of('ec2:DescribeVolumes').length;
    for (let isDone = false; !isDone && waits.length < 60;) {
      isDone = await deleteOwnedResources(connected, request, [INSTANCES, VOLUMES]).then(() => true, error => {
        waits.push(error.seconds);
        aws.clock.advance(error.seconds * 1_000);
        return false;
      });
    }
    expect(waits.slice(0, 2)).toEqual([12, 3]);
    expect(aws.log.calls.filter(({ error }) => error !== undefined)).toEqual([]);
    expect([aws.log.of('ec2:TerminateInstances'), aws.log.of('ec2:DeleteVolume')].map(({ length }) => length)).toEqual([1, 1]);
    expect(aws.ec2.counts()).toEqual({ images: 0, snapshots: 0, volumes: 0, instances: 0 });
    // the first round, and each after the instance is gone
    expect(aws.log.of('ec2:DescribeVolumes').length - readsBefore).toBeLessThan(waits.length);
    // EC2 shows a terminated instance for an hour
    expect((await reservations())[0].Instances![0].State!.Name).toBe('terminated');
    expect([await INSTANCES.list(connected, 'stack/*'), await INSTANCES.find(connected, request)]).toEqual([[], []]);
  });

  test('a volume is ours by its instance, also if EC2 detaches it before the volumes are read', async () => {
    const { aws, connected } = handler;
    const id = await launch();
    const request = requestOf();
    await INSTANCES.find(connected, request);
    await INSTANCES.delete(connected, request, id);
    aws.clock.advance(120_000);
    const own = await findOwnVolumes(connected, request as unknown as MultiKeyRequest, async () => []);
    expect(own).toHaveLength(1);
    expect(own).toEqual([expect.objectContaining({ Attachments: [], State: 'available' })]);
  });

  test('are not deleted again while EC2 is deleting them', async () => {
    const { aws, connected } = handler;
    const id = await launch();
    await INSTANCES.delete(connected, requestOf(), id);
    expect(await INSTANCES.find(connected, requestOf())).toEqual([{ id, isDeleting: true }]);
    aws.clock.advance(120_000);
    const [volume] = await VOLUMES.find(connected, requestOf());
    expect(volume).toEqual({ id: volume.id, isAttached: false, isDeleting: false });
    await VOLUMES.delete(connected, requestOf(), volume.id);
    expect(await VOLUMES.find(connected, requestOf())).toEqual([{ ...volume, isDeleting: true }]);
  });

  test('a volume has to be seen gone', async () => {
    const type = { ...VOLUMES, find: async () => [{ id: 'vol-0123456789abcdef0', isDeleting: true }] };
    const request = requestOf();
    for (let round = 0; round < 3; round++) {
      await expect(deleteOwnedResources(handler.connected, request, [type])).rejects.toThrow('vol-0123456789abcdef0 not deleted yet');
    }
  });

  test.each(['VolumeInUse', 'IncorrectState'])('a volume that an instance holds is waited for: %s', async code => {
    const { connected } = handler;
    refuse('DeleteVolume', code);
    const request = requestOf();
    const type = { ...VOLUMES, find: async () => [{ id: 'vol-0123456789abcdef0' }] };
    for (let round = 0; round < 6; round++) {
      await expect(deleteOwnedResources(connected, request, [type])).rejects.toBeInstanceOf(NotReady);
    }
  });
});
