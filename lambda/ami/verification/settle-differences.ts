import { Image, ModifyImageAttributeCommand } from '@aws-sdk/client-ec2';
import { Difference } from './compare-attributes';
import { ImageProperties } from '../../../src/contract';
import { AwsClients } from '../../aws/clients';
import { DeploymentError } from '../../outcomes';
import { ImageRequest } from '../../request/image-request';
import { attributeNotKept, attributesDiffer, imdsSupportCorrected } from '../messages';

/** An AMI and what it was created from: an image or an instance. */
export interface Verified {
  readonly image: Image;
  readonly sourceId: string | undefined;
}

/** Fails if one of the differences is fatal. */
export function throwIfFatal({ image, sourceId }: Verified, differences: readonly Difference[]): void {
  const fatal = differences.find(({ decision }) => decision === 'fatal');
  if (fatal) {
    const { name, value, expected } = fatal;
    throw new DeploymentError(attributeNotKept({ name, imageId: image.ImageId, value, sourceId, sourceValue: expected }));
  }
}

/** Corrects what can be corrected, and warns about the rest. Called last: an AMI that fails needs neither. */
export async function correctOrWarn(
  aws: AwsClients, request: ImageRequest<ImageProperties>, { image, sourceId }: Verified, differences: readonly Difference[],
): Promise<void> {
  const isCorrectable = ({ decision, expected }: Difference) => decision === 'corrected' && expected === 'v2.0';
  if (differences.some(isCorrectable)) {
    await aws.ec2.send(new ModifyImageAttributeCommand({ ImageId: image.ImageId, ImdsSupport: { Value: 'v2.0' } }));
    console.info({ message: imdsSupportCorrected({ imageId: image.ImageId }) });
  }
  // EC2 sets ImdsSupport to v2.0 only
  const others = differences.filter(difference => !isCorrectable(difference));
  if (others.length > 0) {
    warn(request, attributesDiffer({ imageId: image.ImageId, sourceId, differences: others }));
  }
}

/** Writes a warning to the log, and into the answer to CloudFormation. A step can be repeated. */
export function warn({ memory }: Pick<ImageRequest<ImageProperties>, 'memory'>, sentence: string): void {
  if (memory.warnings?.includes(sentence) !== true) {
    memory.warnings = [...memory.warnings ?? [], sentence];
    console.warn({ message: sentence });
  }
}
