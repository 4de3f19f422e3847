import { Request } from './parse-request';
import { ownerOf, parsePhysicalId } from './physical-id';
import { REPLACES_TAG } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { findImage } from '../aws/find-images';
import { isTaggedWithOwner, tagOf } from '../ownership/seal';

/**
 * The physical id of the AMI that the resource's current one has replaced, if it was created from the properties of the request. How CloudFormation
 * rolls back a successful replacement is not documented: it may send the new physical id with the old properties.
 */
export async function findReplacedAmi(aws: AwsClients, { event, image }: Request): Promise<string | undefined> {
  const replaced = tagOf(await findAmi(aws, event.StackId, event.PhysicalResourceId) ?? {}, REPLACES_TAG);
  const isSameRecipe = parsePhysicalId(replaced)?.attemptId.startsWith(prefixOf(image.attemptId)) === true;
  return isSameRecipe ? replaced : undefined;
}

/** The AMI that a physical id names, if it exists and is ours. */
async function findAmi(aws: AwsClients, stackId: string, physicalId: string | undefined) {
  const { attemptId = '', imageId = '' } = parsePhysicalId(physicalId) ?? {};
  const ami = await findImage(aws, imageId);
  return ami && ami.State !== 'deregistered' && isTaggedWithOwner(ami, ownerOf(stackId, attemptId)) ? ami : undefined;
}

/** Resource and properties, without the request. */
function prefixOf(attemptId: string): string {
  return attemptId.slice(0, attemptId.lastIndexOf('-'));
}
