import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { describeSourceOnce } from '../../../lambda/ami/source-in-memory';
import { digestOfUefiData } from '../../../lambda/ami/verification/uefi-data';
import { Memory } from '../../../lambda/request/memory';
import { answering } from '../../helpers/answers';
import { SOURCE_ID } from '../../helpers/stacks';

/** The source as it was when the request began. */

const account = '123456789012';
const IMAGE: Image = { ImageId: SOURCE_ID, State: 'available', RootDeviceType: 'ebs', OwnerId: account };
const DEVICE = { name: '/dev/sda', snapshotId: 'snap-1', ebs: { SnapshotId: 'snap-1' } };
const SNAPSHOT: Snapshot = {
  SnapshotId: 'snap-1', OwnerId: account, Encrypted: true, KmsKeyId: 'arn', VolumeSize: 8, FullSnapshotSizeInBytes: 5, State: 'completed',
};
const mapping = (DeviceName: string, SnapshotId?: string) => ({ DeviceName, Ebs: { SnapshotId } });

async function describeOnce(image: Partial<Image> = {}, memory: Memory = {}) {
  const BlockDeviceMappings = [mapping('/dev/sda', 'snap-1')];
  const { aws, calls } = answering({
    DescribeImages: { Images: [{ ...IMAGE, BlockDeviceMappings, Tags: [{ Key: 'a', Value: 'b' }], Description: 'x', ...image }] },
    DescribeSnapshots: { Snapshots: [{ ...SNAPSHOT, Description: 'x', Tags: [{ Key: 'a', Value: 'b' }] }] },
    DescribeImageAttribute: { UefiData: { Value: 'data' } },
  });
  const request = { account, memory, properties: { SourceImageId: SOURCE_ID } } as unknown as Parameters<typeof describeSourceOnce>[1];
  const source = await describeSourceOnce(aws, request);
  expect(request.memory.source).toBe(source);
  return { source, calls: calls.map(([operation]) => operation) };
}

test('it is described, and memory has the parts that are compared', async () => {
  const { source } = await describeOnce();
  expect(source).toEqual({ image: { ...IMAGE, BlockDeviceMappings: [mapping('/dev/sda', 'snap-1')] }, devices: [{ ...DEVICE, snapshot: SNAPSHOT }] });
});

test('it is not described again', async () => {
  const source = { image: { ImageId: SOURCE_ID }, devices: [] };
  expect(await describeOnce({}, { source })).toEqual({ source, calls: [] });
});

test('another one is described', async () => {
  expect((await describeOnce({}, { source: { image: { ImageId: 'ami-9' }, devices: [] } })).calls).toEqual(['DescribeImages', 'DescribeSnapshots']);
});

test('devices without a snapshot', async () => {
  const { source } = await describeOnce({ BlockDeviceMappings: [mapping('/dev/sda', 'snap-1'), mapping('/dev/sdb')] });
  expect(source.emptyDevices).toEqual([{ name: '/dev/sdb', ebs: {} }]);
  expect((await describeOnce()).source.emptyDevices).toBeUndefined();
});

test.each<[Partial<Image>, boolean]>([
  [{ BootMode: 'uefi' }, true],
  [{ BootMode: 'uefi-preferred' }, true],
  [{ BootMode: 'legacy-bios' }, false],
  [{ OwnerId: account }, false],
  [{ BootMode: 'uefi', OwnerId: '999999999999' }, false],
])('UEFI data are read of %j: %s', async (image, isRead) => {
  const { source, calls } = await describeOnce(image);
  expect(source.uefiDataDigest).toBe(isRead ? digestOfUefiData('data') : undefined);
  expect(calls.includes('DescribeImageAttribute')).toBe(isRead);
});
