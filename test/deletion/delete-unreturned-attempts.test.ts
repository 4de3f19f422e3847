import { AwsClients } from '../../lambda/aws/clients';
import { deleteUnreturnedAttempts, UnreturnedAttempts } from '../../lambda/deletion/delete-unreturned-attempts';
import { OwnedResource, OwnedResourceType } from '../../lambda/deletion/owned-resources';
import { NotReady } from '../../lambda/outcomes';
import { ImageRequest } from '../../lambda/request/image-request';
import { Request } from '../../lambda/request/parse-request';
import { ownerTagPrefixOfResource } from '../../lambda/request/physical-id';
import { OWNER_TAG, REMOVAL_POLICY_TAG, Sharing } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

/** Which attempts of a resource are deleted, and as what: EC2 lists their AMIs, and a type of resources has the rest. */

const StackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0';
const event = { StackId, LogicalResourceId: 'Copy' };
const PREFIX = ownerTagPrefixOfResource(event);
const attemptOf = (properties: string, request: string) => `${PREFIX}${properties}-${request}`.slice(StackId.length + 1);
const OWN = attemptOf('00000000', '00000000');
const [ONE, TWO] = [attemptOf('00000000', '11111111'), attemptOf('22222222', '22222222')];

let handler: DirectHandler;
/** The attempts whose resources were listed. */
let attempts: ImageRequest<Sharing>[];
beforeAll(async () => { handler = await DirectHandler.start(); });
beforeEach(() => { attempts = []; });
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

function addImage(attempt: string, removalPolicy?: string): void {
  const tags = { [OWNER_TAG]: `${StackId}/${attempt}`, ...removalPolicy === undefined ? {} : { [REMOVAL_POLICY_TAG]: removalPolicy } };
  handler.aws.ec2.addImage({ name: attempt, tags });
}

/** A type whose list has one resource of each owner. What is there to delete, and which deletions fail, the test says. */
function typeOf(owners: readonly string[], there: (attempt: string, round: number) => OwnedResource[] = () => [], failing = ''): OwnedResourceType {
  return {
    notFoundCodes: [],
    retryableCodes: [],
    mustDisappear: true,
    list: async (_aws, owner) => owner === `${PREFIX}*` ? owners.map((one, index) => ({ id: `snap-${index}`, Tags: [{ Key: OWNER_TAG, Value: one }] })) : [],
    find: async (_aws, request) => {
      if (request.attemptId === failing) {
        throw new Error('no list');
      }
      attempts.push(request);
      return there(request.attemptId, attempts.filter(({ attemptId }) => attemptId === request.attemptId).length);
    },
    delete: async () => undefined,
  };
}
const ownersOf = (...ids: string[]) => ids.map(id => `${StackId}/${id}`);

const requestOf = (...ownedResourceTypes: OwnedResourceType[]) => ({
  event,
  attemptPrefix: OWN.slice(0, -8),
  ownedResourceTypes,
  image: { account: '123456789012', attemptId: OWN, owner: `${StackId}/${OWN}`, imageId: 'ami-1', isDelete: true, memory: {}, properties: { SourceImageId: 'ami-2' } },
}) as unknown as Request;

/** The outcome of one step. */
function step(request: Request, options: UnreturnedAttempts = { finished: false }, aws: AwsClients = handler.connected): Promise<unknown> {
  return deleteUnreturnedAttempts(aws, request, options).then(() => 'done', error => error);
}

test.each<[string, string | undefined, Partial<UnreturnedAttempts>, boolean]>([
  ['without an AMI that is finished', undefined, {}, true],
  ['the same, when the resource goes', undefined, { finished: true }, true],
  ['with a finished AMI, which CloudFormation may use', 'Delete', {}, false],
  ['with a finished AMI, when the resource goes', 'Delete', { finished: true }, true],
  ['with an AMI that is retained', 'Retain', {}, false],
  ['with an AMI that is retained, when the resource goes', 'Retain', { finished: true }, false],
])('an attempt %s', async (_title, removalPolicy, options, isDeleted) => {
  addImage(ONE, removalPolicy);
  const request = requestOf(typeOf(ownersOf(ONE, TWO)));
  expect(await step(request, { finished: false, ...options })).toBeInstanceOf(NotReady);
  expect(attempts.map(({ attemptId }) => attemptId)).toEqual(isDeleted ? [ONE, TWO] : [TWO]);
  expect(await step(request, { finished: false, ...options })).toBe('done');
});

test('neither the own attempt nor what is no attempt of this stack', async () => {
  const request = requestOf(typeOf([...ownersOf(OWN, `${PREFIX}x`.slice(StackId.length + 1)), `${StackId}1/${ONE}`]));
  expect(await step(request)).toBe('done');
  expect(attempts).toEqual([]);
});

test('an attempt is deleted as one of its own: with the properties, if they are the same', async () => {
  const request = requestOf(typeOf(ownersOf(ONE, TWO)));
  await step(request);
  const common = { account: '123456789012', imageId: undefined, isDelete: true, isOtherAttempt: true };
  expect(attempts).toEqual([
    expect.objectContaining({ ...common, attemptId: ONE, owner: `${StackId}/${ONE}`, properties: { SourceImageId: 'ami-2' } }),
    expect.objectContaining({ ...common, attemptId: TWO, owner: `${StackId}/${TWO}`, properties: {} }),
  ]);
});

test('an attempt that was never answered has its temporary resources, unless its AMI is finished', async () => {
  addImage(ONE);
  addImage(TWO, 'Delete');
  await step(requestOf(typeOf(ownersOf(ONE, TWO))), { finished: true, unanswered: true });
  expect(attempts.map(({ attemptId, isOtherAttempt }) => [attemptId, isOtherAttempt])).toEqual([[ONE, false], [TWO, true]]);
});

test('each step takes all of them a round further, until the last is done', async () => {
  const THREE = attemptOf('33333333', '33333333');
  // something of others carries all the owner tags for good, and the second attempt takes a round more
  const request = requestOf(typeOf(ownersOf(ONE, TWO, THREE), (id, round) => id === TWO && round <= 2 ? [{ id: 'i-1', isDeleting: true }] : []));
  const outcomes = [await step(request), await step(request), await step(request)];
  expect(outcomes).toEqual([expect.any(NotReady), expect.any(NotReady), 'done']);
  expect(attempts.map(({ attemptId }) => attemptId)).toEqual([ONE, TWO, THREE, ONE, TWO, THREE, ONE, TWO, THREE]);
});

test('the first that is not ready says how long to wait', async () => {
  const slow: OwnedResourceType = { ...typeOf(ownersOf(ONE, TWO), id => id === ONE ? [{ id: 'i-1' }] : []), minSeconds: 12 };
  expect(await step(requestOf(slow))).toMatchObject({ message: 'i-1 not deleted yet', seconds: 12 });
});

test('another error than that of waiting is one', async () => {
  expect(await step(requestOf(typeOf(ownersOf(ONE, TWO), undefined, TWO)))).toEqual(new Error('no list'));
});
