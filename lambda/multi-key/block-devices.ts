import { AmiBlockDeviceProperties, MultiKeyAmiProperties, VolumeOrigin } from '../../src/contract';

/** A volume that the source does not have. The parser of the properties has checked these members. */
export type NewVolume = AmiBlockDeviceProperties & Required<Pick<AmiBlockDeviceProperties, 'EncryptionKeyArn' | 'VolumeType' | 'DeleteOnTermination'>>;

export interface SplitBlockDevices {
  /** Devices of the source, with the changes to their volumes. */
  readonly sourceDevices: readonly AmiBlockDeviceProperties[];
  /** The names of the devices of the source that the AMI does not have. */
  readonly excludedDevices: readonly string[];
  readonly newVolumes: readonly NewVolume[];
}

/** The block devices by their origin. */
export function splitBlockDevices({ BlockDevices = [] }: Pick<MultiKeyAmiProperties, 'BlockDevices'>): SplitBlockDevices {
  const withVolume = (...origins: VolumeOrigin[]) => BlockDevices.filter(({ Volume }) => origins.includes(Volume));
  return {
    sourceDevices: withVolume(VolumeOrigin.SOURCE),
    excludedDevices: withVolume(VolumeOrigin.NONE).map(({ DeviceName }) => DeviceName),
    newVolumes: withVolume(VolumeOrigin.EBS, VolumeOrigin.SNAPSHOT) as readonly NewVolume[],
  };
}

/** Whether volumes are created that have no snapshot yet. */
export function hasEmptyVolumes({ BlockDevices = [] }: Pick<MultiKeyAmiProperties, 'BlockDevices'>): boolean {
  return BlockDevices.some(({ Volume }) => Volume === VolumeOrigin.EBS);
}
