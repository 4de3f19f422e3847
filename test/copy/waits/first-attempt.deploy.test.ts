import { AwsError } from '../../../local-aws/aws-call';
import { RESOURCE_TYPES } from '../../../src/contract';
import { DirectHandler } from '../../helpers/direct-handler';

/** The first attempt of a copy asks once and leaves the rest to the next step, in whichever Region the source is. */

let handler: DirectHandler;
beforeEach(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.stop());

test.each([['us-east-1'], ['eu-west-1']])('of a source in %s', async region => {
  const { aws } = handler;
  const source = aws.ec2.addImage({ name: 'source', region }).id;
  const carried = handler.begin(RESOURCE_TYPES.encryptedAmiCopy, { SourceImageId: source, SourceRegion: region, Encryption: 'DEFAULT_KEY', CopySourceTags: 'false' });
  aws.faults.add({ matches: 'ec2:DescribeImages', error: new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503) });
  await expect(handler.step(carried)).resolves.toMatchObject({ wait: expect.any(Number) });
  expect(aws.log.of('ec2:DescribeImages').map(({ region: asked, error }) => ({ asked, error }))).toEqual([{ asked: region, error: 'RequestLimitExceeded' }]);
});
