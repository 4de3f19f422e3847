import { hasEmptyVolumes } from '../../../lambda/multi-key/block-devices';
import { describeBuildSource, describeBuildSourceAgain } from '../../../lambda/multi-key/build-source';
import { MultiKeyRequest } from '../../../lambda/multi-key/device-plan';
import { DeploymentError } from '../../../lambda/outcomes';
import { AmiBlockDeviceProperties, VolumeOrigin } from '../../../src/contract';
import { answering, ec2Error } from '../../helpers/answers';
import { SOURCE_ID } from '../../helpers/stacks';

test.each([
  ['as it was', describeBuildSource],
  ['as it is', describeBuildSourceAgain],
])('the source %s: only a build that copies the snapshots needs to see them', async (_title, describeSource) => {
  const { aws } = answering({
    DescribeImages: { Images: [{ ImageId: SOURCE_ID, State: 'available', RootDeviceType: 'ebs', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-1' } }] }] },
    DescribeSnapshots: ec2Error('InvalidSnapshot.NotFound'),
  });
  const request = (BuildMethod: string) => ({ account: '123456789012', properties: { SourceImageId: SOURCE_ID, BuildMethod }, memory: {} }) as unknown as MultiKeyRequest;
  jest.spyOn(console, 'info').mockReturnValue(undefined);
  expect((await describeSource(aws, request('LAUNCH_INSTANCE'))).devices).toEqual([expect.objectContaining({ isHidden: true })]);
  await expect(describeSource(aws, request('COPY_SNAPSHOTS'))).rejects.toThrow(DeploymentError);
});

test.each<[VolumeOrigin[] | undefined, boolean]>([
  [undefined, false],
  [[VolumeOrigin.SOURCE, VolumeOrigin.NONE, VolumeOrigin.SNAPSHOT], false],
  [[VolumeOrigin.SNAPSHOT, VolumeOrigin.EBS], true],
])('volumes %j: some have no snapshot yet: %s', (origins, expected) => {
  const BlockDevices = origins?.map((Volume): AmiBlockDeviceProperties => ({ DeviceName: '/dev/sdf', Volume }));
  expect(hasEmptyVolumes({ BlockDevices })).toBe(expected);
});
