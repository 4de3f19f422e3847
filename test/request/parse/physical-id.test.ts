import { connect } from '../../../lambda/aws/clients';
import { ResourceEvent } from '../../../lambda/request/events';
import { parseRequest, physicalIdOfFailure, physicalIdOfSuccess } from '../../../lambda/request/parse-request';
import { attemptIdOf, clientToken, NOTHING_MADE, ownerOf, ownerTagPrefixOfResource, parsePhysicalId } from '../../../lambda/request/physical-id';
import { OWNER_TAG, RESOURCE_TYPES } from '../../../src/contract';

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
const IMAGE_ID = 'ami-0fedcba9876543210';
const idOf = (changed: Partial<ResourceEvent> = {}, other: object = {}, imageId = IMAGE_ID) => {
  const wire = Object.fromEntries(Object.entries({ ...properties, ...other }).map(([name, value]) => [name, typeof value === 'object' ? value : String(value)]));
  return physicalIdOfSuccess(parseRequest(connect('us-east-1'), { ...event, ...changed, ResourceProperties: wire }, 0, {}), { ImageId: imageId });
};
const updateOf = (PhysicalResourceId: string) => ({ RequestType: 'Update', RequestId: 'another', PhysicalResourceId }) as const;

describe('names that must not change, because a change replaces people\'s images', () => {
  test('the resource types and the owner tag', () => {
    expect(RESOURCE_TYPES).toEqual({ encryptedAmiCopy: 'Custom::EncryptedAmiCopy', multiKeyAmi: 'Custom::MultiKeyAmi', instanceAmi: 'Custom::InstanceAmi', amiSharing: 'Custom::AmiSharing' });
    expect(OWNER_TAG).toBe('cdk-encrypted-ami:owner');
  });

  test('the physical id', () => {
    expect(idOf()).toBe('3432ll0u-xlhpnftx-9msdgsw6-ami-0fedcba9876543210');
  });
});

describe('the physical id', () => {
  test('is the same for a request that is delivered twice', () => {
    expect(idOf()).toBe(idOf());
  });

  test.each([['RequestId'], ['LogicalResourceId']])('is another for another %s', field => {
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

  test('of a failed Create has no AMI, and of a failed Update is the one that was sent', () => {
    const wire = { ...properties, CopySourceTags: 'false', TimeoutSeconds: '3600' };
    expect(physicalIdOfFailure({ ...event, ResourceProperties: wire })).toBe('3432ll0u-xlhpnftx-9msdgsw6');
    expect(physicalIdOfFailure({ ...event, ...updateOf(idOf()), ResourceProperties: { ...wire, EncryptionKeyArn: 'other' } })).toBe(idOf());
    expect(physicalIdOfFailure({ ...event, ResourceProperties: {} })).toBe(NOTHING_MADE);
  });

  test('fits into the owner tag, with the longest id that a stack can have', () => {
    const StackId = `arn:aws-iso-b:cloudformation:us-isob-east-1:123456789012:stack/${'n'.repeat(128)}/11111111-1111-1111-1111-111111111111`;
    expect(ownerOf(StackId, parsePhysicalId(idOf())!.attemptId).length).toBeLessThanOrEqual(256);
  });

  test('is distinguished from IDs that CloudFormation makes up, and from those that say that nothing was created', () => {
    expect(parsePhysicalId(idOf())).toEqual({ attemptId: '3432ll0u-xlhpnftx-9msdgsw6', imageId: IMAGE_ID });
    expect(parsePhysicalId('3432ll0u-xlhpnftx-9msdgsw6')).toEqual({ attemptId: '3432ll0u-xlhpnftx-9msdgsw6', imageId: undefined });
    for (const other of [undefined, '', NOTHING_MADE, 'Images-Golden-1ABCDEF', '2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef']) {
      expect(parsePhysicalId(other)).toBeUndefined();
    }
  });
});

test.each<[string | undefined, string | undefined]>([
  [`${event.StackId}/3432ll0u-xlhpnftx-9msdgsw6`, '3432ll0u-xlhpnftx-9msdgsw6'],
  [`${event.StackId}0/3432ll0u-xlhpnftx-9msdgsw6`, undefined],
  ['another/3432ll0u-xlhpnftx-9msdgsw6'.padStart(event.StackId.length + 27), undefined],
  [`${event.StackId}/x`, undefined],
  [undefined, undefined],
])('the owner tag %s names the attempt %s of the stack', (owner, attemptId) => {
  expect(attemptIdOf(event.StackId, owner)).toBe(attemptId);
});

test('each part of an attempt has eight letters and digits, also one that begins with zeros', () => {
  expect(ownerTagPrefixOfResource({ ...event, LogicalResourceId: 'Copy3287' })).toBe(`${event.StackId}/07rchsba-`);
});

test('the client token has the 64 characters that EC2 allows', () => {
  expect(clientToken(ownerOf(event.StackId, idOf()))).toMatch(/^[0-9a-f]{64}$/);
});
