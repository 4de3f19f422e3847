import { Image } from '@aws-sdk/client-ec2';
import { findInstanceImages } from '../../lambda/instance-ami/own-instance-images';
import { ImageRequest } from '../../lambda/request/image-request';
import { ID_TAG, InstanceAmiProperties, OWNER_TAG } from '../../src/contract';
import { answering } from '../helpers/answers';

const NAME = 'Images-recipe-attempt';
const PLAIN = { InstanceId: 'i-1', GeneratedNamePrefix: 'Images' };
const COPIED = { ...PLAIN, EncryptionKeyArn: 'key' };
const MINE = { ImageName: 'mine' };
const REQUEST = {
  owner: 'us', account: '123456789012', attemptId: 'recipe-attempt', properties: PLAIN, memory: {}, startedAt: Date.parse('2026-01-01T00:00:00Z'), isDelete: false,
} as unknown as ImageRequest<InstanceAmiProperties>;
const failed: Image = { State: 'failed', Name: 'other', CreationDate: '2026-01-01T00:00:00.000Z' };

const imageOf = (ImageId: string, Name: string, more: Image): Image => ({
  ImageId, Name, OwnerId: '123456789012', State: 'available', Tags: [{ Key: OWNER_TAG, Value: 'us' }], ...more,
});
const sealed = (image: Image): Image => ({ ...image, Tags: [...image.Tags!, { Key: ID_TAG, Value: image.ImageId }] });
const ofInstance = (more: Image = {}) => imageOf('ami-1', NAME, { SourceInstanceId: 'i-1', ...more });
const intermediate = (more: Image = {}) => ofInstance({ Name: `${NAME}-1`, ...more });
const copy = (more: Image = {}) => imageOf('ami-2', NAME, { SourceImageId: 'ami-1', ...more });

/** The AMI and the intermediate image that are found. */
async function find(images: Image[], request: object) {
  const { aws } = answering({ DescribeImages: { Images: images } });
  const own = await findInstanceImages(aws, { ...REQUEST, ...request });
  return [own.image?.ImageId, own.intermediate?.ImageId];
}

test.each<[string, Image, object, boolean]>([
  ['of the instance, with the name', ofInstance(), {}, true],
  ['of another instance, with the name', ofInstance({ SourceInstanceId: 'i-9' }), {}, false],
  ['of the instance, with another name', ofInstance({ Name: 'other' }), {}, false],
  ['of the instance, with another name, that failed', ofInstance(failed), {}, true],
  ['of another instance, that failed', ofInstance({ ...failed, SourceInstanceId: 'i-9' }), {}, false],
  ['deregistered', ofInstance({ State: 'deregistered' }), {}, false],
  ['of another account', ofInstance({ OwnerId: '999999999999' }), {}, false],
  ['with the name that only an intermediate image has', intermediate(), {}, false],
  ['with the declared name', ofInstance({ Name: 'mine' }), { properties: { ...PLAIN, ...MINE } }, true],
  ['that is a copy', sealed(copy()), {}, false],

  ['with a name of the attempt', ofInstance({ Name: 'Before-recipe-attempt' }), {}, false],
  ['with a name of the attempt, in a deletion', ofInstance({ Name: 'Before-recipe-attempt' }), { isDelete: true }, true],
  ['with the name of an intermediate image, in a deletion', ofInstance({ Name: 'Before-recipe-attempt-1' }), { isDelete: true }, true],
  ['with a name of another attempt, in a deletion', ofInstance({ Name: 'Images-recipe-other' }), { isDelete: true }, false],
  ['without a name, in a deletion', ofInstance({ Name: undefined }), { isDelete: true }, false],
  ['with a name of the attempt, in a deletion with a declared name', ofInstance({ Name: 'Before-recipe-attempt' }), { isDelete: true, properties: { ...PLAIN, ...MINE } }, false],
])('of an instance whose images are not copied, an image %s', async (_title, image, request, isOwn) => {
  expect(await find([image], request)).toEqual([isOwn ? 'ami-1' : undefined, undefined]);
});

test.each<[string, Image, boolean]>([
  ['with its name', intermediate(), true],
  ['with the name of the AMI', ofInstance(), false],
  ['of another instance', intermediate({ SourceInstanceId: 'i-9' }), false],
  ['that failed', intermediate(failed), true],
])('of an instance whose images are copied, the intermediate image %s', async (_title, image, isOwn) => {
  expect(await find([image], { properties: COPIED })).toEqual([undefined, isOwn ? 'ami-1' : undefined]);
  expect(await find([image], { properties: { ...COPIED, ...MINE } })).toEqual([undefined, isOwn ? 'ami-1' : undefined]);
});

const known = (id: string) => ({ memory: { ids: { copy: id } } });
const withoutSource: Image = { SourceImageId: undefined };
test.each<[string, Image[], object, (string | undefined)[]]>([
  ['of the intermediate image', [copy(), intermediate()], {}, ['ami-2', 'ami-1']],
  ['of an intermediate image that is gone', [copy()], {}, [undefined, undefined]],
  ['of an intermediate image that is gone, but known', [copy()], { memory: { ids: { image: 'ami-1' } } }, ['ami-2', undefined]],
  ['of another image', [copy({ SourceImageId: 'ami-9' }), intermediate()], {}, [undefined, 'ami-1']],
  ['of another image than the known one', [copy({ SourceImageId: 'ami-9' })], { memory: { ids: { image: 'ami-1' } } }, [undefined, undefined]],
  ['of the intermediate image, with another name', [copy({ Name: 'other' }), intermediate()], {}, [undefined, 'ami-1']],
  ['of the intermediate image, with another name, that failed', [copy(failed), intermediate()], {}, ['ami-2', 'ami-1']],
  ['of another image, that failed', [copy({ ...failed, SourceImageId: 'ami-9' }), intermediate()], {}, [undefined, 'ami-1']],
  ['of the intermediate image, deregistered', [copy({ State: 'deregistered' }), intermediate()], {}, [undefined, 'ami-1']],
  ['of the intermediate image, of another account', [copy({ OwnerId: '999999999999' }), intermediate()], {}, [undefined, 'ami-1']],
  ['of nothing', [copy(withoutSource)], {}, [undefined, undefined]],

  ['that is sealed', [sealed(copy())], {}, ['ami-2', undefined]],
  ['that is sealed, with another name', [sealed(copy({ Name: 'other' }))], {}, [undefined, undefined]],
  ['that is sealed, with a name of the attempt', [sealed(copy({ Name: 'Before-recipe-attempt' }))], {}, [undefined, undefined]],
  ['that is sealed, with a name of the attempt, in a deletion', [sealed(copy({ Name: 'Before-recipe-attempt' }))], { isDelete: true }, ['ami-2', undefined]],
  ['with a name of the attempt, in a deletion', [copy({ Name: 'Before-recipe-attempt' }), intermediate()], { isDelete: true }, ['ami-2', 'ami-1']],
  ['that is sealed, of an instance', [sealed(copy({ ...withoutSource, SourceInstanceId: 'i-9' }))], {}, [undefined, undefined]],

  ['that is pending, known, and tells no source', [copy({ ...withoutSource, State: 'pending', Name: 'other' })], known('ami-2'), ['ami-2', undefined]],
  ['that is pending and tells no source', [copy({ ...withoutSource, State: 'pending' })], known('ami-9'), [undefined, undefined]],
  ['that is pending, known, of another image', [copy({ SourceImageId: 'ami-9', State: 'pending' })], known('ami-2'), [undefined, undefined]],
  ['that is available, known, and tells no source', [copy(withoutSource)], known('ami-2'), [undefined, undefined]],
])('of an instance whose images are copied, a copy %s', async (_title, images, request, found) => {
  expect(await find(images, { properties: COPIED, ...request })).toEqual(found);
});

const sealedCopy = sealed(copy({ SourceImageId: 'ami-gone' }));
test.each<[string, Image[], (string | undefined)[]]>([
  ['its AMI', [sealed(ofInstance())], [undefined, 'ami-1']],
  ['its re-keyed AMI, whose image of the instance is deleted already', [sealedCopy], ['ami-2', undefined]],
  ['its re-keyed AMI and the image of the instance', [intermediate(), copy()], ['ami-2', 'ami-1']],
  ['not an image that others have copied with all tags', [{ ...sealedCopy, ImageId: 'ami-9' }], [undefined, undefined]],
  ['not an image with another name', [{ ...sealedCopy, Name: 'of others' }], [undefined, undefined]],
  ['not an image of an instance with another name', [ofInstance({ Name: 'of others' })], [undefined, undefined]],
  ['not an image of an instance with another name that failed', [ofInstance({ Name: 'of others', State: 'failed', ImageId: 'ami-5' })], [undefined, undefined]],
])('of an attempt whose properties are not known, a deletion finds %s', async (_title, images, found) => {
  expect(await find(images, { isDelete: true, properties: {}, memory: { ids: { copy: 'ami-5' } } })).toEqual(found);
});
