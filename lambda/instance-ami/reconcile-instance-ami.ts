import { BlockDeviceMapping, BootModeOverrideValues, CreateImageCommand, Image } from '@aws-sdk/client-ec2';
import { checkBootMode, checkState, checkVolumeKeys, InstanceSource, describeSourceInstance } from './describe-source-instance';
import { explainFailedImage, explainRefusedImage } from './explain-instance-ami-failure';
import { imageAccepted, imageDisappeared, imageGoneBeforeCopyVerified, imagePending, nameInUseByHiddenImage, noImageIdReturned } from './messages';
import { findInstanceImages, isOwnImageOfInstance } from './own-instance-images';
import { verifyInstanceImage } from './verify-instance-ami';
import { CopyEncryption, ImageAttributes, InstanceAmiProperties, REMOVAL_POLICY_TAG, STEP_TAG } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { checkImageName } from '../ami/check-image-name';
import { imagePhase } from '../ami/image-phase';
import { checkKeyOrContinue } from '../ami/keys/check-key';
import { declaredKey } from '../ami/keys/key-reference';
import { imageNameInUse, imageNotOfRequest } from '../ami/messages';
import { secondsUntilDone } from '../ami/snapshot-progress';
import { tagSpecifications } from '../ami/tag-specifications';
import { updateInPlace, tagsOf } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, isTransient } from '../aws/error-codes';
import { findImage, findImageByName, findTaggedSnapshots, ownerTagOf } from '../aws/find-images';
import { CopyRequest } from '../copy/copy-request';
import { reconcileCopy } from '../copy/reconcile-copy';
import { verifyKeysOfCopy } from '../copy/verify-copy';
import { deleteOwnedResources } from '../deletion/delete-owned-resources';
import { imagesOf, snapshotsOf } from '../deletion/owned-resources';
import { AmiDisappeared, DeploymentError, NotReady, SHORT_WAIT_SECONDS } from '../outcomes';
import { tagOf } from '../ownership/seal';
import { imageNameOf, ImageRequest, intermediateNameOf } from '../request/image-request';
import { isGoneForGood, rememberImage } from '../request/memory';
import { checkShareable } from '../sharing/check-shareable';

type InstanceRequest = ImageRequest<InstanceAmiProperties>;

/**
 * Takes the next step of an AMI of an instance. With `EncryptionKeyArn`, the image that CreateImage makes is intermediate: the handler copies it with that
 * key and deletes it.
 */
export async function reconcileInstanceAmi(aws: AwsClients, request: InstanceRequest): Promise<ImageAttributes> {
  const { image, intermediate } = await findInstanceImages(aws, request);
  if (!image && !request.isNewImage) {
    throw new AmiDisappeared();
  }
  if (request.properties.EncryptionKeyArn === undefined) {
    const ofInstance = await imageOfInstance(aws, request, image);
    await updateInPlace(aws, request, ofInstance, descriptionOf(request.properties));
    return attributesOf(ofInstance);
  }
  return copyIntermediateImage(aws, request, image, image ? intermediate : await imageOfInstance(aws, request, intermediate));
}

/** Copies the image of the instance, verifies the copy by it, and deletes it. */
async function copyIntermediateImage(
  aws: AwsClients, request: InstanceRequest, copy: Image | undefined, intermediate: Image | undefined,
): Promise<ImageAttributes> {
  const toCopy = copyRequest(request, (intermediate?.ImageId ?? copy?.SourceImageId)!);
  const isVerified = await wasVerified(aws, request, { toCopy, copy, intermediate });
  // a verified copy is shared already, by this request
  const verified = isVerified ? { isNewImage: false, oldProperties: toCopy.properties } : {};
  const attributes = await reconcileCopy(aws, { ...toCopy, ...verified });
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

/**
 * Whether this request has verified the copy. If the image of the instance is gone and memory was lost, the copy was verified if it has the tag that only a
 * verified AMI gets: the image of the instance is also deleted if the copy is not right. Anybody can write tags, so the keys are verified again.
 */
async function wasVerified(
  aws: AwsClients, { isNewImage, properties, memory }: InstanceRequest,
  { toCopy, copy, intermediate }: { readonly toCopy: CopyRequest; readonly copy?: Image; readonly intermediate?: Image },
): Promise<boolean> {
  if (!isNewImage || !copy || imagePhase(copy) !== 'complete') {
    return false;
  }
  if (intermediate || memory.verified === copy.ImageId) {
    return memory.verified === copy.ImageId;
  }
  if (tagOf(copy, REMOVAL_POLICY_TAG) !== undefined) {
    await verifyKeysOfCopy(aws, toCopy, copy);
    return true;
  }
  if (memory.source === undefined) {
    const names = { imageId: toCopy.properties.SourceImageId, instanceId: properties.InstanceId };
    throw isGoneForGood(memory, aws.now()) ? new DeploymentError(imageGoneBeforeCopyVerified(names)) : new NotReady(imageAccepted(names), true);
  }
  return false;
}

/** The image of the instance itself, when it is available, and verified if this request created it. */
async function imageOfInstance(aws: AwsClients, request: InstanceRequest, existing: Image | undefined): Promise<Image> {
  const { image: started, copy } = request.memory.ids ?? {};
  const image = existing ?? await (started === undefined ? startImage(aws, request) : findStartedImage(aws, request, started));
  if (copy === undefined) {
    // afterwards, the copy can be missing
    request.memory.missing = undefined;
  }
  switch (imagePhase(image)) {
    case 'complete':
      if (request.isNewImage) {
        await verifyInstanceImage(aws, request, await describeSourceInstance(aws, request.properties), image);
      }
      return image;
    case 'pending':
      throw new NotReady(
        imagePending({ imageId: image.ImageId, instanceId: request.properties.InstanceId, state: image.State }),
        secondsUntilDone(request.memory, await findTaggedSnapshots(aws, request.owner), request.startedAt, aws.now()),
      );
    case 'failed':
      throw await explainFailedImage(aws, request, image);
  }
}

/** All checks are done before anything is created. */
async function startImage(aws: AwsClients, request: InstanceRequest): Promise<Image> {
  const { properties } = request;
  const source = await describeSourceInstance(aws, properties, request.memory);
  checkState(source.instance);
  checkBootMode(properties, source.instance);
  await checkVolumeKeys(aws, source, request, request.startedAt);
  if (properties.EncryptionKeyArn !== undefined) {
    const user = { account: request.account, regions: [aws.region] };
    await checkKeyOrContinue(aws, declaredKey(properties.EncryptionKeyArn, '`encryptionKey`', user), request.startedAt);
  }
  await checkShareable(aws, properties, async () =>
    source.devices.map(({ name, volume }) => ({ name, keyId: properties.EncryptionKeyArn ?? volume.KmsKeyId })));
  await checkImageName(aws, request);
  await request.throwIfCanceled();
  return createImage(aws, request, source);
}

/** The image that EC2 has accepted, by its ID: a failed image may have lost its tags. */
async function findStartedImage(aws: AwsClients, request: InstanceRequest, imageId: string): Promise<Image> {
  const image = await findImage(aws, imageId);
  if (image && (image.State === 'failed' || image.State !== 'deregistered' && isOwnImageOfInstance(request, image))) {
    return image;
  }
  if (isGoneForGood(request.memory, aws.now())) {
    if (image && image.State !== 'deregistered' && image.SourceInstanceId !== request.properties.InstanceId) {
      throw new DeploymentError(imageNotOfRequest({ imageId, found: image.SourceInstanceId, expected: request.properties.InstanceId }));
    }
    throw new DeploymentError(imageDisappeared({ imageId, instanceId: request.properties.InstanceId }));
  }
  throw new NotReady(imageAccepted({ imageId }), true);
}

/**
 * CreateImage has no client token, but the name belongs to the request. If a response was lost and EC2 does not show the image yet, EC2 refuses the
 * second call with "AMI name … is already in use by AMI ami-…", and does not reboot the instance.
 */
async function createImage(aws: AwsClients, request: InstanceRequest, source: InstanceSource): Promise<Image> {
  const { properties } = request;
  const isStepped = properties.EncryptionKeyArn !== undefined;
  const tags = isStepped ? [{ Key: STEP_TAG, Value: 'image-of-instance' }, ...tagsOf(request)] : tagsOf(request);
  let imageId: string | undefined;
  try {
    ({ ImageId: imageId } = await aws.ec2.send(new CreateImageCommand({
      InstanceId: properties.InstanceId,
      Name: nameOfInstanceImage(request),
      Description: descriptionOf(properties),
      NoReboot: !properties.Reboot,
      BootModeOverride: properties.BootModeOverride as BootModeOverrideValues | undefined,
      BlockDeviceMappings: mappingsOf(properties, source),
      TagSpecifications: tagSpecifications(tags, 'image', 'snapshot'),
    })));
  } catch (error) {
    if (hasErrorCode(error, ['InvalidAMIName.Duplicate'])) {
      return adoptImageWithSameName(aws, request, error);
    }
    throw isTransient(error) ? error : explainRefusedImage(request, error);
  }
  if (imageId === undefined) {
    throw new NotReady(noImageIdReturned());
  }
  rememberImage(request.memory, { image: imageId });
  return findStartedImage(aws, request, imageId);
}

async function adoptImageWithSameName(aws: AwsClients, request: InstanceRequest, error: unknown): Promise<Image> {
  const name = nameOfInstanceImage(request);
  const imageWithSameName = await findImageByName(aws, name);
  if (!imageWithSameName) {
    throw new NotReady(nameInUseByHiddenImage({ name }, error));
  }
  if (ownerTagOf(imageWithSameName) !== request.owner || imageWithSameName.SourceInstanceId !== request.properties.InstanceId) {
    throw new DeploymentError(imageNameInUse({ name, imageId: imageWithSameName.ImageId }));
  }
  return imageWithSameName;
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

/** The intermediate image has another name, because EC2 requires unique names and the final AMI gets the one that was requested. */
function nameOfInstanceImage(request: InstanceRequest): string {
  return request.properties.EncryptionKeyArn === undefined ? imageNameOf(request) : intermediateNameOf(request);
}

/** The request for the copy of the intermediate image, with the same owner and so always with the same client token. */
function copyRequest(request: InstanceRequest, sourceImageId: string): CopyRequest {
  // the rest are the properties of every AMI, and the keys
  const { InstanceId, Reboot, BlockDevices, BootModeOverride, ...common } = request.properties;
  return {
    ...request,
    properties: {
      ...common,
      Description: descriptionOf(request.properties),
      SourceImageId: sourceImageId,
      Encryption: CopyEncryption.KEY,
      CopySourceTags: false,
    },
  };
}
