import { AwsClients } from '../../../lambda/aws/clients';
import { ResourceEvent } from '../../../lambda/request/events';
import { imageNameOf, intermediateNameOf } from '../../../lambda/request/image-request';
import { Memory } from '../../../lambda/request/memory';
import { parseRequest, physicalIdOfFailure, physicalIdOfSuccess } from '../../../lambda/request/parse-request';
import { NOTHING_MADE } from '../../../lambda/request/physical-id';
import { ImageProperties } from '../../../src/contract';

/** The subject of a request: a new AMI, or one that is there; its deadline; and its answer. */

const StackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/11111111-1111-1111-1111-111111111111';
const MINUTE = 60_000;
const BEGAN = 1_000 * MINUTE;
const AMI = 'ami-0123456789abcdef0';
const COPY = {
  SourceImageId: 'ami-0fedcba9876543210',
  Encryption: 'KEY',
  EncryptionKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
  CopySourceTags: 'false',
  GeneratedNamePrefix: 'Images-Golden',
  TimeoutSeconds: '1800',
};
const eventOf = (changed: Partial<ResourceEvent> = {}) => ({
  RequestType: 'Create',
  ResourceType: 'Custom::EncryptedAmiCopy',
  StackId,
  RequestId: 'one',
  LogicalResourceId: 'Golden',
  ResponseURL: 'https://one',
  ResourceProperties: COPY,
  ...changed,
}) as ResourceEvent;
const parse = (changed: Partial<ResourceEvent> = {}, memory: Memory = {}, aws = {}) =>
  parseRequest(aws as AwsClients, eventOf(changed), BEGAN, memory);

/** The id of the AMI of a Create with these properties. */
const idOf = (ResourceProperties: object = COPY) => physicalIdOfSuccess(parse({ ResourceProperties: { ...ResourceProperties } }), { ImageId: AMI });
const OTHER = { ...COPY, EncryptionKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/2' };
const SHARING = { ResourceType: 'Custom::AmiSharing', ResourceProperties: { ImageId: AMI, SharedAccountIds: ['210987654321'] } };

describe('a request is about', () => {
  test.each<[string, Partial<ResourceEvent>, Memory, { isNewImage: boolean; attemptId?: string; imageId?: string; replaces?: string }]>([
    ['a new AMI', {}, {}, { isNewImage: true }],
    ['a new AMI, whatever the id', { PhysicalResourceId: idOf() }, {}, { isNewImage: true }],
    ['the AMI that is there', { RequestType: 'Update', PhysicalResourceId: idOf() }, {}, { isNewImage: false, attemptId: idOf().slice(0, 26), imageId: AMI }],
    ['an AMI that replaces the one that is there', { RequestType: 'Update', PhysicalResourceId: idOf(OTHER) }, {}, { isNewImage: true, replaces: idOf(OTHER) }],
    ['a new AMI where none was made', { RequestType: 'Update', PhysicalResourceId: NOTHING_MADE }, {}, { isNewImage: true }],
    ['an AMI that is created again', { RequestType: 'Update', PhysicalResourceId: idOf() }, { recreate: true }, { isNewImage: true, replaces: idOf() }],
    ['the AMI that a rollback returns to', { RequestType: 'Update', PhysicalResourceId: idOf(OTHER) }, { rollbackTo: idOf() },
      { isNewImage: false, attemptId: idOf().slice(0, 26), imageId: AMI }],
    ['the AMI that is deleted', { RequestType: 'Delete', PhysicalResourceId: idOf(OTHER) }, {}, { isNewImage: false, attemptId: idOf(OTHER).slice(0, 26), imageId: AMI }],
    ['nothing that is known', { RequestType: 'Delete', PhysicalResourceId: 'Images-Golden-1ABCDEF' }, {}, { isNewImage: false, attemptId: 'Images-Golden-1ABCDEF' }],
    ['nothing, without an id', { RequestType: 'Delete' }, {}, { isNewImage: false, attemptId: '' }],
  ])('%s', (_title, event, memory, expected) => {
    const { image: { isNewImage, attemptId, imageId, replaces, owner, account } } = parse({ RequestId: 'two', ...event }, memory);
    const newId = physicalIdOfSuccess(parse({ RequestId: 'two' }), { ImageId: AMI }).slice(0, 26);
    expect({ isNewImage, attemptId, imageId, replaces }).toEqual({ attemptId: newId, imageId: undefined, replaces: undefined, ...expected });
    expect([owner, account]).toEqual([`${StackId}/${attemptId}`, '123456789012']);
  });
});

test.each<[string, Partial<ResourceEvent>, Memory, number, number]>([
  ['its timeout', {}, {}, 30, 30],
  ['56 minutes', { ResourceProperties: { ...COPY, TimeoutSeconds: '3600' } }, {}, 56, 56],
  ["its timeout, within CloudFormation's hour", {}, { hourBegan: BEGAN - 40 * MINUTE }, 30, 16],
  ['a quarter of an hour for a sharing', SHARING, {}, 15, 15],
  ['a quarter of an hour for a deletion, whenever the hour began', { RequestType: 'Delete' }, { hourBegan: BEGAN - 50 * MINUTE }, 15, 15],
])('a request may take %s', (_title, event, memory, limit, deadline) => {
  const { image } = parse(event, memory);
  expect([image.limitMs, image.deadline]).toEqual([limit * MINUTE, BEGAN + deadline * MINUTE]);
});

test('properties are required, unless the resource is deleted, and those before an update need not be read', () => {
  expect(() => parse({ ResourceProperties: {} })).toThrow('GeneratedNamePrefix');
  expect(parse({ RequestType: 'Delete', ResourceProperties: { Encryption: 'KEY' } }).image.properties).toEqual({ Encryption: 'KEY' });
  const warnings = jest.spyOn(console, 'warn').mockReturnValue(undefined);
  expect(parse().image.oldProperties).toEqual({});
  expect(warnings).not.toHaveBeenCalled();
  expect(parse({ RequestType: 'Update', OldResourceProperties: { Encryption: 'KEY' } }).image.oldProperties).toEqual({ Encryption: 'KEY' });
});

test.each([
  [{ ImageName: 'golden' }, 'golden', 'Images-Golden-one-1'],
  [{ ImageNamePrefix: 'golden' }, 'golden-one', 'golden-one-1'],
  [{}, 'Images-Golden-one', 'Images-Golden-one-1'],
])('of %j, the AMI is %s, and one on the way %s', (names, expected, expectedOnTheWay) => {
  const request = { properties: { GeneratedNamePrefix: 'Images-Golden', ...names } as ImageProperties, attemptId: 'one' };
  expect([imageNameOf(request), intermediateNameOf(request)]).toEqual([expected, expectedOnTheWay]);
});

test.each([[undefined, false], ['UPDATE_IN_PROGRESS', false], ['UPDATE_ROLLBACK_IN_PROGRESS', true]])('in %s, CloudFormation rolls back: %s', (stackStatus, expected) => {
  const memory: Memory = {};
  const { image } = parse({}, memory);
  memory.stackStatus = stackStatus;
  expect(image.isRollback).toBe(expected);
});

describe('before it creates something, a request asks whether it is canceled', () => {
  const send = jest.fn(async () => ({ Stacks: [{ StackStatus: 'DELETE_IN_PROGRESS' }] }));
  const aws = { now: () => 0, cloudFormation: { send } };
  beforeEach(() => send.mockClear());

  test.each(['CREATE_IN_PROGRESS', 'DELETE_IN_PROGRESS'])('of a new AMI, and remembers that it may have created it: %s', async stackStatus => {
    const memory: Memory = { stackStatus };
    const isCanceled = await parse({}, memory, aws).image.throwIfCanceled().then(() => false, () => true);
    expect([isCanceled, memory.mayHaveCreated]).toEqual(stackStatus === 'CREATE_IN_PROGRESS' ? [true, undefined] : [false, true]);
  });

  test('not of an AMI that was there before: it is not deleted, whatever becomes of the stack', async () => {
    const memory: Memory = {};
    await parse({ RequestType: 'Update', PhysicalResourceId: idOf() }, memory, aws).image.throwIfCanceled();
    expect([send.mock.calls, memory]).toEqual([[], {}]);
  });
});

describe('the answer has', () => {
  test.each<[string, Partial<ResourceEvent>, string]>([
    ['the attempt and the new AMI', {}, idOf()],
    ['the AMI that is there', { RequestType: 'Update', PhysicalResourceId: idOf().replace(AMI, 'ami-0123456789abcdef1') }, idOf().replace(AMI, 'ami-0123456789abcdef1')],
    ['no AMI where none is created', SHARING, physicalIdOfSuccess(parse(SHARING), {})],
    ['the id that is deleted', { RequestType: 'Delete', PhysicalResourceId: 'Images-Golden-1ABCDEF' }, 'Images-Golden-1ABCDEF'],
    ['another id, if nothing is deleted', { RequestType: 'Delete' }, NOTHING_MADE],
  ])('%s', (_title, event, expected) => {
    expect(physicalIdOfSuccess(parse(event), { ImageId: AMI })).toBe(expected);
  });

  test.each<[string, Partial<ResourceEvent>, string]>([
    ['the attempt, if a Create fails', {}, idOf().slice(0, 26)],
    ['the id that was sent, if an Update fails', { RequestType: 'Update', PhysicalResourceId: idOf(OTHER) }, idOf(OTHER)],
    ['nothing, if a sharing fails', SHARING, NOTHING_MADE],
    ['nothing, if the properties cannot be read', { ResourceProperties: {} }, NOTHING_MADE],
    ['nothing, for a type that is not known', { ResourceType: 'Custom::Other' }, NOTHING_MADE],
  ])('%s', (_title, event, expected) => {
    expect(physicalIdOfFailure(eventOf(event))).toBe(expected);
  });
});
