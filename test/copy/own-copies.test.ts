import { Image } from '@aws-sdk/client-ec2';
import { CopyRequest } from '../../lambda/copy/copy-request';
import { findOwnCopies } from '../../lambda/copy/own-copies';
import { OWNER_TAG } from '../../src/contract';
import { answering } from '../helpers/answers';

const ID = 'ami-1';
const REQUEST = {
  owner: 'us',
  account: '123456789012',
  attemptId: 'recipe-attempt',
  isDelete: false,
  memory: {},
  startedAt: Date.parse('2026-01-01T00:00:00Z'),
  properties: { SourceImageId: 'ami-0', GeneratedNamePrefix: 'Images' },
} as unknown as CopyRequest;
/** Of an attempt whose properties are not known. */
const DELETION = { isDelete: true, properties: {} };
const NAMED = { properties: { ...REQUEST.properties, ImageName: 'mine' } };
const KNOWN = { memory: { ids: { copy: ID } } };

const COPY: Image = {
  ImageId: ID,
  Name: 'Images-recipe-attempt',
  OwnerId: '123456789012',
  State: 'available',
  SourceImageId: 'ami-0',
  SourceImageRegion: 'us-east-1',
  Tags: [{ Key: OWNER_TAG, Value: 'us' }],
};
const failed: Image = { State: 'failed', Name: 'other', CreationDate: '2026-01-01T00:00:00.000Z' };
const inRegion = (SourceRegion: string) => ({ properties: { ...REQUEST.properties, SourceRegion } });

test.each<[string, Image, object, boolean]>([
  ['of the source, with the name', COPY, {}, true],
  ['of another image, with the name', { ...COPY, SourceImageId: 'ami-9' }, {}, false],
  ['of no image, with the name', { ...COPY, SourceImageId: undefined }, {}, false],
  ['of the source, with another name', { ...COPY, Name: 'other' }, {}, false],
  ['of the source, with another name, that memory knows', { ...COPY, Name: 'other' }, KNOWN, false],
  ['of the source, with another name, that failed', { ...COPY, ...failed }, {}, true],
  ['of another image, that failed', { ...COPY, ...failed, SourceImageId: 'ami-9' }, {}, false],
  ['deregistered', { ...COPY, State: 'deregistered' }, {}, false],
  ['of another account', { ...COPY, OwnerId: '999999999999' }, {}, false],

  ['of the Region, without a word about it', { ...COPY, SourceImageRegion: undefined }, {}, true],
  ['of another Region', { ...COPY, SourceImageRegion: 'eu-west-1' }, {}, false],
  ['of the Region of the source', { ...COPY, SourceImageRegion: 'eu-west-1' }, inRegion('eu-west-1'), true],
  ['of this Region, not of that of the source', COPY, inRegion('eu-west-1'), false],

  ['pending, without a source, with the name', { ...COPY, SourceImageId: undefined, State: 'pending' }, {}, true],
  ['pending, without a source, with another name', { ...COPY, SourceImageId: undefined, State: 'pending', Name: 'other' }, {}, false],
  ['pending, without a source and name, that memory knows', { ...COPY, SourceImageId: undefined, State: 'pending', Name: 'other' }, KNOWN, true],
  ['pending, of another image, that memory knows', { ...COPY, SourceImageId: 'ami-9', State: 'pending' }, KNOWN, false],

  ['with the declared name', { ...COPY, Name: 'mine' }, NAMED, true],
  ['with a name of the attempt', { ...COPY, Name: 'Before-recipe-attempt' }, {}, false],
  ['with a name of the attempt, in a deletion', { ...COPY, Name: 'Before-recipe-attempt' }, { isDelete: true }, true],
  ['with a name of the attempt, in a deletion with a declared name', { ...COPY, Name: 'Before-recipe-attempt' }, { isDelete: true, ...NAMED }, false],
  ['with a name of another attempt, in a deletion', { ...COPY, Name: 'Images-recipe-other' }, { isDelete: true }, false],
  ['without a name, in a deletion', { ...COPY, Name: undefined }, { isDelete: true }, false],

  ['with a name of an attempt whose source is not known', { ...COPY, SourceImageId: 'ami-9' }, DELETION, true],
  ['with another name than of an attempt whose source is not known', { ...COPY, Name: 'other' }, DELETION, false],
  ['that memory knows, with another name than of an attempt whose source is not known',
    { ...COPY, SourceImageId: undefined, State: 'pending', Name: 'other' }, { ...DELETION, ...KNOWN }, false],
])('an image with the owner tag %s', async (_title, image, request, isOwn) => {
  const { aws } = answering({ DescribeImages: { Images: [image] } });
  expect(await findOwnCopies(aws, { ...REQUEST, ...request })).toEqual(isOwn ? [image] : []);
});
