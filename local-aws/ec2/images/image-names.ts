import { AccountAndRegion, AwsError } from '../../aws-call';
import type { Ec2Context } from '../state/ec2-context';
import { inAccountAndRegion } from '../state/ec2-state';

const wellFormed = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

export function checkImageName({ switches }: Ec2Context, name: string): void {
  if (!wellFormed.test(name) || !switches.namesWithAllCharacters && /[[\] '@]/.test(name)) {
    throw new AwsError(
      'InvalidAMIName.Malformed',
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    );
  }
}

export function checkDescription(description: string | undefined): void {
  if (description !== undefined && /[^\x00-\x7f]/.test(description)) {
    throw new AwsError('InvalidParameterValue', `Value (${description}) for parameter description is invalid. Character sets beyond ASCII are not supported.`);
  }
  if (description !== undefined && description.length > 255) {
    throw new AwsError('InvalidParameterValue', `Description is too long: ${description.length} characters, at most 255`);
  }
}

/** Names are unique per account and Region. A name stays in use for some time after its image was deregistered. */
export function checkNameIsFree({ state, clock, settings, switches }: Ec2Context, place: AccountAndRegion, name: string): void {
  const released = clock.now() - settings.consistency.nameReleased;
  const holder = inAccountAndRegion(state.images, place).find(image =>
    image.name === name &&
    (image.deregisteredAt === undefined || image.deregisteredAt > released) &&
    (image.state !== 'failed' || switches.failedImageKeepsName));
  if (holder) {
    throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${holder.id}`);
  }
}
