import { Image } from '@aws-sdk/client-ec2';
import { checkDescription } from '../../../lambda/ami/check-description';
import { checkImageName, explainRefusedName } from '../../../lambda/ami/check-image-name';
import { ImageRequest } from '../../../lambda/request/image-request';
import { ImageProperties, OWNER_TAG } from '../../../src/contract';
import { answering, ec2Error } from '../../helpers/answers';

/** Names and descriptions are checked before anything is created. */

const requestOf = (properties: Partial<ImageProperties>) =>
  ({ owner: 'stack/one', ownerPrefix: 'stack/', attemptId: 'attempt', properties: { GeneratedNamePrefix: 'Images', ...properties } }) as ImageRequest<ImageProperties>;
const named = (owner?: string): Image => ({ ImageId: 'ami-1', Name: 'golden', Tags: owner === undefined ? [] : [{ Key: OWNER_TAG, Value: owner }] });
const GOLDEN = { ImageName: 'golden' };

test.each<[string, Partial<ImageProperties>, Image | undefined, RegExp | undefined, number]>([
  ['that nobody has', GOLDEN, undefined, undefined, 1],
  ['of the image of the request', GOLDEN, named('stack/one'), undefined, 1],
  ['of another image of the stack', GOLDEN, named('stack/two'), /^The AMI name "golden" is in use by ami-1 of the same stack\. /, 1],
  ['of an image of another stack', GOLDEN, named('other/one'), /^The AMI name "golden" is in use by ami-1\. Choose another/, 1],
  ['of an image without tags', GOLDEN, named(), /^The AMI name "golden" is in use by ami-1\. Choose another/, 1],
  ['that is generated', {}, named(), undefined, 0],
  ['that EC2 does not allow', { ImageName: 'a?' }, undefined, /^`imageName` must have 3 to 128 characters, /, 0],
  ['that is generated, and EC2 does not allow', { ImageNamePrefix: '?' }, undefined, /^`imageName` can have letters, /, 0],
])('a name %s', async (_title, properties, image, message, count) => {
  const { aws, calls } = answering({ DescribeImages: { Images: image ? [image] : [] } });
  const error = await checkImageName(aws, requestOf(properties)).catch((thrown: Error) => thrown.message);
  expect(error).toEqual(message === undefined ? undefined : expect.stringMatching(message));
  expect(calls).toHaveLength(count);
});

test('a name that EC2 refuses', () => {
  expect(explainRefusedName(requestOf(GOLDEN), ec2Error('InvalidAMIName.Malformed'))?.message).toMatch(/^EC2 does not allow the AMI name "golden"\. /);
  expect(explainRefusedName(requestOf(GOLDEN), ec2Error('InvalidAMIName.Duplicate'))).toBeUndefined();
});

test.each<[string | undefined, string | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['x'.repeat(255), undefined],
  ['x'.repeat(256), '`description` must have 1 to 255 characters, but has 256. Shorten it, or remove it.'],
])('the description %j', (Description, message) => {
  const check = () => checkDescription({ properties: { Description } });
  expect(message === undefined ? check : () => expect(check).toThrow(message)).not.toThrow();
});
