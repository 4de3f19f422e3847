import { CopyImageCommand, CopyImageCommandInput, DeregisterImageCommand } from '@aws-sdk/client-ec2';
import { describedImage } from '../calls';
import { client, aws } from '../each-test';
import { account, region } from '../test-aws';

/** Images that are backed by S3 ("instance store"): no snapshots, and a copy that the caller's own permissions in S3 decide about. */

const SOURCE_BUCKET = 'bundles';
const COPY_BUCKET = `amis-for-${account}-in-${region}-`;

async function copy(input: Partial<CopyImageCommandInput> = {}, by = client): Promise<string> {
  const SourceImageId = aws.ec2.seedImage('instance-store').id;
  return (await by.send(new CopyImageCommand({ Name: 'copy', SourceRegion: region, SourceImageId, ...input }))).ImageId!;
}

test('an S3-backed image has no snapshot, and its location begins with its bucket', async () => {
  const image = await describedImage(aws.ec2.seedImage('instance-store').id);
  expect(image).toMatchObject({ RootDeviceType: 'instance-store', ImageLocation: expect.stringMatching(new RegExp(`^${SOURCE_BUCKET}/`)) });
  expect(image.BlockDeviceMappings ?? []).toEqual([]);
});

test.each([region, 'eu-west-1'])('a copy from %s is S3-backed too, in a bucket of its account and Region, and deregistering it leaves nothing', async SourceRegion => {
  const { id: SourceImageId } = aws.ec2.addImage({ region: SourceRegion, name: 'legacy', instanceStore: true, bucket: SOURCE_BUCKET });
  const id = await copy({ SourceRegion, SourceImageId });
  expect((await describedImage(id)).State).toBe('pending');
  aws.pass();
  const image = await describedImage(id);
  expect(image).toMatchObject({ State: 'available', RootDeviceType: 'instance-store', SourceImageId, SourceImageRegion: SourceRegion });
  expect(image.ImageLocation).toMatch(new RegExp(`^${COPY_BUCKET}\\w+/`));
  expect(aws.ec2.counts()).toMatchObject({ images: 1, snapshots: 0 });

  await client.send(new DeregisterImageCommand({ ImageId: id }));
  expect(aws.ec2.counts()).toMatchObject({ images: 0, snapshots: 0 });
});

test('an S3-backed image cannot be encrypted by a copy', async () => {
  await expect(copy({ Encrypted: true })).rejects.toMatchObject({ name: 'InvalidRequest', message: expect.stringContaining('instance store') });
});

describe('permissions of CopyImage', () => {
  const allow = (Action: string | string[], Resource: string | string[]) => ({ Effect: 'Allow', Action, Resource });
  /** As the EC2 User Guide lists them, each for what it is needed for. */
  const statements = {
    'ec2:CopyImage': allow('ec2:CopyImage', '*'),
    's3:ListAllMyBuckets': allow('s3:ListAllMyBuckets', '*'),
    's3:CreateBucket': allow('s3:CreateBucket', `arn:aws:s3:::${COPY_BUCKET}*`),
    's3:GetBucketAcl': allow('s3:GetBucketAcl', `arn:aws:s3:::${COPY_BUCKET}*`),
    's3:PutBucketOwnershipControls': allow('s3:PutBucketOwnershipControls', `arn:aws:s3:::${COPY_BUCKET}*`),
    's3:GetObject': allow('s3:GetObject', `arn:aws:s3:::${SOURCE_BUCKET}/*`),
    's3:PutObject': allow('s3:PutObject', `arn:aws:s3:::${COPY_BUCKET}*/*`),
    's3:PutObjectAcl': allow('s3:PutObjectAcl', `arn:aws:s3:::${COPY_BUCKET}*/*`),
  };
  const roleWithout = (action?: string) =>
    aws.clientOfRole(Object.entries(statements).filter(([name]) => name !== action).map(([, statement]) => statement));

  test('include S3 actions for an S3-backed image, each of which is needed', async () => {
    await expect(copy({}, roleWithout())).resolves.toMatch(/^ami-/);
    for (const action of Object.keys(statements)) {
      await expect(copy({ Name: `without ${action.replace(':', '-')}` }, roleWithout(action)))
        .rejects.toMatchObject({ name: 'UnauthorizedOperation', message: expect.stringContaining(`is not authorized to perform: ${action} `) });
    }
  });

  test('include no S3 action for an EBS-backed image', async () => {
    const SourceImageId = aws.ec2.addImage({ name: 'plain' }).id;
    await expect(copy({ SourceImageId }, aws.clientOfRole([statements['ec2:CopyImage']]))).resolves.toMatch(/^ami-/);
  });
});
