import { AwsClients } from '../../lambda/aws/clients';
import { deleteResource } from '../../lambda/deletion/delete-resource';
import { OwnedResourceType } from '../../lambda/deletion/owned-resources';
import { NotReady } from '../../lambda/outcomes';
import { Request } from '../../lambda/request/parse-request';
import { ownerTagPrefixOfResource } from '../../lambda/request/physical-id';
import { OWNER_TAG, REMOVAL_POLICY_TAG } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

/** A Delete: of an AMI that CloudFormation knows, and of requests that it did not wait for. */

const StackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0';
const PREFIX = ownerTagPrefixOfResource({ StackId, LogicalResourceId: 'Copy' }).slice(StackId.length + 1);
const OWN = `${PREFIX}11111111-11111111`;
const [FINISHED, UNFINISHED] = [`${PREFIX}11111111-22222222`, `${PREFIX}11111111-33333333`];
const KNOWN = `${OWN}-ami-0123456789abcdef0`;
/** As CloudFormation makes it up. */
const GENERATED = 'Images-Copy-1ABCDEF';

let handler: DirectHandler;
/** The attempts whose resources were listed, and whether as another one than that of the request. */
let attempts: Map<string, boolean | undefined>;
beforeAll(async () => { handler = await DirectHandler.start(); });
beforeEach(() => { attempts = new Map(); });
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

const TYPE: OwnedResourceType = {
  notFoundCodes: [],
  retryableCodes: [],
  mustDisappear: false,
  list: async () => [OWN, FINISHED, UNFINISHED].map(attempt => ({ id: attempt, Tags: [{ Key: OWNER_TAG, Value: `${StackId}/${attempt}` }] })),
  find: async (_aws, { attemptId, isOtherAttempt }) => {
    attempts.set(attemptId, isOtherAttempt);
    return [];
  },
  delete: async () => undefined,
};

interface Settings {
  readonly stackStatus?: string;
  readonly types?: readonly OwnedResourceType[];
  readonly revokeSharing?: jest.Mock;
  /** Milliseconds since the Delete began. */
  readonly age?: number;
}

/** Takes steps until there is nothing to wait for but the time. */
async function deleteBy(PhysicalResourceId: string, { stackStatus, types = [TYPE], revokeSharing, age = 0 }: Settings = {}) {
  const tags = { [OWNER_TAG]: `${StackId}/${FINISHED}`, [REMOVAL_POLICY_TAG]: 'Delete' };
  handler.aws.ec2.addImage({ id: 'ami-0123456789abcdef1', name: 'finished', tags });
  const attemptId = PhysicalResourceId === KNOWN ? OWN : PhysicalResourceId;
  const now = 1_000_000;
  const aws: AwsClients = { ...handler.connected, now: () => now };
  const request = {
    event: { StackId, LogicalResourceId: 'Copy', PhysicalResourceId },
    handler: { revokeSharing },
    attemptPrefix: `${PREFIX}11111111-`,
    ownedResourceTypes: types,
    image: { owner: `${StackId}/${attemptId}`, attemptId, isDelete: true, memory: { stackStatus }, properties: {}, startedAt: now - age },
  } as unknown as Request;
  const outcomes: unknown[] = [];
  for (let step = 0; step < 4 && (outcomes.at(-1) === undefined || outcomes.at(-1) instanceof NotReady); step++) {
    outcomes.push(await deleteResource(aws, request).catch(error => error));
  }
  return outcomes;
}
const looks = (...seconds: number[]) => seconds.map(one => expect.objectContaining({ name: 'NotReady', seconds: one }));

describe('of an AMI that CloudFormation knows', () => {
  test.each(['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'])('in %s, all attempts of the resource go with it', async stackStatus => {
    expect(await deleteBy(KNOWN, { stackStatus })).toEqual([...looks(3, 3), {}]);
    expect([...attempts]).toEqual([[OWN, undefined], [FINISHED, true], [UNFINISHED, true]]);
  });

  test.each([undefined, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'])('in %s, the stack may use another', async stackStatus => {
    expect(await deleteBy(KNOWN, { stackStatus })).toEqual([...looks(3), {}]);
    expect([...attempts]).toEqual([[OWN, undefined]]);
  });

  test('a type of resources that creates nothing only takes back its sharing, once', async () => {
    const revokeSharing = jest.fn();
    expect(await deleteBy(KNOWN, { types: [], revokeSharing, stackStatus: 'DELETE_IN_PROGRESS' })).toEqual([{}]);
    expect(revokeSharing).toHaveBeenCalledTimes(1);
    expect(handler.aws.log.calls).toEqual([]);
  });
});

describe('of a request that CloudFormation did not wait for', () => {
  test.each<[string | undefined, boolean]>([
    ['DELETE_IN_PROGRESS', true],
    ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', true],
    // a finished AMI is then the new one
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', false],
    [undefined, false],
  ])('in %s, a finished AMI is deleted: %s', async (stackStatus, isDeleted) => {
    expect(await deleteBy(GENERATED, { stackStatus, age: 210_000 })).toEqual([...looks(3), {}]);
    expect([...attempts]).toEqual([[OWN, false], ...isDeleted ? [[FINISHED, true]] : [], [UNFINISHED, false]]);
  });

  test.each([
    [0, 210],
    [209_999, 0.001],
  ])('an invocation may still be running, %s ms after the Delete began', async (age, seconds) => {
    expect(await deleteBy(GENERATED, { age })).toEqual(looks(3, seconds, seconds, seconds));
  });
});
