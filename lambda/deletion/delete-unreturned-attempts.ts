import { deleteOwnedResources } from './delete-owned-resources';
import { REMOVAL_POLICY_TAG } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { findTaggedImages, ownerTagOf } from '../aws/find-images';
import { NotReady } from '../outcomes';
import { tagOf, Tagged } from '../ownership/seal';
import { Request } from '../request/parse-request';
import { attemptIdOf, ownerOf, ownerTagPrefixOfResource } from '../request/physical-id';
import { AnyProperties } from '../resource-handlers';

/** Which attempts are deleted. */
export interface UnreturnedAttempts {
  /** Also AMIs that are finished, unless the resource retains them: nobody can use them, because the resource itself goes. */
  readonly finished: boolean;
  /** Whether CloudFormation asks by an id that it has generated: then the attempts were never answered, and have their temporary resources. */
  readonly unanswered?: boolean;
}

/**
 * Deletes the AMIs of a resource that no physical id names: CloudFormation did not wait for their requests, and asks for their deletion by an id
 * that it has generated, or not at all. Where their properties are not known, their generated names tell them.
 */
export async function deleteUnreturnedAttempts(
  aws: AwsClients, request: Request, { finished, unanswered = false }: UnreturnedAttempts,
): Promise<void> {
  const { event, image, ownedResourceTypes } = request;
  const owners = `${ownerTagPrefixOfResource(event)}*`;
  const attemptOf = (one: Tagged) => attemptIdOf(event.StackId, ownerTagOf(one));
  const [images, ...owned] = await Promise.all([findTaggedImages(aws, owners), ...ownedResourceTypes.map(type => type.list(aws, owners))]);
  // only a finished AMI has the tag
  const finishedImages = images.filter(one => tagOf(one, REMOVAL_POLICY_TAG) !== undefined);
  const withFinishedImage = new Set(finishedImages.map(attemptOf));
  const kept = new Set(finishedImages.filter(one => !finished || tagOf(one, REMOVAL_POLICY_TAG) !== 'Delete').map(attemptOf));
  const attemptIds = new Set(owned.flat().flatMap(one => attemptOf(one) ?? []).filter(id => id !== image.attemptId && !kept.has(id)));
  // all in one step: one after the other, each of which needs several rounds, would take longer than the Delete may
  let notReady: NotReady | undefined;
  for (const attemptId of attemptIds) {
    const owner = ownerOf(event.StackId, attemptId);
    const properties = attemptId.startsWith(request.attemptPrefix) ? image.properties : UNKNOWN_PROPERTIES;
    const isOtherAttempt = !unanswered || withFinishedImage.has(attemptId);
    try {
      const attempt = { ...image, properties, owner, attemptId, imageId: undefined, isDelete: true, isOtherAttempt };
      await deleteOwnedResources(aws, attempt, ownedResourceTypes);
    } catch (error) {
      if (!(error instanceof NotReady)) {
        throw error;
      }
      notReady ??= error;
    }
  }
  if (notReady !== undefined) {
    throw notReady;
  }
}

/** Of an AMI that was created from other properties. */
const UNKNOWN_PROPERTIES: AnyProperties = {};
