import { ResourceEvent } from '../../lambda/request/events';
import { isPhysicalId, NOTHING_MADE, ownerOf, physicalIdFor, clientToken } from '../../lambda/request/physical-id';
import { ENCRYPTED_AMI_COPY_RULES, OWNER_TAG, RESOURCE_TYPES } from '../../src/contract';

const event: ResourceEvent = {
  RequestType: 'Create',
  ResourceType: 'Custom::EncryptedAmiCopy',
  ResponseURL: 'https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/answer',
  StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/11111111-1111-1111-1111-111111111111',
  RequestId: '22222222-2222-2222-2222-222222222222',
  LogicalResourceId: 'GoldenBA401183',
  ResourceProperties: {},
};
const properties = {
  SourceImageId: 'ami-0123456789abcdef0',
  Encryption: 'KEY',
  EncryptionKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
  CopySourceTags: false,
  GeneratedNamePrefix: 'Images-Golden',
  TimeoutSeconds: 3600,
};
const idOf = (changed: Partial<ResourceEvent> = {}, other: object = {}) =>
  physicalIdFor({ ...event, ...changed }, { ...properties, ...other }, ENCRYPTED_AMI_COPY_RULES);
const updateOf = (PhysicalResourceId: string) => ({ RequestType: 'Update', RequestId: 'another', PhysicalResourceId }) as const;

describe('names that must not change, because a change replaces people\'s images', () => {
  test('the resource types and the owner tag', () => {
    expect(RESOURCE_TYPES).toEqual({ encryptedAmiCopy: 'Custom::EncryptedAmiCopy', multiKeyAmi: 'Custom::MultiKeyAmi', instanceAmi: 'Custom::InstanceAmi', amiSharing: 'Custom::AmiSharing' });
    expect(OWNER_TAG).toBe('cdk-encrypted-ami:owner');
  });

  test('the physical id', () => {
    expect(idOf()).toBe('3432ll0u-xlhpnftx-9msdgsw6');
  });
});

describe('the physical id', () => {
  test('is the same for a request that is delivered twice', () => {
    expect(idOf()).toBe(idOf());
  });

  test.each([['RequestId'], ['LogicalResourceId'], ['ResourceType']])('is another for another %s', field => {
    expect(idOf({ [field]: 'another' })).not.toBe(idOf());
  });

  test('stays in an update of what is no part of the image', () => {
    expect(idOf(updateOf(idOf()), { Tags: [{ Key: 'a', Value: 'b' }], Description: 'x', TimeoutSeconds: 60, GeneratedNamePrefix: 'y' })).toBe(idOf());
  });

  test.each([
    ['SourceImageId', 'ami-00000000000000000'], ['Encryption', 'PRESERVE'], ['EncryptionKeyArn', 'arn:aws:kms:us-east-1:123456789012:key/2'], ['CopySourceTags', true],
    ['ImageName', 'golden'], ['ImageNamePrefix', 'golden'], ['ContentVersion', '2'], ['OutpostArn', 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0'], ['LocalZone', 'us-east-1-bos-1a'],
  ])('changes in an update of %s', (name, value) => {
    expect(idOf(updateOf(idOf()), { [name]: value })).not.toBe(idOf());
  });

  test('of the old image is found again by a rollback, whatever was tried in between', () => {
    const old = idOf();
    const tried = idOf(updateOf(old), { EncryptionKeyArn: 'other' });
    expect(tried).not.toBe(old);
    expect(idOf({ ...updateOf(old), RequestId: 'the rollback' })).toBe(old);
  });

  test('fits into the owner tag, with the longest id that a stack can have', () => {
    const StackId = `arn:aws-iso-b:cloudformation:us-isob-east-1:123456789012:stack/${'n'.repeat(128)}/11111111-1111-1111-1111-111111111111`;
    expect(ownerOf(StackId, idOf()).length).toBeLessThanOrEqual(256);
  });

  test('is told from what CloudFormation makes up, and from what says that nothing was made', () => {
    expect(isPhysicalId(idOf())).toBe(true);
    for (const other of [undefined, '', NOTHING_MADE, 'Images-Golden-1ABCDEF', '2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef']) {
      expect(isPhysicalId(other)).toBe(false);
    }
  });
});

test('the client token has the 64 characters that EC2 allows', () => {
  expect(clientToken(ownerOf(event.StackId, idOf()))).toMatch(/^[0-9a-f]{64}$/);
});
