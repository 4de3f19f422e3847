import { EncryptedAmiCopyProperties } from '../../src/contract';
import { PreserveContext } from '../ami/preserved-encryption';
import { AwsClients } from '../aws/clients';
import { ImageRequest } from '../request/image-request';

export type CopyRequest = ImageRequest<EncryptedAmiCopyProperties>;

/** Whether the source is in another Region than its copy. */
export function isCrossRegionCopy(aws: AwsClients, { SourceRegion }: EncryptedAmiCopyProperties): boolean {
  return SourceRegion !== undefined && SourceRegion !== aws.region;
}

/** What decides what becomes of snapshots that are to keep their encryption. */
export function preserveContextOf(aws: AwsClients, properties: EncryptedAmiCopyProperties): PreserveContext {
  return { isCrossRegion: isCrossRegionCopy(aws, properties), mayEncryptAtDestination: properties.LocalZone !== undefined };
}

/** The AWS that the source is in. */
export function sourceRegionClientsOf(aws: AwsClients, { SourceRegion }: EncryptedAmiCopyProperties): AwsClients {
  return SourceRegion === undefined ? aws : aws.forRegion(SourceRegion);
}

/** What the description says if the user says nothing. */
export function descriptionOf(properties: EncryptedAmiCopyProperties): string {
  return properties.Description ?? `Encrypted copy of ${properties.SourceImageId}`;
}
