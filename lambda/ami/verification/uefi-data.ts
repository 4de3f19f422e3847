import { createHash } from 'crypto';
import { DescribeImageAttributeCommand } from '@aws-sdk/client-ec2';
import { UEFI_DATA } from './attribute-table';
import { Verified, warn } from './settle-differences';
import { ImageProperties } from '../../../src/contract';
import { AwsClients } from '../../aws/clients';
import { ACCESS_DENIED_CODES, hasErrorCode } from '../../aws/error-codes';
import { AccessDeniedError, DeploymentError } from '../../outcomes';
import { ImageRequest } from '../../request/image-request';
import { accessDenied, uefiDataChangedByBoot, uefiDataNotKept } from '../messages';

const DIGEST_OF_NONE = digestOfUefiData(undefined);

/** UEFI data is longer than a memory of the state machine should be. */
export function digestOfUefiData(data: string | undefined): string {
  return createHash('sha256').update(data ?? '').digest('hex');
}

/** The UEFI data of an image of this account. A denial is an error: data that cannot be read is not data that is absent. */
export async function readUefiData(aws: AwsClients, imageId: string): Promise<string | undefined> {
  try {
    const { UefiData } = await aws.ec2.send(new DescribeImageAttributeCommand({ ImageId: imageId, Attribute: 'uefiData' }));
    return UefiData?.Value;
  } catch (error) {
    throw hasErrorCode(error, ACCESS_DENIED_CODES) ? new AccessDeniedError(accessDenied(`read the UEFI data of the image ${imageId}`, error)) : error;
  }
}

/** Compares the variables of Secure Boot. Those of a source of another account are not known, and not compared. */
export async function verifyUefiData(
  aws: AwsClients, request: ImageRequest<ImageProperties>, { image, sourceId }: Verified, expectedDigest: string | undefined,
  { hasBooted = false } = {},
): Promise<void> {
  if (expectedDigest === undefined) {
    return;
  }
  const digest = digestOfUefiData(await readUefiData(aws, image.ImageId!));
  if (digest === expectedDigest) {
    return;
  }
  const decision = UEFI_DATA[digest === DIGEST_OF_NONE ? 'lost' : hasBooted ? 'changedByBoot' : 'changed'];
  if (decision === 'fatal') {
    throw new DeploymentError(uefiDataNotKept({ imageId: image.ImageId, sourceId }));
  }
  warn(request, uefiDataChangedByBoot({ imageId: image.ImageId, sourceId }));
}
