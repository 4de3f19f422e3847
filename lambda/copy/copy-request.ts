import { EncryptedAmiCopyProperties } from '../../src/contract';
import { Circumstances } from '../ami/preserved-encryption';
import { Aws } from '../aws/clients';
import { ImageRequest } from '../request/image-request';

export type CopyRequest = ImageRequest<EncryptedAmiCopyProperties>;

/** Whether the source is in another Region than its copy. */
export function isElsewhere(aws: Aws, { SourceRegion }: EncryptedAmiCopyProperties): boolean {
  return SourceRegion !== undefined && SourceRegion !== aws.region;
}

/** What decides what becomes of snapshots that are to keep their encryption. */
export function circumstancesOf(aws: Aws, properties: EncryptedAmiCopyProperties): Circumstances {
  return { elsewhere: isElsewhere(aws, properties), mayBeEncrypted: properties.LocalZone !== undefined };
}

/** The AWS that the source is in. */
export function sourceAwsOf(aws: Aws, { SourceRegion }: EncryptedAmiCopyProperties): Aws {
  return SourceRegion === undefined ? aws : aws.in(SourceRegion);
}

/** What the description says if the user says nothing. */
export function descriptionOf(properties: EncryptedAmiCopyProperties): string {
  return properties.Description ?? `Encrypted copy of ${properties.SourceImageId}`;
}
