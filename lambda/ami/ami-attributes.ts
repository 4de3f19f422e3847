import { Image } from '@aws-sdk/client-ec2';
import { ImageAttributes } from '../../src/contract';
import { devicesOf, findDevice } from '../aws/find-images';

/** The attributes of an image that a stack can use. */
export function attributesOf(image: Image): ImageAttributes {
  const devices = devicesOf(image);
  return {
    ImageId: image.ImageId ?? '',
    ImageName: image.Name ?? '',
    Architecture: image.Architecture ?? '',
    RootDeviceName: image.RootDeviceName ?? '',
    RootSnapshotId: findDevice(image.RootDeviceName, devices)?.snapshotId ?? '',
    SnapshotIds: devices.flatMap(({ snapshotId }) => snapshotId ?? []).join(','),
  };
}

/** The attributes of an AMI that is gone, of which only the id is known. */
export const NO_ATTRIBUTES: ImageAttributes = { ImageId: '', ImageName: '', Architecture: '', RootDeviceName: '', RootSnapshotId: '', SnapshotIds: '' };
