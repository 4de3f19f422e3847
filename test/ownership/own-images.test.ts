import { Image } from '@aws-sdk/client-ec2';
import { isNotOlder, isOwnFailedImage, isOwnImage } from '../../lambda/ownership/own-images';
import { ImageRequest } from '../../lambda/request/image-request';
import { ID_TAG, OWNER_TAG, Sharing } from '../../src/contract';

const ID = 'ami-0000000000000001';
const STARTED_AT = Date.parse('2026-01-01T00:10:00.900Z');
const MINUTE_BEFORE = '2026-01-01T00:09:00.000Z';
const REQUEST = { owner: 'us', account: '123456789012', memory: {}, startedAt: STARTED_AT, isDelete: false } as ImageRequest<Sharing>;
const IMAGE: Image = { ImageId: ID, OwnerId: '123456789012', State: 'available', Tags: [{ Key: OWNER_TAG, Value: 'us' }] };
const sealedWith = (id: string, image = IMAGE) => ({ ...image, Tags: [...image.Tags ?? [], { Key: ID_TAG, Value: id }] });

describe('an image with the owner tag', () => {
  test.each<[string, boolean, Image, Partial<ImageRequest<Sharing>>, boolean]>([
    ['that descends from the source', true, IMAGE, {}, true],
    ['that does not descend from the source', false, IMAGE, {}, false],
    ['of another', true, { ...IMAGE, Tags: [{ Key: OWNER_TAG, Value: 'another' }] }, {}, false],
    ['that it does not have', true, { ...IMAGE, Tags: [] }, {}, false],
    ['of another account', true, { ...IMAGE, OwnerId: '999999999999' }, {}, false],
    ['that carries its own id', true, sealedWith(ID), {}, true],
    ['that carries the id of another', true, sealedWith('ami-2'), {}, false],
    ['of the physical id, which was verified before', false, IMAGE, { imageId: ID }, true],
    ['of the physical id, with the id of another', false, sealedWith('ami-2'), { imageId: ID }, true],
    ['of the physical id, in another account', true, { ...IMAGE, OwnerId: '999999999999' }, { imageId: ID }, false],
    ['of the physical id, with the tag of another', true, { ...IMAGE, Tags: [{ Key: OWNER_TAG, Value: 'another' }] }, { imageId: ID }, false],
    ['while the physical id names another', false, IMAGE, { imageId: 'ami-2' }, false],
    ['while the physical id names another, from the source', true, IMAGE, { imageId: 'ami-2' }, true],
    ['without an id, while there is no physical id', false, { ...IMAGE, ImageId: undefined }, {}, false],
  ])('%s', (_title, descends, image, request, isOwn) => {
    expect(isOwnImage({ ...REQUEST, ...request }, image, () => descends)).toBe(isOwn);
  });
});

describe('an image that failed, perhaps without its name', () => {
  const failed: Image = { ...IMAGE, State: 'failed', CreationDate: '2026-01-01T00:00:00.000Z' };
  test.each<[string, Image, Partial<ImageRequest<Sharing>>, boolean]>([
    ['made before the request', failed, {}, false],
    ['made since the request began', { ...failed, CreationDate: MINUTE_BEFORE }, {}, true],
    ['made since a deletion began: a deletion makes none', { ...failed, CreationDate: MINUTE_BEFORE }, { isDelete: true }, false],
    ['without a date', { ...failed, CreationDate: '' }, {}, false],
    ['that carries its own id', sealedWith(ID, failed), {}, true],
    ['that carries its own id, in a deletion', sealedWith(ID, failed), { isDelete: true }, true],
    ['that carries the id of another', sealedWith('ami-2', failed), {}, false],
    ['that memory knows', failed, { memory: { ids: { copy: ID } } }, true],
    ['that memory knows, in a deletion', failed, { memory: { ids: { image: ID } }, isDelete: true }, true],
    ['that is available', sealedWith(ID), { memory: { ids: { copy: ID } } }, false],
    ['that is available, made since', { ...IMAGE, CreationDate: MINUTE_BEFORE }, {}, false],
  ])('%s', (_title, image, request, isOwn) => {
    expect(isOwnFailedImage({ ...REQUEST, ...request }, image)).toBe(isOwn);
  });
});

test.each<[string | Date | undefined, boolean]>([
  [MINUTE_BEFORE, true],
  ['2026-01-01T00:08:59.999Z', false],
  [new Date(MINUTE_BEFORE), true],
  ['', false],
  [undefined, false],
])('a resource of %s is not older than a request of 00:10:00.900: %s', (date, isYoung) => {
  expect(isNotOlder(date, STARTED_AT)).toBe(isYoung);
});
