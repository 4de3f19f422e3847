import { Instance } from '@aws-sdk/client-ec2';
import { REQUEST_TAG } from '../../../src/contract';
import { AwsClients } from '../../aws/clients';
import { findTaggedInstances } from '../../aws/find-instances';
import { hasCopiedSeal, tagOf } from '../../ownership/seal';
import { clientToken, isRequestOfAttempt } from '../../request/physical-id';
import { MultiKeyRequest } from '../device-plan';

/** A type and a place to launch a builder in. */
export interface LaunchOption {
  readonly type: string;
  /** None: EC2 chooses a subnet of the default VPC. */
  readonly subnetId?: string;
  readonly isSpot?: boolean;
}

/** One place, one builder: the same request again returns the same one. Nobody can compute the token before CloudFormation has sent its request. */
export function launchClientToken({ owner, requestId }: MultiKeyRequest, { type, subnetId, isSpot }: LaunchOption): string {
  return clientToken(owner, requestId, 'builder', type, subnetId, ...isSpot ? ['spot'] : []);
}

/** The builders of a request, also those that are terminated, as long as EC2 shows them. */
export async function findOwnBuilders(aws: AwsClients, request: MultiKeyRequest): Promise<Instance[]> {
  if (request.isDelete && request.imageId !== undefined) {
    // A build that has ended with an AMI has seen its builder terminated. The role may not describe instances any more: the stack may have changed its
    // method, or removed its last builder.
    return [];
  }
  return (await findTaggedInstances(aws, request.owner)).filter(instance => isOwnBuilder(request, instance));
}

/**
 * An instance is ours if it was launched from the source with a token of this request. A later Delete knows the request by a tag of the instance.
 */
function isOwnBuilder(request: MultiKeyRequest, instance: Instance): boolean {
  const { properties, isDelete, attemptId } = request;
  const { SourceImageId, SubnetIds } = properties as Partial<typeof properties>;
  if (hasCopiedSeal(instance, instance.InstanceId) || SourceImageId !== undefined && instance.ImageId !== SourceImageId) {
    return false;
  }
  const requestId = isDelete ? tagOf(instance, REQUEST_TAG) : request.requestId;
  if (requestId === undefined || !isRequestOfAttempt(requestId, attemptId)) {
    return false;
  }
  // a Delete may not know the properties, and a terminated instance does not tell its subnet any more
  const subnets = [...SubnetIds ?? [undefined], ...isDelete ? [instance.SubnetId, undefined] : []];
  const option = { type: instance.InstanceType!, isSpot: instance.InstanceLifecycle === 'spot' };
  return subnets.some(subnetId => launchClientToken({ ...request, requestId }, { ...option, subnetId }) === instance.ClientToken);
}
