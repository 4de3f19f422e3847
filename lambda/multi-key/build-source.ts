import { MultiKeyRequest } from './device-plan';
import { AmiBuildMethod } from '../../src/contract';
import { describeSourceImage, SourceImage, SourceOptions } from '../ami/describe-source-image';
import { RememberedSource } from '../ami/remembered-source';
import { describeSourceOnce } from '../ami/source-in-memory';
import { AwsClients } from '../aws/clients';

/** The source of a build, as it was when the request began. */
export function describeBuildSource(aws: AwsClients, request: MultiKeyRequest): Promise<RememberedSource> {
  return describeSourceOnce(aws, request, optionsOf(request));
}

/** The source of a build as it is now. */
export function describeBuildSourceAgain(aws: AwsClients, request: MultiKeyRequest): Promise<SourceImage> {
  return describeSourceImage(aws, request.account, request.properties.SourceImageId, optionsOf(request));
}

/** Only a build that copies the snapshots reads them. */
function optionsOf({ properties }: MultiKeyRequest): SourceOptions {
  return { hiddenSnapshots: properties.BuildMethod === AmiBuildMethod.LAUNCH_INSTANCE };
}
