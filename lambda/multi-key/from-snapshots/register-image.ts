import { BlockDeviceMapping, RegisterImageCommand, Snapshot } from '@aws-sdk/client-ec2';
import { findSnapshotOfDevice } from './reconcile-snapshot';
import { checkImageName, explainRefusedName } from '../../ami/check-image-name';
import { SourceImage } from '../../ami/describe-source-image';
import { explainRefusedCall } from '../../ami/explain-refused-call';
import { tagSpecifications } from '../../ami/tag-specifications';
import { tagsOf } from '../../ami/update-in-place';
import { readUefiData } from '../../ami/verification/uefi-data';
import { AwsClients } from '../../aws/clients';
import { hasErrorCode, isTransient, SNAPSHOT_NOT_FOUND_CODES } from '../../aws/error-codes';
import { findDevice } from '../../aws/find-images';
import { DeploymentError, NotReady } from '../../outcomes';
import { imageNameOf } from '../../request/image-request';
import { MultiKeyRequest, descriptionOf, emptyVolumeOf, isKeptEmpty, Plan, PlannedDevice, volumeShapeOf } from '../device-plan';
import { imageNotShown, registerImageRefused, snapshotsOfImageGone } from '../messages';
import { rememberBuild, rememberBuildError } from '../own-builds';
import { volumeParameters } from '../volumes/create-volumes';

/** RegisterImage copies no attribute from the source: each must be passed. The defaults are i386 and paravirtual. */
export async function registerImage(
  aws: AwsClients, request: MultiKeyRequest, { image }: SourceImage, plan: Plan, snapshots: readonly Snapshot[],
): Promise<void> {
  const name = imageNameOf(request);
  const uefiData = image.BootMode?.startsWith('uefi') && image.OwnerId === request.account ? await readUefiData(aws, image.ImageId!) : undefined;
  try {
    const { ImageId } = await aws.ec2.send(new RegisterImageCommand({
      Name: name,
      Description: descriptionOf(request.properties),
      Architecture: image.Architecture,
      VirtualizationType: image.VirtualizationType,
      // "No root snapshot specified in device mapping for /dev/sda1", where the mapping calls it /dev/sda
      RootDeviceName: findDevice(image.RootDeviceName, plan.devices)?.name ?? image.RootDeviceName,
      EnaSupport: image.EnaSupport,
      SriovNetSupport: image.SriovNetSupport,
      BootMode: image.BootMode,
      TpmSupport: image.TpmSupport,
      ImdsSupport: image.ImdsSupport,
      KernelId: image.KernelId,
      RamdiskId: image.RamdiskId,
      UefiData: uefiData,
      BlockDeviceMappings: [
        ...plan.devices.map(device => mapping(device, findSnapshotOfDevice(request, snapshots, device.name))), ...plan.instanceStores,
      ],
      TagSpecifications: tagSpecifications(tagsOf(request), 'image'),
    }));
    rememberBuild(request, ImageId);
  } catch (error) {
    rememberBuildError(aws, request, error);
    if (hasErrorCode(error, ['InvalidAMIName.Duplicate'])) {
      // of another image, or of the one that an earlier call has registered and that EC2 does not show yet
      await checkImageName(aws, request);
      throw new NotReady(imageNotShown({ name }), true);
    }
    if (hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES)) {
      // all were completed: one that was deleted since is copied again
      throw new NotReady(snapshotsOfImageGone({ name }, error), true);
    }
    throw isTransient(error) ? error
      : explainRefusedCall('register the AMI', error) ?? explainRefusedName(request, error) ?? new DeploymentError(registerImageRefused({ name }, error));
  }
}

/** "You cannot specify the encrypted flag if specifying a snapshot id in a block device mapping": the snapshot has its key. */
function mapping(device: PlannedDevice, snapshot: Snapshot | undefined): BlockDeviceMapping {
  if (isKeptEmpty(device)) {
    return { DeviceName: device.name, Ebs: emptyVolumeOf(device) };
  }
  const { Size, ...shape } = device.volume ? volumeParameters(device.volume) : volumeShapeOf(device);
  return {
    DeviceName: device.name,
    Ebs: { SnapshotId: snapshot?.SnapshotId, VolumeSize: Size, ...shape, DeleteOnTermination: device.deleteOnTermination },
  };
}
