import { digestOfUefiData } from '../../../lambda/ami/verification/uefi-data';
import { AwsError } from '../../../local-aws/aws-call';
import { RESOURCE_TYPES } from '../../../src/contract';
import { DirectHandler } from '../../helpers/direct-handler';

/** UEFI data that cannot be read is not taken for absent. */

let handler: DirectHandler;
beforeEach(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.stop());

const DENIED = new AwsError('UnauthorizedOperation', 'You are not authorized to perform: ec2:DescribeImageAttribute', 403);
const UEFI = { name: 'source', bootMode: 'uefi', uefiData: 'AAAA' } as const;

/** All steps of a copy. */
async function copy(imageId: string) {
  const carried = handler.begin(RESOURCE_TYPES.encryptedAmiCopy, { SourceImageId: imageId, Encryption: 'DEFAULT_KEY', CopySourceTags: 'false' });
  for (let { answer, wait } = await handler.step(carried); ; { answer, wait } = await handler.step(carried)) {
    if (answer) {
      return answer;
    }
    handler.aws.clock.advance(wait! * 1_000);
  }
}

test("another account's is not compared, and its AMI can be copied", async () => {
  const { aws } = handler;
  const image = aws.ec2.addImage({ ...UEFI, account: '210987654321' });
  aws.ec2.shareImage(image, aws.account);
  aws.ec2.shareSnapshots(image, aws.account);
  expect(await copy(image.id)).toMatchObject({ status: 'SUCCESS', reason: undefined });
  expect(aws.log.of('ec2:DescribeImageAttribute')).toEqual([]);
});

test('a denial to read that of the source ends the copy before it begins', async () => {
  const { aws } = handler;
  const { id } = aws.ec2.addImage(UEFI);
  aws.faults.add({ matches: 'ec2:DescribeImageAttribute', error: DENIED });
  const { status, reason } = await copy(id);
  expect({ status, reason }).toEqual({ status: 'FAILED', reason: expect.stringContaining(`The handler role is not allowed to read the UEFI data of the image ${id}.`) });
  expect(aws.log.of('ec2:CopyImage')).toEqual([]);
});

test('a denial to read that of the AMI is not a loss of the data', async () => {
  const { aws } = handler;
  const { id } = aws.ec2.addImage(UEFI);
  aws.faults.add({ matches: ({ action, input }) => action === 'DescribeImageAttribute' && input.ImageId !== id, error: DENIED });
  const { status, reason } = await copy(id);
  expect(status).toBe('FAILED');
  expect(reason).toMatch(/^The handler role is not allowed to read the UEFI data of the image ami-\w+\./);
  expect(aws.ec2.counts()).toEqual({ images: 0, snapshots: 0, volumes: 0, instances: 0 });
});

test('the digest of none is that of no data', () => {
  expect(digestOfUefiData(undefined)).toBe(digestOfUefiData(''));
});
