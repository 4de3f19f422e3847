import { CreateTagsCommand, Tag } from '@aws-sdk/client-ec2';
import { DeploymentError, NotReady } from '../../lambda/outcomes';
import { revoke, share, shareNewAmi, undoSharing } from '../../lambda/sharing/share';
import { recordKey, requestMark } from '../../lambda/sharing/sharing-record';
import { AwsError } from '../../local-aws/aws-call';
import { Image } from '../../local-aws/ec2/state/records';
import { DirectHandler } from '../helpers/direct-handler';
import { addImage, everywhere, giveByHand, recordsOn, sharingOf, X, Y, Z } from '../helpers/sharing';
import { creation, describeImage, recordOfRequest, SharingRequest, takeCalls, update } from '../helpers/sharing-requests';

const W = '444444444444';
const READS = ['DescribeImageAttribute', 'DescribeSnapshotAttribute', 'DescribeSnapshotAttribute'];
const ADDITIONS = ['ModifySnapshotAttribute', 'ModifySnapshotAttribute', 'ModifyImageAttribute'];
const REMOVALS = ['ModifyImageAttribute', 'ModifySnapshotAttribute', 'ModifySnapshotAttribute'];
const EVERYWHERE = new Set([0, 1, 2]);

let handler: DirectHandler;
let image: Image;
beforeAll(async () => { handler = await DirectHandler.start(); });
beforeEach(() => { image = addImage(handler, 'golden'); });
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

const described = () => describeImage(handler, image);
const step = async (request: SharingRequest) => share(handler.connected, request, await described(), request.properties);
const revoked = async (request: SharingRequest) => revoke(handler.connected, request, await described(), request.properties);
const undone = async (request: SharingRequest) => undoSharing(handler.connected, request, await described(), request.properties);
const sharing = () => sharingOf(handler, image.id);
const calls = () => takeCalls(handler);
const tagByHand = (...Tags: Tag[]) => handler.connected.ec2.send(new CreateTagsCommand({ Resources: [image.id], Tags }));
const failOnce = (action: string, code = 'InvalidAMIAttributeItemValue') => handler.aws.faults.add({ matches: `ec2:${action}`, error: new AwsError(code, 'refused'), times: 1 });


test('who had a permission before is recorded before anything is shared, and keeps exactly that', async () => {
  [[Y], [Z, 'image'], [W, 'first snapshot']].forEach(([id, places]) => giveByHand(handler, image, id, places as 'image'));
  const before = sharing();
  const request = creation(image, [X, Y, Z, W]);
  await step(request);
  expect(calls()).toEqual([...READS, 'CreateTags', ...ADDITIONS, 'CreateTags']);
  expect(sharing()).toEqual(everywhere(X, Y, Z, W));
  expect(await recordOfRequest(handler, request)).toEqual({
    holder: 'creation',
    readFor: requestMark('creation'),
    doneFor: requestMark('creation'),
    before: new Map([[Y, EVERYWHERE], [Z, new Set([0])], [W, new Set([1])]]),
  });
  await revoked(request);
  expect(sharing()).toEqual(before);
  expect(await recordsOn(handler, image)).toEqual({});
  expect(request.memory.sharingTags).toBeUndefined();
});

test('a repeated step of a request that is done does nothing: what the record no longer names is not revoked', async () => {
  giveByHand(handler, image, Y);
  await step(creation(image, [X, Y]));
  const request = update(image, [X, Y], [X, Z]);
  await step(request);
  expect((await recordOfRequest(handler, request))?.before).toEqual(new Map());
  calls();
  await step({ ...request, memory: {} });
  expect(calls()).toEqual([]);
  expect(sharing()).toEqual(everywhere(X, Y, Z));
});

test.each<[string, (old: string[]) => SharingRequest]>([
  ['creation', () => creation(image, [X, Z])],
  ['update', old => update(image, old, [W, X, Z])],
])('a repeated step of a %s that has shared a part does not take it for what others gave', async (title, requestOf) => {
  const old = [W];
  await step(creation(image, old, { logicalId: title === 'update' ? 'Sharing' : 'Other' }));
  giveByHand(handler, image, Z);
  const request = requestOf(old);
  failOnce('ModifyImageAttribute');
  await expect(step(request)).rejects.toThrow(DeploymentError);
  expect(sharing().snapshots[0]).toContain(X);
  const before = title === 'update' ? { holder: 'creation', doneFor: requestMark('creation') } : { holder: '', doneFor: '' };
  expect(await recordOfRequest(handler, request)).toMatchObject({ ...before, readFor: requestMark(request.requestId) });
  calls();
  await step(request);
  expect(calls()).toEqual([...ADDITIONS, 'CreateTags']);
  expect((await recordOfRequest(handler, request))?.before).toEqual(new Map([[Z, EVERYWHERE]]));
});

describe('an update', () => {
  beforeEach(async () => {
    giveByHand(handler, image, Y);
    await step(creation(image, [X, Y]));
    calls();
  });

  test.each<[string, string[], string[], string[], readonly string[]]>([
    ['that changes nothing', [X, Y], [X, Y], [Y], ADDITIONS],
    ['that removes what the construct gave', [Y], [Y], [Y], [...REMOVALS, ...ADDITIONS]],
    ['that removes what others gave', [X], [X, Y], [], [...ADDITIONS, 'CreateTags']],
    ['that adds what others gave', [X, Y, Z], [X, Y, Z], [Y, Z], [...READS, 'CreateTags', ...ADDITIONS, 'CreateTags']],
    ['that adds what nobody gave', [X, Y, W], [X, Y, Z, W], [Y], [...READS, 'CreateTags', ...ADDITIONS, 'CreateTags']],
    ['to nobody', [], [Y], [], [...REMOVALS, 'CreateTags']],
  ])('%s', async (_title, accounts, shared, recorded, made) => {
    giveByHand(handler, image, Z);
    const request = update(image, [X, Y], accounts);
    await step(request);
    expect(calls()).toEqual(made);
    expect(sharing()).toEqual(everywhere(...new Set([...shared, Z])));
    expect([...(await recordOfRequest(handler, request))!.before.keys()]).toEqual(recorded);
    expect((await recordOfRequest(handler, request))?.holder).toBe('creation');
  });

  test('that returns to an AMI which the construct has shared reads nothing, and takes over its record', async () => {
    const request = creation(image, [X, Y], { requestId: 'return00' });
    await step(request);
    expect(calls()).toEqual([...ADDITIONS, 'CreateTags']);
    expect(await recordOfRequest(handler, request)).toMatchObject({ holder: 'return00', doneFor: requestMark('return00'), before: new Map([[Y, EVERYWHERE]]) });
  });
});

test('an AMI of the stack has no record before others gave something', async () => {
  await shareNewAmi(handler.connected, await described(), { SharedAccountIds: [X, Y] });
  expect(calls()).toEqual(ADDITIONS);
  await step(update(image, [X, Y], [Y]));
  expect(calls()).toEqual([...REMOVALS, ...ADDITIONS]);
  expect(sharing()).toEqual(everywhere(Y));
});

describe('what another construct declares too', () => {
  const other = (accounts: string[], changes: Partial<SharingRequest> = {}) => creation(image, accounts, { logicalId: 'Other', ...changes });
  const beforeOf = async (request: SharingRequest) => (await recordOfRequest(handler, request))?.before;

  test('is moved to its record in one call, which a repeated step does not need, and the last one revokes it', async () => {
    giveByHand(handler, image, Z, 'image');
    giveByHand(handler, image, Z, 'first snapshot');
    const [first, second, third] = [creation(image, [X, Y, Z]), other([Y, Z, W]), other([X], { logicalId: 'Third' })];
    for (const request of [first, second, third]) {
      await step(request);
    }
    expect(await beforeOf(second)).toEqual(new Map([[Y, EVERYWHERE], [Z, EVERYWHERE]]));
    calls();
    const request = update(image, [X, Y, Z], [X]);
    failOnce('ModifyImageAttribute');
    await expect(step(request)).rejects.toThrow(DeploymentError);
    const keys = [second, first].map(one => recordKey(one, image.id));
    expect(handler.aws.log.of('ec2:CreateTags').map(({ input }) => (input.Tags as Tag[]).map(({ Key }) => Key))).toEqual([keys]);
    expect(Object.keys(request.memory.sharingTags!.tags)).toEqual(keys);
    expect([await beforeOf(first), await beforeOf(second)]).toEqual([new Map([[Z, EVERYWHERE], [Y, EVERYWHERE]]), new Map([[Z, new Set([0, 1])]])]);
    calls();
    await step(request);
    expect(calls()).toEqual([...ADDITIONS, 'CreateTags']);
    expect(sharing()).toEqual(everywhere(X, Y, Z, W));
    expect(await beforeOf(first)).toEqual(new Map());
    await revoked(other([Y, Z, W]));
    expect(sharing()).toEqual({ image: [X, Z], snapshots: [[X, Z], [X]] });
  });

  test('is not moved where its record has it already', async () => {
    giveByHand(handler, image, Y);
    await step(creation(image, [X, Y]));
    await step(other([Y]));
    calls();
    await step(update(image, [X, Y], [X]));
    expect(calls()).toEqual([...ADDITIONS, 'CreateTags']);
    expect(await beforeOf(other([Y]))).toEqual(new Map([[Y, EVERYWHERE]]));
  });

  test('an AMI of the stack gets a record for it, and its removal leaves it to the other', async () => {
    await shareNewAmi(handler.connected, await described(), { SharedAccountIds: [X, Y] });
    await step(other([X, Y]));
    calls();
    await step(update(image, [X, Y], [X]));
    expect(calls()).toEqual(['CreateTags', ...ADDITIONS, 'CreateTags']);
    await revoked(creation(image, [X]));
    expect(sharing()).toEqual(everywhere(X, Y));
    await revoked(other([X, Y]));
    expect(sharing()).toEqual(everywhere());
    expect(await recordsOn(handler, image)).toEqual({});
  });

  test('is moved even if the record gets longer than one that is written before sharing', async () => {
    const accounts = Array.from({ length: 40 }, (_, index) => String(100_000_000_000 + index));
    await step(creation(image, accounts));
    await step(other(accounts.slice(20)));
    await step(other(accounts.slice(0, 20), { logicalId: 'Third' }));
    await step(update(image, accounts, []));
    expect(sharing()).toEqual(everywhere(...accounts));
  });
});

describe('tags that were written and that EC2 does not show', () => {
  const key = () => recordKey(creation(image, []), image.id);
  const memoryOf = (tags: object, msAgo: number) => ({ sharingTags: { tags: { ...tags }, since: handler.connected.now() - msAgo } } as SharingRequest['memory']);

  test.each<[string, (now: number) => SharingRequest['memory'], boolean]>([
    ['another value is shown', () => memoryOf({ [key()]: 'new' }, 59_999), true],
    ['one of two is not shown', () => memoryOf({ [key()]: 'old', [`${key()}.2`]: 'old' }, 59_999), true],
    ['another tag has the value', () => memoryOf({ other: 'old' }, 0), true],
    ['for a minute', () => memoryOf({ [key()]: 'new' }, 60_000), false],
    ['all are shown', () => memoryOf({ [key()]: 'old' }, 0), false],
    ['an invocation died', now => ({ doubtUntil: now + 1 }), true],
    ['an invocation died a minute ago', now => ({ doubtUntil: now }), false],
    ['none was written', () => ({}), false],
  ])('%s', async (_title, memory, isRefused) => {
    const withMemory = (request: SharingRequest) => ({ ...request, memory: memory(handler.connected.now()) });
    const [added, removed] = [update(image, [], [X]), update(image, [Y], [], { requestId: 'removal0' })];
    for (const changed of [() => step(withMemory(added)), () => step(withMemory(removed)), () => revoked(withMemory(creation(image, [X])))]) {
      await tagByHand({ Key: key(), Value: 'old' });
      calls();
      const error: unknown = await changed().catch(caught => caught);
      if (isRefused) {
        expect(error).toBeInstanceOf(NotReady);
        expect(error).toMatchObject({ message: `EC2 may not show the last tags of the AMI ${image.id} yet`, seconds: 2 });
      }
      expect([error === undefined, calls().length > 0]).toEqual([!isRefused, !isRefused]);
    }
    // where nothing is to be revoked or recorded, they do not matter
    await step(withMemory(update(image, [X], [X])));
  });

  test('are deleted with the record', async () => {
    await tagByHand({ Key: key(), Value: 'old' }, { Key: 'theirs', Value: 'old' });
    await revoked({ ...creation(image, []), memory: memoryOf({ [`${key()}.2`]: 'new', [key()]: 'new', other: 'new' }, 60_000) });
    expect(handler.aws.log.of('ec2:DeleteTags').map(({ input }) => input.Tags)).toEqual([[{ Key: key() }, { Key: `${key()}.2` }]]);
  });
});

describe('an AMI that is not available', () => {
  beforeEach(() => { image.state = 'disabled'; });

  test.each<[string, () => SharingRequest, string[]]>([
    ['creation', () => creation(image, [X, Y]), [X, Y]],
    ['update', () => update(image, [X], [X, Y]), [Y]],
    ['update to another AMI', () => creation(image, [X, Y], { oldProperties: { ImageId: 'ami-1', SharedAccountIds: [X, Y] } }), [X, Y]],
  ])('is not shared by a %s, unless in a rollback', async (_title, request, added) => {
    const message = `The AMI ${image.id} is disabled, and EC2 shares only AMIs that are available. Enable it (aws ec2 enable-image --image-id ${image.id} ` +
      `--region us-east-1), or do not share it with ${added.join(', ')}.`;
    await expect(step(request())).rejects.toThrow(new DeploymentError(message));
    await step({ ...request(), isRollback: true });
    expect(calls()).toEqual([]);
  });

  test('is no longer shared with those that are not declared', async () => {
    giveByHand(handler, image, X);
    giveByHand(handler, image, Y);
    await step(update(image, [X, Y], [X]));
    expect(calls()).toEqual(REMOVALS.slice(1));
    expect(sharing().snapshots).toEqual([[X], [X]]);
  });

  test('is refused where the request has created it', async () => {
    await expect(shareNewAmi(handler.connected, await described(), { SharedAccountIds: [X] })).rejects.toThrow(`or do not share it with ${X}.`);
    await shareNewAmi(handler.connected, await described(), {});
    expect(calls()).toEqual([]);
  });
});

describe('a record that cannot be written: nothing is shared', () => {
  afterEach(() => {
    expect(calls().filter(action => action.startsWith('Modify'))).toEqual([]);
  });

  test('because it is too long', async () => {
    const accounts = Array.from({ length: 40 }, (_, index) => String(100_000_000_000 + index));
    accounts.forEach(id => giveByHand(handler, image, id));
    await expect(step(creation(image, [...accounts, X]))).rejects.toThrow(new RegExp(
      `^The AMI ${image.id} is shared already with 40 of those that this construct declares \\(${accounts.slice(0, 5).join(', ')}, …\\), by someone else`));
    expect(calls()).toEqual(READS);
  });

  test.each<[string, string, RegExp]>([
    ['TagLimitExceeded', 'DeploymentError', /has too many tags for one more, cdk-encrypted-ami:sharing-\w+, .* \(EC2 TagLimitExceeded: refused\)/],
    ['UnauthorizedOperation', 'UnauthorizedOperation', /^refused$/],
  ])('because of %s', async (code, name, message) => {
    failOnce('CreateTags', code);
    await expect(step(creation(image, [X]))).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});

describe('a removal', () => {
  test('without a record revokes what was declared, and deletes no tag', async () => {
    [X, Y, Z].forEach(id => giveByHand(handler, image, id));
    await revoked(creation(image, [X, Y]));
    expect(calls()).toEqual(REMOVALS);
    expect(sharing()).toEqual(everywhere(Z));
  });

  test.each<[string, boolean]>([
    ['InvalidAMIID.NotFound', false],
    ['UnauthorizedOperation', true],
  ])('whose record is not deleted: %s', async (code, isInDoubt) => {
    const request = creation(image, [X]);
    await step(request);
    failOnce('DeleteTags', code);
    const error: unknown = await revoked(request).catch(caught => caught);
    expect(error === undefined ? undefined : (error as Error).name).toBe(isInDoubt ? code : undefined);
    expect(request.memory.doubtUntil).toBe(isInDoubt ? handler.connected.now() + 60_000 : undefined);
    expect(sharing()).toEqual(everywhere());
  });
});

describe('a request that has failed', () => {
  test.each<[string, (changes?: Partial<SharingRequest>) => SharingRequest, string[], number]>([
    ['creation', changes => creation(image, [X, Y, Z], { requestId: 'failed00', ...changes }), [Y], 0],
    ['update', changes => update(image, [X], [X, Y, Z], { requestId: 'failed00', ...changes }), [X, Y], 1],
  ])('has its sharing undone: a %s', async (title, requestOf, kept, records) => {
    if (title === 'update') {
      await step(creation(image, [X]));
    }
    giveByHand(handler, image, Y);
    failOnce('ModifyImageAttribute');
    await expect(step(requestOf())).rejects.toThrow(DeploymentError);
    calls();
    // another request has shared nothing
    await undone(requestOf({ requestId: 'another0' }));
    expect(calls()).toEqual([]);
    await undone(requestOf());
    expect(sharing()).toEqual(everywhere(...kept));
    expect(Object.keys(await recordsOn(handler, image))).toHaveLength(records);
  });

  test('before it has read the permissions, has shared nothing', async () => {
    giveByHand(handler, image, X);
    await undone(creation(image, [X]));
    expect(calls()).toEqual([]);
  });
});
