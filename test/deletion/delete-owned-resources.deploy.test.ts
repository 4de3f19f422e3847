import { DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { deleteOwnedResources } from '../../lambda/deletion/delete-owned-resources';
import { snapshotsOf } from '../../lambda/deletion/owned-resources';
import { NotReady } from '../../lambda/outcomes';
import { ImageRequest } from '../../lambda/request/image-request';
import { AwsError } from '../../local-aws/aws-call';
import { OWNER_TAG, Sharing } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

/** AMIs that use a snapshot which the handler deletes: EC2 names all its AMIs, "The snapshot snap-… is currently in use by ami-A, ami-B". */

const IMAGE_ID = 'ami-0123456789abcdef0';
const OWNER = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0/one';
let handler: DirectHandler;
beforeEach(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.stop());

type Holder = 'failed' | 'failed with its tags' | 'available' | 'shared no more';

/** Removes a snapshot that is in use by these. */
async function removeHeldBy(...holders: Holder[]): Promise<void> {
  const { aws, connected } = handler;
  const snapshot = aws.ec2.addSnapshot({ description: `Copied for DestinationAmi ${IMAGE_ID} from SourceAmi ami-1 for SourceSnapshot snap-1. Task created on 1.`, tags: { [OWNER_TAG]: OWNER } });
  const ids = holders.map((holder, index) => holder === 'shared no more' ? 'ami-0000000000000dead' : aws.ec2.addImage({
    name: `holder ${index}`, state: holder === 'available' ? 'available' : 'failed', tags: holder === 'failed with its tags' ? { [OWNER_TAG]: OWNER } : {},
  }).id);
  aws.faults.add({ matches: 'ec2:DeleteSnapshot', error: new AwsError('InvalidSnapshot.InUse', `The snapshot ${snapshot.id} is currently in use by ${ids.join(', ')}`) });
  const request = { owner: OWNER, imageId: IMAGE_ID, account: aws.account, memory: {}, isDelete: true } as ImageRequest<Sharing>;
  const types = [snapshotsOf(async () => [])];
  // the handler accepts a refusal in the fifth round
  for (let round = 1; round < 5; round++) {
    await expect(deleteOwnedResources(connected, request, types)).rejects.toBeInstanceOf(NotReady);
  }
  await deleteOwnedResources(connected, request, types);
}

test.each<[Holder[]]>([
  [['failed']],
  [['failed', 'failed']],
])('by %j: it is left behind', async holders => {
  await expect(removeHeldBy(...holders)).resolves.toBeUndefined();
});

test.each<[Holder[]]>([
  [['available']],
  [['failed', 'available']],
  [['available', 'failed']],
  [['failed', 'failed', 'available']],
])('by %j: it fails at once, because waiting does not help', async holders => {
  const { aws, connected } = handler;
  await expect(removeHeldBy(...holders)).rejects.toThrow();
  expect(aws.log.of('ec2:DeleteSnapshot')).toHaveLength(1);
  const { Tags: tags } = (await connected.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }))).Snapshots!.find(({ Tags }) => Tags?.length)!;
  expect(tags).toContainEqual({ Key: 'cdk-encrypted-ami:leftover', Value: IMAGE_ID });
});

test.each<[Holder[]]>([
  [['failed', 'failed with its tags']],
  [['failed', 'shared no more']],
])('by %j: it is tried again', async holders => {
  await expect(removeHeldBy(...holders)).rejects.toBeInstanceOf(NotReady);
});
