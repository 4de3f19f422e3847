import { EC2Client, Image } from '@aws-sdk/client-ec2';
import { connect } from '../../lambda/aws/clients';
import { findInstanceImages } from '../../lambda/instance-ami/own-instance-images';
import { ImageRequest } from '../../lambda/request/image-request';
import { ID_TAG, InstanceAmiProperties, OWNER_TAG } from '../../src/contract';

const ACCOUNT = '123456789012';
const OWNER = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/1/recipe-attempt';
const ATTEMPT = 'recipe-attempt';

function imageOf(id: string, name: string, more: Partial<Image> = {}): Image {
  return { ImageId: id, Name: name, OwnerId: ACCOUNT, State: 'available', Tags: [{ Key: OWNER_TAG, Value: OWNER }, { Key: ID_TAG, Value: id }], ...more };
}
const copy = imageOf('ami-copy', `Images-Ami-${ATTEMPT}`, { SourceImageId: 'ami-gone' });
const ofInstance = imageOf('ami-1', `Images-Ami-${ATTEMPT}`, { SourceInstanceId: 'i-1' });
const intermediate = imageOf('ami-1', `Images-Ami-${ATTEMPT}-1`, { SourceInstanceId: 'i-1' });

afterEach(() => jest.restoreAllMocks());

/** The images that a Delete finds of an attempt that CloudFormation did not wait for: its properties are not those of the Delete, and not known. */
function found(...images: Image[]) {
  jest.spyOn(EC2Client.prototype, 'send').mockImplementation(() => Promise.resolve({ Images: images }));
  const request = {
    owner: OWNER, account: ACCOUNT, attemptId: ATTEMPT, properties: {}, memory: {}, startedAt: 0, isDelete: true,
  } as unknown as ImageRequest<InstanceAmiProperties>;
  return findInstanceImages(connect('us-east-1'), request).then(own => Object.values(own).flatMap(image => image?.ImageId ?? []).sort());
}

test.each<[string, Image[], string[]]>([
  ['its AMI', [ofInstance], ['ami-1']],
  ['its re-keyed AMI, whose image of the instance is deleted already', [copy], ['ami-copy']],
  ['its re-keyed AMI and the image of the instance', [intermediate, { ...copy, SourceImageId: 'ami-1' }], ['ami-1', 'ami-copy']],
  ['not an image that others have copied with all tags', [{ ...copy, ImageId: 'ami-other' }], []],
  ['not an image with another name', [{ ...copy, Name: 'of others' }], []],
])('of an attempt whose properties are not known, a Delete finds %s', async (_title, images, ids) => {
  expect(await found(...images)).toEqual(ids);
});
