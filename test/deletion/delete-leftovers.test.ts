import { deleteLeftovers } from '../../lambda/deletion/delete-leftovers';
import { snapshotDescription } from '../../lambda/ownership/own-snapshots';
import { Request } from '../../lambda/request/parse-request';
import { AwsError } from '../../local-aws/aws-call';
import { DEVICE_TAG, ID_TAG, LEFTOVER_TAG, OWNER_TAG } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

/** Resources that an earlier Delete could not delete, and others that only look like them. */

const STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0';
const ATTEMPT = '3432ll0u-xlhpnftx-9msdgsw6';
const AMI = 'ami-0123456789abcdef0';
let handler: DirectHandler;
beforeAll(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

type Tags = Readonly<Record<string, string>>;
interface Case {
  readonly owner?: string;
  /** The id in the seal; that of the resource by default. Null without a seal. */
  readonly seal?: string | null;
  readonly isLeftover?: boolean;
  /** The account of the stack. */
  readonly account?: string;
}
function tagsOf(id: string, { owner = `${STACK}/${ATTEMPT}`, seal = id, isLeftover = true }: Case): Tags {
  return { [OWNER_TAG]: owner, ...seal === null ? {} : { [ID_TAG]: seal }, ...isLeftover ? { [LEFTOVER_TAG]: AMI } : {} };
}
function run({ account = handler.aws.account }: Case = {}): Promise<void> {
  return deleteLeftovers(handler.connected, { event: { StackId: STACK }, image: { ownerPrefix: `${STACK}/`, account } } as Request);
}
/** Calls that delete, in their order. */
const deletions = () => handler.aws.log.calls.flatMap(({ action, input }) => ['DeregisterImage', 'DeleteSnapshot'].includes(action) ? [input.ImageId ?? input.SnapshotId] : []);

describe('an AMI', () => {
  test.each<[string, Case & { readonly name?: string }, boolean]>([
    ['with the generated name of its attempt', {}, true],
    ['without the tag of a leftover', { isLeftover: false }, false],
    ['without a seal', { seal: null }, false],
    ['that carries the id of another', { seal: 'ami-0123456789abcdef1' }, false],
    ['with the name of another attempt', { name: 'Images-3432ll0u-xlhpnftx-00000000' }, false],
    ['with the name of the intermediate image of its attempt', { name: `Images-${ATTEMPT}-1` }, true],
    ['whose name only contains the attempt', { name: `Images-${ATTEMPT}-2` }, false],
    ['with a name of the user', { name: 'golden' }, false],
    ['of no attempt', { owner: `${STACK}/x`, name: 'Images-undefined' }, false],
    ['of another stack', { owner: `${STACK}1/${ATTEMPT}` }, false],
    ['of another account than that of the stack', { account: '999999999999' }, false],
  ])('%s', async (_title, { name = `Images-${ATTEMPT}`, ...one }, isDeleted) => {
    const { snapshotId } = handler.aws.ec2.addImage({ id: AMI, name, tags: tagsOf(AMI, one) }).devices[0].ebs!;
    await run(one);
    expect(deletions()).toEqual(isDeleted ? [AMI] : []);
    // its snapshots go with it
    expect(handler.aws.ec2.image(AMI)!.state).toBe(isDeleted ? 'deregistered' : 'available');
    expect(handler.aws.ec2.snapshot(snapshotId!) === undefined).toBe(isDeleted);
  });
});

describe('a snapshot', () => {
  const ID = 'snap-0123456789abcdef0';
  const ofAmi = `Copied for DestinationAmi ${AMI} from SourceAmi ami-1 for SourceSnapshot snap-1. Task created on 1.`;
  test.each<[string, Case & { readonly description?: string }, boolean]>([
    ['of its AMI', {}, true],
    ['of its attempt', { description: snapshotDescription(ATTEMPT, '/dev/sdf') }, true],
    ['without the tag of a leftover', { isLeftover: false, description: snapshotDescription(ATTEMPT, '/dev/sdf') }, false],
    ['without a seal', { seal: null }, false],
    ['that carries the id of another', { seal: 'snap-0123456789abcdef1' }, false],
    ['of another AMI', { description: ofAmi.replace(AMI, 'ami-0123456789abcdef1') }, false],
    ['of another attempt', { description: snapshotDescription('3432ll0u-xlhpnftx-00000000', '/dev/sdf') }, false],
    ['of no attempt', { owner: `${STACK}/x` }, false],
    ['of no attempt, described as one', { owner: `${STACK}/x`, description: snapshotDescription(`${undefined}`, '/dev/sdf') }, false],
    ['of another stack', { owner: `${STACK}1/${ATTEMPT}` }, false],
    ['of another account than that of the stack', { account: '999999999999' }, false],
  ])('%s', async (_title, { description = ofAmi, ...one }, isDeleted) => {
    handler.aws.ec2.addSnapshot({ id: ID, description, tags: { ...tagsOf(ID, one), [DEVICE_TAG]: '/dev/sdf' } });
    await run(one);
    expect(deletions()).toEqual(isDeleted ? [ID] : []);
  });
});

test.each(['DeregisterImage', 'DeleteSnapshot'])('what EC2 still refuses does not fail the request, and the rest is deleted: %s', async action => {
  handler.aws.ec2.addImage({ id: AMI, name: `Images-${ATTEMPT}`, tags: tagsOf(AMI, {}) });
  const snapshots = ['snap-0123456789abcdef0', 'snap-0123456789abcdef1'];
  snapshots.forEach(id => handler.aws.ec2.addSnapshot({
    id, description: `Created by CreateImage(i-0123456789abcdef0) for ${AMI}`, tags: tagsOf(id, {}),
  }));
  handler.aws.faults.add({ matches: `ec2:${action}`, error: new AwsError('OperationNotPermitted', 'no'), times: 1 });
  await run();
  expect(deletions()).toEqual([AMI, ...snapshots]);
});

test('the request does not fail if nothing can be listed', async () => {
  handler.aws.faults.add({ matches: 'ec2:DescribeImages', error: new AwsError('UnauthorizedOperation', 'no') });
  await expect(run()).resolves.toBeUndefined();
});
