import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { AwsClients } from '../../lambda/aws/clients';
import { hasCopiedSeal, isSealed, isTaggedWithOwner, seal, writeTags } from '../../lambda/ownership/seal';
import { ID_TAG, OWNER_TAG } from '../../src/contract';

const tagged = (Key: string, Value: string) => ({ Tags: [{ Key: 'first', Value: 'one' }, { Key, Value }] });

test.each([
  [{}, false, false],
  [tagged(ID_TAG, 'snap-1'), true, false],
  [tagged(ID_TAG, 'snap-2'), false, true],
  [tagged('id', 'snap-1'), false, false],
])('the seal of snap-1 in %j', (resource, sealed, copied) => {
  expect([isSealed(resource, 'snap-1'), hasCopiedSeal(resource, 'snap-1')]).toEqual([sealed, copied]);
  // EC2 reports every id; without one nothing is sealed
  expect(isSealed(resource, undefined)).toBe(false);
});

test.each([
  [{}, false],
  [tagged(OWNER_TAG, 'us'), true],
  [tagged(OWNER_TAG, 'another'), false],
  [tagged('owner', 'us'), false],
])('the owner tag in %j', (resource, isOwner) => {
  expect(isTaggedWithOwner(resource, 'us')).toBe(isOwner);
});

/** EC2, which answers CreateTags with an error. */
function ec2With(code?: string) {
  const sent: CreateTagsCommand['input'][] = [];
  const send = async (command: CreateTagsCommand) => {
    sent.push(command.input);
    if (code !== undefined) {
      throw Object.assign(new Error(code), { name: code });
    }
  };
  return { sent, aws: { ec2: { send } } as unknown as AwsClients };
}

test('what is not sealed yet is sealed', async () => {
  const { aws, sent } = ec2With();
  await seal(aws, [{ id: 'snap-1' }, { id: 'snap-2', ...tagged(ID_TAG, 'snap-2') }, { id: 'snap-3', ...tagged(ID_TAG, 'snap-2') }]);
  expect(sent).toEqual(['snap-1', 'snap-3'].map(id => ({ Resources: [id], Tags: [{ Key: ID_TAG, Value: id }] })));
});

test.each([
  'InvalidAMIID.NotFound', 'InvalidInstanceID.NotFound', 'InvalidSnapshot.NotFound', 'InvalidVolume.NotFound', 'InvalidID',
])('a resource that is gone needs no tags: %s', async code => {
  await expect(writeTags(ec2With(code).aws, 'snap-1', [])).resolves.toBeUndefined();
});

test('another refusal of tags is an error', async () => {
  await expect(writeTags(ec2With('UnauthorizedOperation').aws, 'snap-1', [])).rejects.toThrow('UnauthorizedOperation');
});
