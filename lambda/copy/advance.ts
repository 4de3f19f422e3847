import { CopyImageCommand, CopyImageCommandInput, Image } from '@aws-sdk/client-ec2';
import { CopyEncryption, EncryptedAmiCopyProperties, ImageAttributes } from '../../src/contract';
import { Aws } from '../aws';
import { explainFailedCopy, explainRefusedCopy, lostWithoutTrace } from './explain';
import { isTransient } from '../errors';
import { Failure, NotYet } from '../failure';
import { tokenOf } from '../identity';
import { findFailedImages, findImage, findOwnImages, isStep, ownerTagOf } from '../images';
import { attributesOf, keep, tagsOf } from '../keep';
import { checkKey, defaultKey, KeyReference } from '../keys';
import { keyIfNeeded } from '../preserved';
import { checkName } from '../name';
import { imageNameOf, ImageRequest } from '../request';
import { checkSource, checkSourceKeys } from '../source';
import { verifyCopy } from './verify';

export type CopyRequest = ImageRequest<EncryptedAmiCopyProperties>;

/**
 * Takes the next step towards the copy, whatever was done before: looks at what exists, and goes on from there. Ends with the
 * attributes when the copy is there and proven, with `NotYet` when there is more to do, with `Failure` when it cannot be.
 */
export async function advanceCopy(aws: Aws, request: CopyRequest): Promise<ImageAttributes> {
  const image = (await findOwnImages(aws, request.owner)).find(own => !isStep(own));
  if (!image && !request.making) {
    throw new Failure(
      'the image of this resource was deregistered outside of CloudFormation, so there is nothing to change: give it another imageName (or change ' +
      'whatever else it is made of) to have it made anew',
    );
  }
  const copy = image ?? await start(aws, request);
  switch (copy.State) {
    case 'available':
    case 'disabled':
      if (request.making) {
        await verifyCopy(aws, request, copy);
      }
      await keep(aws, request, copy, descriptionOf(request.properties));
      return attributesOf(copy);
    case 'pending':
    case 'transient':
      throw new NotYet(`the copy ${copy.ImageId} is ${copy.State}`);
    default:
      throw await explainFailedCopy(aws, request, copy);
  }
}

/** The key that every snapshot is to come out under; none if each keeps its own. */
export async function destinationKey(aws: Aws, properties: EncryptedAmiCopyProperties): Promise<KeyReference | undefined> {
  switch (properties.Encryption) {
    case CopyEncryption.KEY:
      return {
        id: properties.KeyArn!,
        role: 'encryptionKey',
        cureIfDenied: 'the policy of the key must allow this account, or the handler\'s role, to use it',
      };
    case CopyEncryption.DEFAULT_KEY:
      return defaultKey(aws, 'encryptionKey');
    case CopyEncryption.PRESERVE:
      return undefined;
  }
}

/** Everything that can be refused is refused before anything is made. */
async function start(aws: Aws, request: CopyRequest): Promise<Image> {
  await checkNotStartedBefore(aws, request);
  const source = await checkSource(aws, request.properties.SourceImageId);
  await checkSourceKeys(aws, source);
  const key = await destinationKey(aws, request.properties) ?? await keyIfNeeded(aws, request.account, source.devices);
  if (key) {
    await checkKey(aws, key);
  }
  await checkName(aws, request);
  await request.checkWanted();
  return copyImage(aws, request, key);
}

/**
 * It is not documented whether a failed image keeps its tags, nor whether a client token still leads to it. Should both be lost, the
 * copy would be started, and fail, again and again.
 */
async function checkNotStartedBefore(aws: Aws, request: CopyRequest): Promise<void> {
  const failed = (await findFailedImages(aws)).find(image => image.SourceImageId === request.properties.SourceImageId
    && ownerTagOf(image) === undefined && Date.parse(image.CreationDate ?? '') >= request.startedAt);
  if (failed) {
    throw await explainFailedCopy(aws, request, failed);
  }
}

async function copyImage(aws: Aws, request: CopyRequest, key: KeyReference | undefined): Promise<Image> {
  const { properties, owner } = request;
  const tags = tagsOf(request);
  const input: CopyImageCommandInput = {
    SourceImageId: properties.SourceImageId,
    SourceRegion: aws.region,
    Name: imageNameOf(request),
    Description: descriptionOf(properties),
    ClientToken: tokenOf(owner),
    CopyImageTags: properties.CopySourceTags,
    TagSpecifications: [{ ResourceType: 'image', Tags: tags }, { ResourceType: 'snapshot', Tags: tags }],
    // Both or neither: Encrypted alone leaves a source that is already encrypted under its old key.
    ...properties.Encryption === CopyEncryption.PRESERVE ? {} : { Encrypted: true, KmsKeyId: key!.id },
  };
  let imageId: string | undefined;
  try {
    imageId = (await aws.ec2.send(new CopyImageCommand(input))).ImageId;
  } catch (error) {
    throw isTransient(error) ? error : explainRefusedCopy(request, error);
  }
  if (!imageId) {
    throw new NotYet('EC2 did not say which image it started to make');
  }
  // By its id: an image that failed may not be found by its tags.
  const image = await findImage(aws, imageId);
  if (!image) {
    // "InvalidAMIID.NotFound" for the first seconds of a new image; for good, if the token led to one that is gone
    throw new NotYet(lostWithoutTrace(imageId));
  }
  return image;
}

/** What the description says if the user says nothing. */
export function descriptionOf(properties: EncryptedAmiCopyProperties): string {
  return properties.Description ?? `Encrypted copy of ${properties.SourceImageId}`;
}
