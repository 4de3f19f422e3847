import { BlockDeviceMapping, BootModeOverrideValues, CreateImageCommand, Image } from '@aws-sdk/client-ec2';
import { checkBootMode, checkState, checkVolumeKeys, InstanceSource, describeSourceInstance } from './describe-source-instance';
import { explainFailedImage, explainRefusedImage } from './explain-instance-ami-failure';
import { findInstanceImages } from './own-instance-images';
import { verifyInstanceImage } from './verify-instance-ami';
import { CopyEncryption, ImageAttributes, InstanceAmiProperties, STEP_TAG } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { checkImageName } from '../ami/check-image-name';
import { checkKey } from '../ami/check-key';
import { declaredKey } from '../ami/key-reference';
import { secondsUntilDone } from '../ami/snapshot-progress';
import { updateInPlace, tagsOf } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, isTransient } from '../aws/error-codes';
import { findImage, findImageByName, findTaggedSnapshots, ownerTagOf } from '../aws/find-images';
import { CopyRequest } from '../copy/copy-request';
import { reconcileCopy } from '../copy/reconcile-copy';
import { deleteOwnedResources } from '../deletion/delete-owned-resources';
import { imagesOf, snapshotsOf } from '../deletion/owned-resources';
import { DeploymentError, NotReady, SHORT_WAIT_SECONDS } from '../outcomes';
import { imageNameOf, ImageRequest, intermediateNameOf } from '../request/image-request';
import { isGoneForGood, rememberImage } from '../request/memory';

type InstanceRequest = ImageRequest<InstanceAmiProperties>;


/**
 * Takes the next step towards the image of an instance. With a key of its own, the image of the instance is only a step, which is copied to that
 * key and removed.
 */
export async function reconcileInstanceAmi(aws: AwsClients, request: InstanceRequest): Promise<ImageAttributes> {
  const { image, intermediate } = await findInstanceImages(aws, request);
  if (!image && !request.isNewImage) {
    throw new DeploymentError(
      'the image of this resource was deregistered outside of CloudFormation, so there is nothing to change: change `contentVersion` (or ' +
      'whatever else it is made of) to have it made anew',
    );
  }
  if (request.properties.EncryptionKeyArn === undefined) {
    const ofInstance = await imageOfInstance(aws, request, image);
    await updateInPlace(aws, request, ofInstance, descriptionOf(request.properties));
    return attributesOf(ofInstance);
  }
  if (!image && !intermediate) {
    await checkImageName(aws, request);
  }
  return copyIntermediateImage(aws, request, image, image ? intermediate : await imageOfInstance(aws, request, intermediate));
}

/** Copies the image of the instance, proves the copy by it, and deletes it. */
async function copyIntermediateImage(
  aws: AwsClients, request: InstanceRequest, copy: Image | undefined, intermediate: Image | undefined,
): Promise<ImageAttributes> {
  // the intermediate image is not deleted before the copy is proven, so where it is gone, the copy was
  const isVerified = copy !== undefined && (!intermediate || request.memory.verified === copy.ImageId);
  const toCopy = copyRequest(request, intermediate?.ImageId ?? copy?.SourceImageId ?? '');
  const attributes = await reconcileCopy(aws, { ...toCopy, isNewImage: toCopy.isNewImage && !isVerified });
  request.memory.verified = attributes.ImageId;
  if (request.isNewImage) {
    const find = async (...of: Parameters<typeof findInstanceImages>) => {
      const { intermediate: left } = await findInstanceImages(...of);
      return left ? [left] : [];
    };
    const kept = attributes.SnapshotIds.split(',');
    await deleteOwnedResources(aws, request, [imagesOf(find), snapshotsOf(find, kept)], SHORT_WAIT_SECONDS);
  }
  return attributes;
}

/** The image of the instance itself, once it is available, and proven if it was made for this request. */
async function imageOfInstance(aws: AwsClients, request: InstanceRequest, existing: Image | undefined): Promise<Image> {
  const image = existing ?? await findStartedImage(aws, request) ?? await startImage(aws, request);
  switch (image.State) {
    case 'available':
    case 'disabled':
      if (request.isNewImage) {
        await verifyInstanceImage(aws, request.properties, await describeSourceInstance(aws, request.properties), image);
      }
      return image;
    case 'pending':
    case 'transient':
      throw new NotReady(
        `the image ${image.ImageId} of the instance ${request.properties.InstanceId} is ${image.State}`,
        secondsUntilDone(request.memory, await findTaggedSnapshots(aws, request.owner), request.startedAt, aws.now()),
      );
    default:
      throw await explainFailedImage(aws, request, image);
  }
}

/** Everything that can be refused is refused before anything is made. */
async function startImage(aws: AwsClients, request: InstanceRequest): Promise<Image> {
  const { properties } = request;
  const source = await describeSourceInstance(aws, properties, request.memory);
  checkState(source.instance);
  checkBootMode(properties, source.instance);
  await checkVolumeKeys(aws, source, properties.EncryptionKeyArn !== undefined);
  if (properties.EncryptionKeyArn !== undefined) {
    await checkKey(aws, declaredKey(properties.EncryptionKeyArn, '`encryptionKey`'));
  }
  await checkImageName(aws, request);
  await request.throwIfCanceled();
  return createImage(aws, request, source);
}

/** The image that EC2 has accepted, by its id: a failed image may have lost its tags. */
async function findStartedImage(aws: AwsClients, request: InstanceRequest): Promise<Image | undefined> {
  const imageId = request.memory.ids?.image;
  const image = imageId === undefined ? undefined : await findImage(aws, imageId);
  if (imageId !== undefined && (!image || image.State === 'deregistered')) {
    if (isGoneForGood(request.memory, aws.now())) {
      throw new DeploymentError(
        `The image ${imageId} of the instance ${request.properties.InstanceId} disappeared while it was pending: somebody deregistered it. Find out who in CloudTrail (DeregisterImage), and deploy again.`,
      );
    }
    throw new NotReady(`EC2 has accepted the image ${imageId}, but does not show it yet`, true);
  }
  return image;
}

/**
 * CreateImage takes no client token. What makes it happen once is the name, which belongs to the request: should an answer be lost and the
 * image not be seen yet, EC2 says "AMI name … is already in use by AMI ami-…" and does nothing, not even reboot the instance.
 */
async function createImage(aws: AwsClients, request: InstanceRequest, source: InstanceSource): Promise<Image> {
  const { properties } = request;
  const isStepped = properties.EncryptionKeyArn !== undefined;
  const tags = isStepped ? [{ Key: STEP_TAG, Value: 'image-of-instance' }, ...tagsOf(request)] : tagsOf(request);
  try {
    const { ImageId } = await aws.ec2.send(new CreateImageCommand({
      InstanceId: properties.InstanceId,
      Name: nameOfInstanceImage(request),
      Description: descriptionOf(properties),
      NoReboot: !properties.Reboot,
      BootModeOverride: properties.BootModeOverride as BootModeOverrideValues | undefined,
      BlockDeviceMappings: mappingsOf(properties, source),
      TagSpecifications: [{ ResourceType: 'image', Tags: tags }, { ResourceType: 'snapshot', Tags: tags }],
    }));
    if (ImageId !== undefined) {
      rememberImage(request.memory, { image: ImageId });
      const image = await findStartedImage(aws, request);
      if (image) {
        return image;
      }
    }
    throw new NotReady(`EC2 has accepted the image ${ImageId ?? '(without saying its id)'}, but does not show it yet`);
  } catch (error) {
    if (hasErrorCode(error, ['InvalidAMIName.Duplicate'])) {
      return adoptImageWithSameName(aws, request, error);
    }
    throw isTransient(error) ? error : explainRefusedImage(request, error);
  }
}

async function adoptImageWithSameName(aws: AwsClients, request: InstanceRequest, error: unknown): Promise<Image> {
  const name = nameOfInstanceImage(request);
  const holder = await findImageByName(aws, name);
  if (!holder) {
    throw new NotReady(`the image name "${name}" is in use, but EC2 does not show by what: ${(error as Error).message}`);
  }
  if (ownerTagOf(holder) !== request.owner || holder.SourceInstanceId !== request.properties.InstanceId) {
    throw new DeploymentError(`the image name "${name}" is taken by ${holder.ImageId}: choose another imageName, or leave imageName out`);
  }
  return holder;
}

function mappingsOf(properties: InstanceAmiProperties, { devices, excluded }: InstanceSource): BlockDeviceMapping[] | undefined {
  const named = properties.BlockDevices?.some(({ DeleteOnTermination }) => DeleteOnTermination !== undefined) ? devices : [];
  const mappings = [
    ...excluded.map(DeviceName => ({ DeviceName, NoDevice: '' })),
    ...named.map(({ name, deleteOnTermination }) => ({ DeviceName: name, Ebs: { DeleteOnTermination: deleteOnTermination } })),
  ];
  return mappings.length > 0 ? mappings : undefined;
}

function descriptionOf(properties: InstanceAmiProperties): string {
  return properties.Description ?? `Image of ${properties.InstanceId}`;
}

/** The image that is copied to another key has a name of its own, because the user's name is for the AMI that stays. */
function nameOfInstanceImage(request: InstanceRequest): string {
  return request.properties.EncryptionKeyArn === undefined ? imageNameOf(request) : intermediateNameOf(request);
}

/** The request for the copy of the step, with the same owner, and so the same client token whenever it is sent. */
function copyRequest(request: InstanceRequest, sourceImageId: string): CopyRequest {
  const { ImageName, ImageNamePrefix, GeneratedNamePrefix, Tags, TimeoutSeconds, EncryptionKeyArn } = request.properties;
  const { SharedAccountIds, SharedOrganizationArns, SharedOrganizationalUnitArns } = request.properties;
  return {
    ...request,
    properties: {
      ImageName,
      ImageNamePrefix,
      GeneratedNamePrefix,
      Tags,
      TimeoutSeconds,
      EncryptionKeyArn,
      SharedAccountIds,
      SharedOrganizationArns,
      SharedOrganizationalUnitArns,
      Description: descriptionOf(request.properties),
      SourceImageId: sourceImageId,
      Encryption: CopyEncryption.KEY,
      CopySourceTags: false,
    },
  };
}
