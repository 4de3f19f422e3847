import { deleteOwnedResources } from './delete-owned-resources';
import { REMOVAL_POLICY_TAG } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { findTaggedImages, ownerTagOf } from '../aws/find-images';
import { NotReady } from '../outcomes';
import { tagOf } from '../ownership/seal';
import { Request } from '../request/parse-request';
import { attemptIdOf, ownerTagPrefixOfResource } from '../request/physical-id';
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
  const prefix = ownerTagPrefixOfResource(event);
  const [images, ...others] = await Promise.all([
    findTaggedImages(aws, `${prefix}*`), ...ownedResourceTypes.map(type => type.list(aws, `${prefix}*`)),
  ]);
  const kept = new Set(images.filter(one => isKept(tagOf(one, REMOVAL_POLICY_TAG), finished)).map(ownerTagOf));
  const owners = new Set([...images, ...others.flat()].map(ownerTagOf).filter(owner => owner !== image.owner && !kept.has(owner)));
  // all in one step: one after the other, each of which needs several rounds, would take longer than the Delete may
  let notReady: NotReady | undefined;
  for (const owner of owners) {
    const attemptId = attemptIdOf(event.StackId, owner);
    if (owner !== undefined && attemptId !== undefined) {
      const properties = attemptId.startsWith(request.attemptPrefix) ? image.properties : UNKNOWN_PROPERTIES;
      const isOtherAttempt = !unanswered || images.some(one => ownerTagOf(one) === owner && tagOf(one, REMOVAL_POLICY_TAG) !== undefined);
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
  }
  if (notReady !== undefined) {
    throw notReady;
  }
}

/** Of an AMI that was created from other properties. */
const UNKNOWN_PROPERTIES: AnyProperties = {};

/** Only a finished AMI has the tag. */
function isKept(removalPolicy: string | undefined, finished: boolean): boolean {
  return removalPolicy !== undefined && !(finished && removalPolicy === 'Delete');
}
