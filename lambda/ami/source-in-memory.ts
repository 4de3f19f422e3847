import { describeSourceImage, SourceImage, SourceOptions } from './describe-source-image';
import { RememberedSource } from './remembered-source';
import { digestOfUefiData, readUefiData } from './verification/uefi-data';
import { Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { ImageRequest } from '../request/image-request';

/**
 * The source of a request, as it was when the request began: its owner can deregister it, disable it, or stop sharing it while the AMI is created,
 * which does the AMI no harm. With a memory that was lost, it is read again.
 */
export async function describeSourceOnce(
  aws: AwsClients, request: ImageRequest<Sharing & { readonly SourceImageId: string }>, options: SourceOptions = {},
): Promise<RememberedSource> {
  const { memory, account, properties } = request;
  if (memory.source?.image.ImageId === properties.SourceImageId) {
    return memory.source;
  }
  return rememberSource(aws, request, await describeSourceImage(aws, account, properties.SourceImageId, options));
}

export async function rememberSource(aws: AwsClients, { memory, account }: ImageRequest<Sharing>, source: SourceImage): Promise<RememberedSource> {
  memory.source = await forMemory(aws, account, source);
  return memory.source;
}

/** Without the parts that nothing compares, because a state machine carries 256 KiB at most. */
async function forMemory(aws: AwsClients, account: string, { image, devices, emptyDevices }: SourceImage): Promise<RememberedSource> {
  const { Tags, Description, ...rest } = image;
  void Tags;
  void Description;
  const hasUefiData = image.BootMode?.startsWith('uefi') && image.OwnerId === account;
  return {
    image: rest,
    devices: devices.map(({ snapshot: { SnapshotId, OwnerId, Encrypted, KmsKeyId, VolumeSize, FullSnapshotSizeInBytes, State }, ...device }) =>
      ({ ...device, snapshot: { SnapshotId, OwnerId, Encrypted, KmsKeyId, VolumeSize, FullSnapshotSizeInBytes, State } })),
    emptyDevices: emptyDevices?.length ? emptyDevices : undefined,
    uefiDataDigest: hasUefiData ? digestOfUefiData(await readUefiData(aws, image.ImageId!)) : undefined,
  };
}
