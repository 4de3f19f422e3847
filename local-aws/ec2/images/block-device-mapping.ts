import { EbsBlockDevice } from '@aws-sdk/client-ec2';
import { Device, Snapshot } from '../state/records';
import { checkVolumeConfiguration } from '../volumes/volume-configuration';

/** Returns the image's entry for a mapping in a request. */
export function mappedDevice(deviceName: string, ebs: EbsBlockDevice, snapshot: Snapshot | undefined, goesByDefault: boolean): Device {
  const configuration = {
    size: ebs.VolumeSize ?? snapshot?.volumeSize ?? 1, type: ebs.VolumeType ?? 'gp2', iops: ebs.Iops, throughput: ebs.Throughput,
  };
  checkVolumeConfiguration(configuration);
  return {
    deviceName,
    ebs: {
      snapshotId: snapshot?.id,
      ...configuration,
      encrypted: ebs.Encrypted,
      deleteOnTermination: ebs.DeleteOnTermination ?? goesByDefault,
    },
  };
}
