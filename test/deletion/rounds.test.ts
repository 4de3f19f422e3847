import { AwsClients } from '../../lambda/aws/clients';
import { deleteOwnedResources } from '../../lambda/deletion/delete-owned-resources';
import { OwnedResource, OwnedResourceType } from '../../lambda/deletion/owned-resources';
import { NotReady } from '../../lambda/outcomes';
import { ImageRequest } from '../../lambda/request/image-request';
import { Sharing } from '../../src/contract';

/** The rounds of a deletion, with types of resources whose lists and answers are those of the test. Nothing of this asks EC2. */

const errorOf = (name: string) => Object.assign(new Error('words'), { name });
const IN_USE = 'InvalidSnapshot.InUse';
let deleted: string[];
let warnings: jest.SpyInstance;
beforeEach(() => {
  deleted = [];
  warnings = jest.spyOn(console, 'warn').mockReturnValue(undefined);
});
afterEach(() => jest.restoreAllMocks());

type Answers = Readonly<Record<string, string>>;

/** A type whose list is `there`. A deletion is answered with an error where `answers` has its code. */
function typeOf(there: readonly OwnedResource[], settings: Partial<OwnedResourceType> = {}, answers: Answers = {}) {
  return {
    notFoundCodes: ['Gone'],
    retryableCodes: ['Held', IN_USE],
    mustDisappear: false,
    list: async () => [...there],
    find: jest.fn(async () => [...there]),
    delete: async (_aws: AwsClients, _request: unknown, id: string) => {
      deleted.push(id);
      if (answers[id] !== undefined) {
        throw errorOf(answers[id]);
      }
    },
    ...settings,
  };
}
const instances = (there: readonly OwnedResource[]) => typeOf(there, { mustDisappear: true, minSeconds: 12 });
const volumes = (there: readonly OwnedResource[]) => typeOf(there, { mustDisappear: true, isHeldByInstances: true });

const requestOf = (changed: Partial<ImageRequest<Sharing>> = {}) => ({ owner: 'us', memory: {}, isDelete: true, ...changed }) as ImageRequest<Sharing>;

/** The outcome of one round. */
async function round(request: ImageRequest<Sharing>, types: readonly OwnedResourceType[], pauseSeconds?: number): Promise<string> {
  try {
    await deleteOwnedResources({} as AwsClients, request, types, pauseSeconds);
    return 'done';
  } catch (error) {
    return `${error instanceof NotReady ? `in ${error.seconds} s` : (error as Error).constructor.name}: ${(error as Error).message}`;
  }
}
async function rounds(count: number, request: ImageRequest<Sharing>, ...types: OwnedResourceType[]): Promise<string[]> {
  const outcomes = [];
  for (let index = 0; index < count; index++) {
    outcomes.push(await round(request, types));
  }
  return outcomes;
}
const MORE = 'in 3 s: EC2 may show more to delete';

test.each<[string, OwnedResource[], string[]]>([
  ['nothing', [], []],
  ['what EC2 shows after its deletion', [{ id: 'a' }, { id: 'b' }], ['a', 'b']],
])('%s is deleted in one round, and the next one finds nothing more', async (_title, there, ids) => {
  expect(await rounds(2, requestOf(), typeOf(there))).toEqual([MORE, 'done']);
  expect(deleted).toEqual(ids);
});

test('what EC2 shows later needs another round', async () => {
  const there: OwnedResource[] = [];
  const request = requestOf();
  expect(await round(request, [typeOf(there)])).toBe(MORE);
  there.push({ id: 'a' });
  expect(await rounds(2, request, typeOf(there))).toEqual([MORE, 'done']);
  expect(deleted).toEqual(['a']);
});

test('what is gone already is not an error', async () => {
  expect(await rounds(2, requestOf(), typeOf([{ id: 'a' }], {}, { a: 'Gone' }))).toEqual([MORE, 'done']);
});

test('an instance has to be seen gone, and its volumes are read again only then', async () => {
  const there: OwnedResource[] = [{ id: 'i' }];
  const disks: OwnedResource[] = [{ id: 'attached', isAttached: true }, { id: 'free' }];
  const [first, second] = [instances(there), volumes(disks)];
  const request = requestOf();
  expect(await round(request, [first, second])).toBe('in 12 s: i, attached, free not deleted yet');
  expect(deleted).toEqual(['i', 'free']);
  there[0] = { id: 'i', isDeleting: true };
  expect(await rounds(2, request, first, second)).toEqual(Array(2).fill('in 3 s: i not deleted yet'));
  expect(second.find).toHaveBeenCalledTimes(1);
  there.pop();
  disks.splice(0, 2, { id: 'attached', isAttached: true });
  expect(await round(request, [first, second])).toBe('in 3 s: attached not deleted yet');
  expect(deleted).toEqual(['i', 'free', 'attached']);
  disks[0] = { id: 'attached', isDeleting: true };
  // refusals are believed now, but nothing was refused
  expect(await round(request, [first, second])).toBe('in 3 s: attached not deleted yet');
  disks.pop();
  expect(await round(request, [first, second])).toBe('done');
  expect(deleted).toEqual(['i', 'free', 'attached']);
});

test('what no instance holds is read in every round, and deleted while an instance remains', async () => {
  const there: OwnedResource[] = [];
  const request = requestOf();
  const types = [instances([{ id: 'i', isDeleting: true }]), typeOf(there)];
  expect(await round(request, types)).toBe('in 3 s: i not deleted yet');
  there.push({ id: 'a' });
  await round(request, types);
  expect(deleted).toEqual(['a']);
});

test('what would create another one in place of one that is deleted is ended first, in each round', async () => {
  const prepare = jest.fn(async () => { deleted.push('cause'); });
  await rounds(2, requestOf(), typeOf([{ id: 'a' }], { prepare }));
  expect(deleted).toEqual(['cause', 'a', 'cause']);
});

test('what has to be seen gone is deleted again while it is shown', async () => {
  expect(await rounds(2, requestOf(), volumes([{ id: 'v' }]))).toEqual(Array(2).fill('in 3 s: v not deleted yet'));
  expect(deleted).toEqual(['v', 'v']);
});

test('the pause is that of the caller, unless what was deleted takes longer', async () => {
  expect(await round(requestOf(), [typeOf([{ id: 'a' }])], 2)).toBe('in 2 s: EC2 may show more to delete');
  expect(await round(requestOf(), [typeOf([{ id: 'a' }])], 0)).toBe('in 0 s: EC2 may show more to delete');
  expect(await round(requestOf(), [instances([{ id: 'i' }])], 20)).toBe('in 20 s: i not deleted yet');
  expect(await round(requestOf(), [instances([])])).toBe(MORE);
});

test('EC2 shows something new in each of many rounds', async () => {
  let count = 0;
  const type = typeOf([], { find: async () => [{ id: `${count++}` }] });
  expect(await rounds(7, requestOf(), type)).toEqual(Array(7).fill(MORE));
  expect(deleted).toHaveLength(7);
});

describe('memory', () => {
  test.each([
    ['a request that creates begins again after the end', false, 0],
    ['a Delete looks once more after the end', true, 2],
  ])('has what was accepted, of each owner: %s', async (_title, isDelete, roundAfterEnd) => {
    const other = { requestedIds: ['x'], snapshotIds: ['snap-x'], rounds: 3 };
    const us = { requestedIds: ['a'], snapshotIds: ['snap-a'], rounds: 1 };
    const request = requestOf({ isDelete, memory: { removals: { other, us } } });
    expect(await round(request, [typeOf([{ id: 'a' }, { id: 'b' }])])).toBe(MORE);
    expect(deleted).toEqual(['b']);
    expect(request.memory.removals).toEqual({ other, us: { ...us, requestedIds: ['a', 'b'], rounds: 2 } });
    expect(await round(request, [typeOf([])])).toBe('done');
    expect(request.memory.removals).toEqual({ other, us: { ...us, requestedIds: ['a', 'b'], rounds: roundAfterEnd } });
  });

  test('has no snapshots before an image is deregistered', async () => {
    const request = requestOf();
    await round(request, [typeOf([])]);
    expect(request.memory.removals).toEqual({ us: { requestedIds: [], snapshotIds: [], rounds: 1 } });
  });
});

describe('a refusal', () => {
  const refused = (...codes: string[]) => {
    const ids = codes.map((_code, index) => `r${index}`);
    return typeOf(ids.map(id => ({ id })), {}, Object.fromEntries(codes.map((code, index) => [ids[index], code])));
  };
  const words = (...codes: string[]) => codes.map((code, index) => `r${index} (EC2 ${code}: words)`).join('; ');

  test.each<[string, string[], RegExp]>([
    ['is believed', ['Locked'], /^DeploymentError: Cannot delete r0 \(EC2 Locked: words\)[.] /],
    ['is believed beside one that ends', ['Held', 'Locked'], /^DeploymentError: Cannot delete r0 \(EC2 Held: words\); r1 \(EC2 Locked: words\)[.] /],
    ['that ends is waited for', ['Held'], /^in undefined s: cannot delete r0/],
    ['of a service that fails is waited for', ['InternalError'], /^in undefined s: cannot delete r0/],
    ['of throttled calls is waited for', ['RequestLimitExceeded', 'Held'], /^in undefined s: cannot delete r0/],
    ['for lack of a permission is perhaps temporary', ['AccessDenied'], /^AccessDeniedError: The handler role .* \(r0 \(EC2 AccessDenied: words\)\)/],
    ['for lack of it, of snapshots that stay in use', [IN_USE, 'UnauthorizedOperation'], /^AccessDeniedError: The handler role .* \(r1 \(EC2 UnauthorizedOperation: words\)\)/],
    ['for lack of it, beside another', ['AccessDenied', 'Locked'], /^DeploymentError: Cannot delete r0 \(EC2 AccessDenied: words\); r1 /],
    ['of a snapshot in use by no AMI is waited for', [IN_USE], /^in undefined s: cannot delete r0/],
  ])('%s: %j', async (_title, codes, expected) => {
    const outcomes = await rounds(5, requestOf(), refused(...codes));
    expect(outcomes.slice(0, 4)).toEqual(Array(4).fill(`in 3 s: cannot delete ${words(...codes)}`));
    expect(outcomes[4]).toMatch(expected);
  });

  test('needs a round without one at the end', async () => {
    const there = [{ id: 'a' }];
    const answers: Record<string, string> = { a: 'Held' };
    const request = requestOf();
    await rounds(2, request, typeOf(there, {}, answers));
    delete answers.a;
    expect(await rounds(2, request, typeOf(there, {}, answers))).toEqual([MORE, 'done']);
  });

  test('of a snapshot without data, because of the image that failed with it, is believed when nothing remains', async () => {
    const failed = (...ids: string[]) => typeOf(ids.map(id => ({ id, hasFailed: id.startsWith('failed') })), {}, Object.fromEntries(ids.map(id => [id, 'Held'])));
    expect((await rounds(5, requestOf(), failed('failed')))[4]).toBe('done');
    expect((await rounds(5, requestOf(), failed('failed', 'other')))[4]).toMatch(/^in undefined s: cannot delete failed .*; other /);
    expect((await rounds(5, requestOf(), instances([{ id: 'i', isDeleting: true }]), failed('failed')))[4]).toMatch(/^in undefined s: cannot delete failed /);
    expect((await rounds(5, requestOf(), typeOf([{ id: 'failed', hasFailed: true }], {}, { failed: 'Locked' })))[4]).toMatch(/^DeploymentError: /);
  });
});

describe('at the end, the log names what carries the owner tag and is not ours', () => {
  const listed = (...ids: string[]) => ({ list: jest.fn(async (_aws: AwsClients, _owner: string) => ids.map(id => ({ id }))) });
  const logOf = async (changed: Partial<ImageRequest<Sharing>>, ...types: OwnedResourceType[]) => {
    expect(await rounds(2, requestOf(changed), ...types)).toEqual([MORE, 'done']);
    return warnings.mock.calls.map(([{ ids }]) => ids);
  };
  test.each<[string, Partial<ImageRequest<Sharing>>, string[][]]>([
    ['of an attempt', {}, [['foreign', 'volume']]],
    ['of an AMI: the role may not list what was temporary', { imageId: 'ami-1' }, [['foreign']]],
    ['nothing, while a request creates', { isDelete: false }, []],
  ])('%s', async (_title, changed, expected) => {
    const { list } = listed('ours', 'foreign');
    expect(await logOf(changed, typeOf([{ id: 'ours' }], { list }), typeOf([], { mustDisappear: true, ...listed('volume') }))).toEqual(expected);
    expect(list.mock.calls.map(([, owner]) => owner)).toEqual(expected.map(() => 'us'));
  });

  test('nothing, where all is ours', async () => {
    expect(await logOf({}, typeOf([{ id: 'ours' }], listed('ours')))).toEqual([]);
  });

  test('nothing that EC2 shows although it is gone', async () => {
    const list = async () => [{ id: 'gone', isGone: true }, { id: 'there', isGone: false }];
    expect(await logOf({}, typeOf([], { list }))).toEqual([['there']]);
  });

  test('if it can be listed', async () => {
    expect(await logOf({}, typeOf([], { list: () => Promise.reject(errorOf('AccessDenied')) }))).toEqual([undefined]);
  });
});
