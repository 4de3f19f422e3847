import { DescribeImageAttributeCommand, Image } from '@aws-sdk/client-ec2';
import { AwsClients } from '../../../lambda/aws/clients';
import { DeploymentError } from '../../../lambda/outcomes';
import { addPermissions, readPermissions, removePermissions } from '../../../lambda/sharing/permissions-of-ami';
import { principalsOf } from '../../../lambda/sharing/principals';

const ORGANIZATION = 'arn:aws:organizations::123456789012:organization/o-abc123def4';
const IMAGE: Image = {
  ImageId: 'ami-1',
  State: 'available',
  BlockDeviceMappings: ['snap-1', 'snap-2'].map(SnapshotId => ({ DeviceName: SnapshotId, Ebs: { SnapshotId } })),
};
const PRINCIPALS = principalsOf({ SharedAccountIds: ['1', '2'], SharedOrganizationArns: [ORGANIZATION] });
const ALL = new Set([0, 1, 2]);

/** EC2 with the permissions of the second snapshot; it keeps the requests that change one, or refuses them. */
function ec2With(refusal?: { name: string; message: string }) {
  const sent: string[] = [];
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const { name } = command.constructor;
    if (name.startsWith('Describe')) {
      sent.push(name);
      return command instanceof DescribeImageAttributeCommand ? { LaunchPermissions: [{ UserId: '1' }, { OrganizationArn: ORGANIZATION }, { Group: 'all' }] }
        : { CreateVolumePermissions: command.input.SnapshotId === 'snap-2' ? [{ UserId: '1' }, { UserId: '3' }, { Group: 'all' }] : [] };
    }
    if (refusal !== undefined) {
      throw Object.assign(new Error(refusal.message), { name: refusal.name });
    }
    const { ImageId, SnapshotId, LaunchPermission, CreateVolumePermission } = command.input;
    const [[change, those]] = Object.entries((LaunchPermission ?? CreateVolumePermission) as Record<string, object[]>);
    sent.push(`${change} ${ImageId ?? SnapshotId}: ${those.length > 5 ? those.length : those.flatMap(one => Object.values(one)).join()}`);
    return {};
  };
  return { sent, aws: { ec2: { send } } as unknown as AwsClients };
}

test('permissions are read at their places', async () => {
  const { aws, sent } = ec2With();
  expect(await readPermissions(aws, IMAGE, PRINCIPALS)).toEqual(new Map([['1', new Set([0, 2])], ['o-abc123def4', new Set([0])], ['3', new Set([2])]]));
  expect(sent).toHaveLength(3);
});

test('for organizations alone, no snapshot is read', async () => {
  const { aws, sent } = ec2With();
  expect(await readPermissions(aws, IMAGE, PRINCIPALS.slice(2))).toEqual(new Map([['1', new Set([0])], ['o-abc123def4', new Set([0])]]));
  expect(sent).toEqual(['DescribeImageAttributeCommand']);
});

test('permissions are added to the snapshots first', async () => {
  const { aws, sent } = ec2With();
  await addPermissions(aws, IMAGE, PRINCIPALS);
  expect(sent).toEqual(['Add snap-1: 1,2', 'Add snap-2: 1,2', `Add ami-1: 1,2,${ORGANIZATION}`]);
});

test('permissions are removed at their places, from the AMI first', async () => {
  const { aws, sent } = ec2With();
  await removePermissions(aws, IMAGE, [[PRINCIPALS[0], ALL], [PRINCIPALS[1], new Set([2])], [PRINCIPALS[2], new Set([0])]]);
  expect(sent).toEqual([`Remove ami-1: 1,${ORGANIZATION}`, 'Remove snap-1: 1', 'Remove snap-2: 1,2']);
});

test('of an AMI that is not available, EC2 has removed the permissions', async () => {
  const { aws, sent } = ec2With();
  await removePermissions(aws, { ...IMAGE, State: 'disabled' }, [[PRINCIPALS[0], ALL]]);
  expect(sent).toEqual(['Remove snap-1: 1', 'Remove snap-2: 1']);
});

test('five hundred at a time', async () => {
  const { aws, sent } = ec2With();
  const accounts = Array.from({ length: 1_001 }, (_, index) => String(index));
  await addPermissions(aws, { ...IMAGE, BlockDeviceMappings: [] }, principalsOf({ SharedAccountIds: accounts }));
  expect(sent).toEqual(['Add ami-1: 500', 'Add ami-1: 500', 'Add ami-1: 1000']);
});

test.each(['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidSnapshot.NotFound'])('of a resource that is gone, there is nothing to remove: %s', async name => {
  const { aws } = ec2With({ name, message: 'gone' });
  await removePermissions(aws, IMAGE, [[PRINCIPALS[0], ALL]]);
  await expect(addPermissions(aws, IMAGE, PRINCIPALS)).rejects.toBeInstanceOf(DeploymentError);
});

test.each([
  ['InvalidParameter', "Snapshots encrypted with the AWS Managed CMK can't be shared", /AWS managed key/],
  ['InvalidParameter', 'Another', /InvalidParameter: Another/],
  ['InvalidUserID.Malformed', 'managed badly', /InvalidUserID.Malformed: managed badly/],
])('a refusal is explained: %s %s', async (name, message, sentence) => {
  const error: unknown = await addPermissions(ec2With({ name, message }).aws, IMAGE, PRINCIPALS).catch(caught => caught);
  expect(error).toBeInstanceOf(DeploymentError);
  expect(String(error)).toMatch(sentence);
  expect(/AWS managed key/.test(String(error))).toBe(name === 'InvalidParameter' && message !== 'Another');
});

test('another error is of AWS, and a permission that was not removed is never taken for removed', async () => {
  await expect(removePermissions(ec2With({ name: 'UnauthorizedOperation', message: 'denied' }).aws, IMAGE, [[PRINCIPALS[0], ALL]])).rejects.toThrow(/^denied$/);
  await expect(addPermissions(ec2With({ name: 'RequestLimitExceeded', message: 'managed' }).aws, IMAGE, PRINCIPALS)).rejects.toThrow(/^managed$/);
});
