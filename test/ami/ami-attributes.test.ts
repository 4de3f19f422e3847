import { attributesOf, NO_ATTRIBUTES } from '../../lambda/ami/ami-attributes';

test('the attributes of an image', () => {
  const device = (DeviceName: string, SnapshotId?: string) => ({ DeviceName, Ebs: { SnapshotId } });
  const image = { ImageId: 'ami-1', Name: 'golden', Architecture: 'arm64' as const, RootDeviceName: '/dev/sda1' };
  expect(attributesOf({ ...image, BlockDeviceMappings: [device('/dev/sdb', 'snap-1'), device('/dev/sdc'), device('/dev/sda', 'snap-2')] })).toEqual(
    { ImageId: 'ami-1', ImageName: 'golden', Architecture: 'arm64', RootDeviceName: '/dev/sda1', RootSnapshotId: 'snap-2', SnapshotIds: 'snap-1,snap-2' });
});

test('an image of which EC2 tells nothing has none', () => {
  expect(attributesOf({})).toEqual(NO_ATTRIBUTES);
});
