import { AmiDisappeared, DeploymentError, NotReady } from '../../lambda/outcomes';
import { reconcileSharing, revokeSharing } from '../../lambda/sharing/reconcile-sharing';
import { requestMark } from '../../lambda/sharing/sharing-record';
import { undoSharingOf } from '../../lambda/sharing/undo-sharing';
import { AwsError } from '../../local-aws/aws-call';
import { Image } from '../../local-aws/ec2/state/records';
import { DirectHandler } from '../helpers/direct-handler';
import { addImage, everywhere, giveByHand, recordsOn, sharingOf, X, Y } from '../helpers/sharing';
import { attemptOf, creation, recordOfRequest, SharingRequest, takeCalls } from '../helpers/sharing-requests';

const refused = new AwsError('InvalidAMIAttributeItemValue', 'refused');
const MISSING = { id: 'ami-0000000000000dead' };

let handler: DirectHandler;
let image: Image;
beforeAll(async () => { handler = await DirectHandler.start(); });
beforeEach(() => { image = addImage(handler, 'golden'); });
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

const reconcile = (request: SharingRequest) => reconcileSharing(handler.connected, request);
/** The AMI as EC2 describes one in a state that the local AWS does not know. */
function inState(state: string): void {
  image.state = state as Image['state'];
}

test('an AMI of the account is shared, and its attributes are returned', async () => {
  expect(await reconcile(creation(image, [X]))).toMatchObject({ ImageId: image.id });
  expect(sharingOf(handler, image.id)).toEqual(everywhere(X));
});

test.each<[string, () => SharingRequest, string | undefined]>([
  ['does not exist', () => creation(MISSING, [X]), `The AMI ${MISSING.id} was not found in us-east-1. Check the ID and the Region.`],
  ['has no ID', () => creation({ id: '' }, [X]), 'The AMI "" was not found in us-east-1. Check the ID and the Region.'],
  ['was deregistered', () => deregistered(creation(image, [X])), 'The AMI IMAGE was not found in us-east-1. Check the ID and the Region.'],
  ['does not exist in a rollback', () => creation(MISSING, [X], { isRollback: true }), undefined],
  ['was deregistered in a rollback', () => deregistered(creation(image, [X], { isRollback: true })), undefined],
  [
    'is of another account', () => creation(image, [X], { account: '210987654321' }),
    'The AMI IMAGE belongs to account 123456789012, and only its owner can share it. Share it from that account.',
  ],
])('an AMI that %s is not shared', async (_title, requestOf, message) => {
  const error: unknown = await reconcile(requestOf()).catch(caught => caught);
  expect(error).toBeInstanceOf(message === undefined ? AmiDisappeared : DeploymentError);
  expect((error as Error).message).toBe(message?.replace('IMAGE', image.id) ?? new AmiDisappeared().message);
  expect(takeCalls(handler)).toEqual([]);
});

function deregistered(request: SharingRequest): SharingRequest {
  inState('deregistered');
  return request;
}

test.each(['pending', 'transient'])('an AMI that is %s is waited for', async state => {
  inState(state);
  const error: unknown = await reconcile(creation(image, [X])).catch(caught => caught);
  expect(error).toEqual(new NotReady(`the AMI ${image.id} is ${state}, and EC2 shares only AMIs that are available`));
  expect(error).toBeInstanceOf(NotReady);
});

describe('a Delete', () => {
  /** The Delete of a request of an attempt. */
  const deletion = (changes: Partial<SharingRequest> = {}) => creation(image, [X, Y], { requestId: 'deletion', attemptId: attemptOf('creation'), isNewImage: false, isDelete: true, ...changes });
  const revoked = async (request: SharingRequest) => {
    await revokeSharing(handler.connected, request);
    return JSON.stringify(sharingOf(handler, image.id)) === JSON.stringify(everywhere(Y));
  };
  const UNKNOWN = 'Images-Sharing-1A2B3C';

  describe('of a sharing that was finished', () => {
    beforeEach(async () => {
      giveByHand(handler, image, Y);
      await reconcile(creation(image, [X, Y]));
    });

    test.each<[string, Partial<SharingRequest>, boolean]>([
      ['by its own attempt', {}, true],
      ['by an attempt before it', { attemptId: attemptOf('earlier0') }, false],
      ['by a creation that CloudFormation did not wait for', { attemptId: UNKNOWN }, true],
      ['by one in a rollback', { attemptId: UNKNOWN, memory: { stackStatus: 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS' } }, true],
      ['by one in the cleanup of an update', { attemptId: UNKNOWN, memory: { stackStatus: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' } }, false],
      ['from another account', { account: '210987654321' }, false],
      ['of another construct', { logicalId: 'Other', memory: { hasGaps: true } }, false],
    ])('%s', async (_title, changes, isRevoked) => {
      expect(await revoked(deletion(changes))).toBe(isRevoked);
      expect(Object.keys(await recordsOn(handler, image))).toHaveLength(isRevoked ? 0 : 1);
    });

    test('of an AMI that was deregistered, or does not exist', async () => {
      await revokeSharing(handler.connected, deregistered(deletion()));
      await revokeSharing(handler.connected, deletion({ properties: { ImageId: MISSING.id, SharedAccountIds: [X] } }));
      expect(takeCalls(handler).filter(action => action.includes('Delete') || action.includes('Remove'))).toEqual([]);
      expect(sharingOf(handler, image.id)).toEqual(everywhere(X, Y));
    });
  });

  test.each<[string, Partial<SharingRequest>, boolean]>([
    ['by its attempt: somebody removed it', {}, true],
    ['by its attempt, and an invocation died: it was revoked already', { memory: { hasGaps: true } }, false],
    ['by a creation that has failed: it has shared nothing', { attemptId: UNKNOWN }, false],
  ])('without a record %s', async (_title, changes, isRevoked) => {
    [X, Y].forEach(id => giveByHand(handler, image, id));
    await revokeSharing(handler.connected, deletion(changes));
    expect(sharingOf(handler, image.id)).toEqual(isRevoked ? everywhere() : everywhere(X, Y));
  });

  test('of a creation that was not finished, also in the cleanup of an update', async () => {
    giveByHand(handler, image, Y);
    const request = creation(image, [X, Y]);
    const { connected } = handler;
    handler.aws.faults.add({ matches: 'ec2:ModifyImageAttribute', error: refused, times: 1 });
    await expect(reconcileSharing(connected, request)).rejects.toThrow(DeploymentError);
    expect(await recordOfRequest(handler, request)).toMatchObject({ holder: '', readFor: requestMark('creation') });
    expect(await revoked(deletion({ attemptId: UNKNOWN, memory: { stackStatus: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' } }))).toBe(true);
  });
});

describe('a request that has failed undoes its sharing', () => {
  beforeEach(async () => {
    handler.aws.faults.add({ matches: 'ec2:ModifyImageAttribute', error: refused, times: 1 });
  });
  const failed = async (request: SharingRequest) => {
    await expect(reconcile(request)).rejects.toThrow(DeploymentError);
    takeCalls(handler);
    return request;
  };

  test.each<[string, (request: SharingRequest) => Partial<SharingRequest>, boolean]>([
    ['with what it remembers', () => ({}), true],
    ['after an invocation died', () => ({ memory: { hasGaps: true } }), true],
    ['but not if it has recorded nothing', () => ({ memory: {} }), false],
    ['also of an AMI of the stack', ({ properties: { SharedAccountIds } }) => ({ properties: { SharedAccountIds } as never, imageId: image.id }), true],
    ['of the AMI that its properties name', () => ({ imageId: MISSING.id }), true],
    ['but not without an AMI', ({ properties: { SharedAccountIds } }) => ({ properties: { SharedAccountIds } as never }), false],
    ['but not of an AMI that does not exist', () => ({ properties: { ImageId: MISSING.id, SharedAccountIds: [X] } }), false],
    ['but not of an AMI of another account', () => ({ account: '210987654321' }), false],
    ['but not of an AMI that was deregistered', () => deregistered({} as SharingRequest), false],
  ])('%s', async (_title, changes, isUndone) => {
    const request = await failed(creation(image, [X]));
    await undoSharingOf(handler.connected, { ...request, ...changes(request) });
    expect(sharingOf(handler, image.id).snapshots).toEqual(isUndone ? [[], []] : [[X], [X]]);
    expect(takeCalls(handler).includes('DeleteTags')).toBe(isUndone);
  });
});
