import { DescribeImagesCommand, DescribeSnapshotsCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { deleteLeftovers } from '../../lambda/deletion/delete-leftovers';
import { deleteOwnedResources } from '../../lambda/deletion/delete-owned-resources';
import { imagesOf, OwnedResourceType, snapshotsOf } from '../../lambda/deletion/owned-resources';
import { DeploymentError, NotReady } from '../../lambda/outcomes';
import { ImageRequest } from '../../lambda/request/image-request';
import { Request } from '../../lambda/request/parse-request';
import { AwsError } from '../../local-aws/aws-call';
import { LEFTOVER_TAG, OWNER_TAG, Sharing } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

/** The refusals of EC2 that decide whether a deletion waits, fails, or leaves something behind, and the tag of what stays. */

const [IMAGE_ID, OTHER] = ['ami-0123456789abcdef0', 'ami-0123456789abcdef1'];
const OWNER = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0/one';
let handler: DirectHandler;
beforeAll(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

const requestOf = (changed: Partial<ImageRequest<Sharing>> = {}) =>
  ({ owner: OWNER, imageId: IMAGE_ID, account: handler.aws.account, memory: {}, isDelete: true, ...changed }) as ImageRequest<Sharing>;
const addSnapshot = () => handler.aws.ec2.addSnapshot({
  description: `Copied for DestinationAmi ${IMAGE_ID} from SourceAmi ami-1 for SourceSnapshot snap-1. Task created on 1.`, tags: { [OWNER_TAG]: OWNER },
}).id;
const SNAPSHOTS = snapshotsOf(async () => []);
const addImage = (id: string | undefined, protection: 'disabled' | 'enabled-without-cooldown' = 'disabled') => {
  const image = handler.aws.ec2.addImage({ id, name: 'ours', tags: { [OWNER_TAG]: OWNER } });
  image.protection = protection;
  return image.id;
};
const IMAGES = imagesOf(async (aws, { owner }) =>
  (await aws.ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: `tag:${OWNER_TAG}`, Values: [owner] }] }))).Images!);

function refuse(action: string, code: string, message: string): void {
  handler.aws.faults.add({ matches: `ec2:${action}`, error: new AwsError(code, message) });
}

/** The error of each round, until one ends the deletion. */
async function deleteWith(request: ImageRequest<Sharing>, type: OwnedResourceType): Promise<readonly Error[]> {
  const errors: Error[] = [];
  // the handler accepts a refusal in the fifth round
  for (let round = 1; round <= 5 && errors.every(error => error instanceof NotReady); round++) {
    await deleteOwnedResources(handler.connected, request, [type]).catch(error => errors.push(error));
  }
  return errors;
}

/** The values of the tag of what was left behind, by id. */
async function leftovers(): Promise<Record<string, string>> {
  const Filters = [{ Name: 'tag-key', Values: [LEFTOVER_TAG] }];
  const { Images } = await handler.connected.ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters }));
  const { Snapshots } = await handler.connected.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }));
  const valueOf = ({ Tags }: { Tags?: { Key?: string; Value?: string }[] }) => Tags!.find(({ Key }) => Key === LEFTOVER_TAG)!.Value!;
  return Object.fromEntries([...Images!.map(one => [one.ImageId!, valueOf(one)]), ...Snapshots!.map(one => [one.SnapshotId!, valueOf(one)])]);
}

describe('a snapshot in use: EC2 names all its AMIs', () => {
  type Holder = 'failed' | 'failed with its tags' | 'available' | 'available with its tags' | 'deregistered' | 'requested' | 'shared no more';

  /** Deletes a snapshot that is in use by these. */
  async function deleteHeldBy(...holders: Holder[]) {
    handler.aws.ec2.settings.consistency.deregisteredShown = 1_000;
    const snapshot = addSnapshot();
    const ids = holders.map((holder, index) => holder === 'shared no more' ? 'ami-0000000000000dead' : handler.aws.ec2.addImage({
      name: `holder ${index}`,
      state: holder.startsWith('failed') ? 'failed' : 'available',
      tags: holder.endsWith('its tags') ? { [OWNER_TAG]: OWNER } : {},
    }).id);
    holders.forEach((holder, index) => {
      if (holder === 'deregistered') {
        Object.assign(handler.aws.ec2.image(ids[index])!, { state: 'deregistered', deregisteredAt: handler.aws.clock.now() });
      }
    });
    refuse('DeleteSnapshot', 'InvalidSnapshot.InUse', `The snapshot ${snapshot} is currently in use by ${ids.join(', ')}`);
    const requestedIds = ids.filter((_id, index) => holders[index] === 'requested');
    const request = requestOf({ memory: { removals: { [OWNER]: { requestedIds, snapshotIds: [], rounds: 0 } } } });
    return { snapshot, ids, errors: await deleteWith(request, SNAPSHOTS) };
  }

  test.each<[Holder[]]>([
    [['failed']],
    [['failed', 'failed']],
  ])('by %j: it is left behind', async holders => {
    expect((await deleteHeldBy(...holders)).errors).toEqual(Array(4).fill(expect.any(NotReady)));
  });

  test.each<[Holder[]]>([
    [['available']],
    [['failed', 'available']],
    [['available', 'failed']],
    [['failed', 'failed', 'available']],
    [['available', 'requested', 'deregistered']],
  ])('by %j: it fails at once, because waiting does not help', async holders => {
    const { snapshot, ids, errors } = await deleteHeldBy(...holders);
    const [user] = ids.filter((_id, index) => holders[index] === 'available');
    expect(errors).toEqual([expect.any(DeploymentError)]);
    expect(errors[0].message).toContain(`Cannot delete the snapshot ${snapshot}, because the AMI ${user} (`);
    expect(errors[0].message).not.toContain(' and the AMI');
    expect(handler.aws.log.of('ec2:DeleteSnapshot')).toHaveLength(1);
    expect(await leftovers()).toEqual({ [snapshot]: IMAGE_ID });
  });

  test.each<[Holder[]]>([
    [['failed', 'failed with its tags']],
    [['failed', 'shared no more']],
    [['failed', 'available with its tags']],
    [['deregistered']],
    [['requested']],
  ])('by %j: it is tried again', async holders => {
    expect((await deleteHeldBy(...holders)).errors).toEqual(Array(5).fill(expect.any(NotReady)));
    expect(await leftovers()).toEqual({});
  });
});

describe('another refusal', () => {
  const LOCKED = `The snapshot is locked, as of ${OTHER}, and protected.`;
  test.each<[string, 'available' | 'failed', string, RegExp]>([
    ['SnapshotLocked', 'available', LOCKED, /^Cannot delete snap-.* [(]EC2 SnapshotLocked: .*cdk-encrypted-ami:leftover/],
    ['SnapshotLocked', 'failed', LOCKED, /^Cannot delete snap-.*/],
    ['UnauthorizedOperation', 'available', 'You are not authorized to perform this operation.', /^The handler role is not allowed to delete/],
  ])('of a snapshot is believed in the fifth round, and the snapshot gets the tag: %s, as of an AMI that is %s', async (code, state, message, expected) => {
    const snapshot = addSnapshot();
    // of a snapshot in use, it would decide
    handler.aws.ec2.addImage({ id: OTHER, name: 'named by EC2', state });
    refuse('DeleteSnapshot', code, message);
    const errors = await deleteWith(requestOf(), SNAPSHOTS);
    expect(errors.slice(0, 4)).toEqual(Array(4).fill(expect.any(NotReady)));
    expect(errors[4].message).toMatch(expected);
    expect(await leftovers()).toEqual({ [snapshot]: IMAGE_ID });
  });

  test.each([[{}, false], [{ canceledSpotRequests: ['sir-1'] }, true]])('of an instance says that one of Spot may have no tags: %j', async (memory, isSaid) => {
    const denied = new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.');
    const type = { ...SNAPSHOTS, find: async () => [{ id: 'i-0123456789abcdef0' }], delete: () => Promise.reject(denied) };
    const [message] = (await deleteWith(requestOf({ memory }), type)).slice(-1).map(error => error.message);
    expect(message).toContain('is not allowed to delete');
    expect(message.includes('may have no tags, and the role cannot delete it: terminate it yourself. Then')).toBe(isSaid);
  });

  test('of what is neither an AMI nor a snapshot leaves no tag: the handler role may not write one', async () => {
    const { connected } = handler;
    const image = addImage(undefined);
    const { Instances } = await connected.ec2.send(new RunInstancesCommand({ ImageId: image, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
    const refused = { ...SNAPSHOTS, find: async () => [{ id: Instances![0].InstanceId! }], delete: () => Promise.reject(new AwsError('OperationNotPermitted', 'no')) };
    expect((await deleteWith(requestOf(), refused)).at(-1)!.message).toMatch(/^Cannot delete i-/);
    expect(handler.aws.log.of('ec2:CreateTags')).toEqual([]);
  });
});

describe('an AMI', () => {
  test.each<[string, string | undefined]>([
    ['that CloudFormation knows', IMAGE_ID],
    ['of an attempt', undefined],
  ])('%s that is protected fails at once, with the command', async (_title, imageId) => {
    const id = addImage(IMAGE_ID, 'enabled-without-cooldown');
    const errors = await deleteWith(requestOf({ imageId }), IMAGES);
    expect(errors).toEqual([expect.any(DeploymentError)]);
    expect(errors[0].message).toContain(`aws ec2 disable-image-deregistration-protection --image-id ${id} --region us-east-1`);
    expect(await leftovers()).toEqual({ [id]: id });
  });

  test('whose tag cannot be written fails with the same reason', async () => {
    addImage(IMAGE_ID, 'enabled-without-cooldown');
    refuse('CreateTags', 'UnauthorizedOperation', 'You are not authorized to perform this operation.');
    expect((await deleteWith(requestOf(), IMAGES))[0].message).toMatch(/^Cannot deregister the AMI/);
  });

  test('that is refused for another reason is tried again', async () => {
    const id = addImage(IMAGE_ID);
    refuse('DeregisterImage', 'OperationNotPermitted', 'no');
    const errors = await deleteWith(requestOf(), IMAGES);
    expect(errors).toHaveLength(5);
    expect(errors[4].message).toMatch(/^Cannot delete ami-.*OperationNotPermitted/);
    expect(await leftovers()).toEqual({ [id]: IMAGE_ID });
  });

  test.each([
    ['an AMI that was not finished', ''],
    ['the intermediate image of an AMI with another key', '-1'],
  ])('a later deployment deletes %s, once it is not protected any more', async (_title, suffix) => {
    const [stackId, attemptId] = ['arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0', '3432ll0u-xlhpnftx-9msdgsw6'];
    const owner = `${stackId}/${attemptId}`;
    const image = handler.aws.ec2.addImage({ name: `Images-${attemptId}${suffix}`, tags: { [OWNER_TAG]: owner } });
    image.protection = 'enabled-without-cooldown';
    const request = requestOf({ owner, ownerPrefix: `${stackId}/`, imageId: undefined });
    await deleteWith(request, IMAGES);
    image.protection = 'disabled';
    await deleteLeftovers(handler.connected, { event: { StackId: stackId }, image: request } as Request);
    expect(handler.aws.ec2.image(image.id)!.state).toBe('deregistered');
  });
});
