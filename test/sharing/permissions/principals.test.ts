import { Image } from '@aws-sdk/client-ec2';
import { allPlaces, snapshotIdsOf, union, without } from '../../../lambda/sharing/places';
import { difference, idOfPermission, principalsOf } from '../../../lambda/sharing/principals';

const ORGANIZATION = 'arn:aws:organizations::123456789012:organization/o-abc123def4';
const UNIT = 'arn:aws:organizations::123456789012:ou/o-abc123def4/ou-ab12-cdefgh34';

test('principals of a sharing, each once', () => {
  expect(principalsOf({ SharedAccountIds: ['1', '2', '1'], SharedOrganizationArns: [ORGANIZATION], SharedOrganizationalUnitArns: [UNIT, UNIT] })).toEqual([
    { id: '1', isAccount: true, permission: { UserId: '1' } },
    { id: '2', isAccount: true, permission: { UserId: '2' } },
    { id: 'o-abc123def4', isAccount: false, permission: { OrganizationArn: ORGANIZATION } },
    { id: 'ou-ab12-cdefgh34', isAccount: false, permission: { OrganizationalUnitArn: UNIT } },
  ]);
  expect(principalsOf({})).toEqual([]);
});

test('principals that another sharing does not have', () => {
  expect(difference({ SharedAccountIds: ['1', '2'], SharedOrganizationArns: [ORGANIZATION] }, { SharedAccountIds: ['2'] }).map(({ id }) => id)).toEqual(['1', 'o-abc123def4']);
});

test('ids of launch permissions', () => {
  expect([{ UserId: '1' }, { OrganizationArn: ORGANIZATION }, { OrganizationalUnitArn: UNIT }, { Group: 'all' as const }].map(idOfPermission))
    .toEqual(['1', 'o-abc123def4', 'ou-ab12-cdefgh34', undefined]);
});

test('places of an AMI', () => {
  const image: Image = { BlockDeviceMappings: [{ DeviceName: 'a', Ebs: { SnapshotId: 'snap-1' } }, { DeviceName: 'b', Ebs: {} }, { DeviceName: 'c', Ebs: { SnapshotId: 'snap-2' } }] };
  expect(snapshotIdsOf(image)).toEqual(['snap-1', 'snap-2']);
  expect([...allPlaces(image, { isAccount: true })]).toEqual([0, 1, 2]);
  expect([...allPlaces(image, { isAccount: false })]).toEqual([0]);
});

test('sets of places', () => {
  const [one, other] = [new Set([0, 1]), new Set([1, 2])];
  expect([union(one, other), without(one, other)].map(places => [...places])).toEqual([[0, 1, 2], [0]]);
});
