import { EncryptedAmiCopyProperties } from '../../src/contract';
import { PreserveContext } from '../ami/keys/preserved-encryption';
import { AwsClients } from '../aws/clients';
import { ImageRequest } from '../request/image-request';

export type CopyRequest = ImageRequest<EncryptedAmiCopyProperties>;

/** Whether the source is in another Region than its copy. */
export function isCrossRegionCopy(aws: AwsClients, { SourceRegion }: EncryptedAmiCopyProperties): boolean {
  return SourceRegion !== undefined && SourceRegion !== aws.region;
}

/** Where snapshots that keep their encryption are copied from and to. */
export function preserveContextOf(aws: AwsClients, properties: EncryptedAmiCopyProperties): PreserveContext {
  return { isCrossRegion: isCrossRegionCopy(aws, properties), mayEncryptAtDestination: properties.LocalZone !== undefined };
}

/** The clients for the Region of the source. */
export function sourceRegionClientsOf(aws: AwsClients, { SourceRegion }: EncryptedAmiCopyProperties): AwsClients {
  return SourceRegion === undefined ? aws : aws.forRegion(SourceRegion);
}

/** The description of the AMI: the user's, or the default. */
export function descriptionOf(properties: EncryptedAmiCopyProperties): string {
  return properties.Description ?? `Encrypted copy of ${properties.SourceImageId}`;
}
