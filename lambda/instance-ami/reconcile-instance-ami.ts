import { BlockDeviceMapping, BootModeOverrideValues, CreateImageCommand, Image } from '@aws-sdk/client-ec2';
import { checkBootMode, checkState, checkVolumeKeys, InstanceSource, describeSourceInstance } from './describe-source-instance';
import { explainFailedImage, explainRefusedImage } from './explain-instance-ami-failure';
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
import { devicesOf, findFailedImages, findImage, findImageByName, findOwnImages, findOwnSnapshots, isIntermediate, ownerTagOf } from '../aws/find-images';
import { CopyRequest } from '../copy/copy-request';
import { reconcileCopy } from '../copy/reconcile-copy';
import { deleteOwnedResources } from '../deletion/delete-owned-resources';
import { images, OwnedResourceType, snapshots } from '../deletion/owned-resources';
import { DeploymentError, NotReady } from '../outcomes';
import { imageNameOf, ImageRequest, namePrefixOf } from '../request/image-request';

type InstanceRequest = ImageRequest<InstanceAmiProperties>;

/** EC2 takes no more on one resource. */
const MOST_TAGS = 50;

/**
 * Takes the next step towards the image of an instance. With a key of its own, the image of the instance is only a step, which is copied to that
 * key and removed.
 */
export async function reconcileInstanceAmi(aws: AwsClients, request: InstanceRequest): Promise<ImageAttributes> {
  const own = (await findOwnImages(aws, request.owner)).filter(({ State }) => State !== 'deregistered');
  const wanted = own.find(image => !isIntermediate(image));
  if (!wanted && !request.isNewImage) {
    throw new DeploymentError(
      'the image of this resource was deregistered outside of CloudFormation, so there is nothing to change: change `contentVersion` (or ' +
      'whatever else it is made of) to have it made anew',
    );
  }
  if (request.properties.EncryptionKeyArn === undefined) {
    const image = await imageOfInstance(aws, request, wanted);
    await updateInPlace(aws, request, image, descriptionOf(request.properties));
    return attributesOf(image);
  }
  return wanted ? finishCopy(aws, request, own.find(isIntermediate)) : createIntermediateImage(aws, request, own.find(isIntermediate));
}

/** Makes the image of the instance, and starts its copy. */
async function createIntermediateImage(aws: AwsClients, request: InstanceRequest, existing: Image | undefined): Promise<ImageAttributes> {
  if (!existing) {
    await checkImageName(aws, request);
  }
  const step = await imageOfInstance(aws, intermediateRequest(request), existing);
  return reconcileCopy(aws, copyRequest(request, step.ImageId!));
}

/** Waits for the copy, proves it by what it was made of, and removes that. */
async function finishCopy(aws: AwsClients, request: InstanceRequest, step: Image | undefined): Promise<ImageAttributes> {
  const left = (await findOwnSnapshots(aws, request.owner)).filter(isIntermediate);
  // of the step nothing is removed before the copy is proven, so where something is missing, it was
  const isVerified = !step || left.length < devicesOf(step).length;
  const copy = copyRequest(request, step?.ImageId ?? '');
  const attributes = await reconcileCopy(aws, { ...copy, isNewImage: copy.isNewImage && !isVerified });
  if (step || left.length > 0) {
    await deleteOwnedResources(aws, request.memory, request.owner, [intermediateResources(images, findOwnImages, 'ImageId'), intermediateResources(snapshots, findOwnSnapshots, 'SnapshotId')]);
  }
  return attributes;
}

/** The image of the instance itself, once it is available, and proven if it was made for this request. */
async function imageOfInstance(aws: AwsClients, request: InstanceRequest, existing: Image | undefined): Promise<Image> {
  const image = existing ?? await startImage(aws, request);
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
        secondsUntilDone(request.memory, await findOwnSnapshots(aws, request.owner), request.startedAt, aws.now()),
      );
    default:
      throw await explainFailedImage(aws, request, image);
  }
}

/** Everything that can be refused is refused before anything is made. */
async function startImage(aws: AwsClients, request: InstanceRequest): Promise<Image> {
  const { properties } = request;
  await throwIfEarlierAttemptFailed(aws, request);
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

/** An image that failed may have lost its tags; without them it would be made, and the instance rebooted, again and again. */
async function throwIfEarlierAttemptFailed(aws: AwsClients, request: InstanceRequest): Promise<void> {
  const failed = (await findFailedImages(aws)).find(image => image.SourceInstanceId === request.properties.InstanceId
    && ownerTagOf(image) === undefined && Date.parse(image.CreationDate ?? '') >= request.startedAt);
  if (failed) {
    throw await explainFailedImage(aws, request, failed);
  }
}

/**
 * CreateImage takes no client token. What makes it happen once is the name, which belongs to the request: should an answer be lost and the
 * image not be seen yet, EC2 says "AMI name … is already in use by AMI ami-…" and does nothing, not even reboot the instance.
 */
async function createImage(aws: AwsClients, request: InstanceRequest, source: InstanceSource): Promise<Image> {
  const { properties } = request;
  const isStepped = properties.EncryptionKeyArn !== undefined;
  const tags = isStepped ? [{ Key: STEP_TAG, Value: 'image-of-instance' }, ...tagsOf(request)].slice(0, MOST_TAGS) : tagsOf(request);
  try {
    const { ImageId } = await aws.ec2.send(new CreateImageCommand({
      InstanceId: properties.InstanceId,
      Name: imageNameOf(request),
      Description: descriptionOf(properties),
      NoReboot: !properties.Reboot,
      BootModeOverride: properties.BootModeOverride as BootModeOverrideValues | undefined,
      BlockDeviceMappings: mappingsOf(properties, source),
      TagSpecifications: [{ ResourceType: 'image', Tags: tags }, { ResourceType: 'snapshot', Tags: tags }],
    }));
    // by its id: an image that failed may not be found by its tags
    const image = ImageId === undefined ? undefined : await findImage(aws, ImageId);
    if (image) {
      return image;
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
  const holder = await findImageByName(aws, imageNameOf(request));
  if (!holder) {
    throw new NotReady(`the image name "${imageNameOf(request)}" is in use, but EC2 does not show by what: ${(error as Error).message}`);
  }
  if (ownerTagOf(holder) !== request.owner) {
    throw new DeploymentError(`the image name "${imageNameOf(request)}" is taken by ${holder.ImageId}: choose another imageName, or leave imageName out`);
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

/** The request for the image that is only a step: under a name of its own, because the user's is for the image that stays. */
function intermediateRequest(request: InstanceRequest): InstanceRequest {
  const { properties, physicalId } = request;
  return { ...request, properties: { ...properties, ImageName: `${namePrefixOf(properties)}-${physicalId}-1` } };
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

function intermediateResources<K extends 'ImageId' | 'SnapshotId'>(
  removable: OwnedResourceType, find: (aws: AwsClients, owner: string) => Promise<{ readonly [I in K]?: string }[]>, id: K,
): OwnedResourceType {
  return {
    ...removable,
    find: async (aws, owner) => {
      const found = await find(aws, owner);
      const ids = new Set(found.filter(isIntermediate).map(resource => resource[id]));
      return (await removable.find(aws, owner)).filter(owned => ids.has(owned.id));
    },
  };
}
