import { EXAMPLE_IMAGE_ID } from '../contract/image-id';

/* Messages about sharing AMIs, in the form "Problem (ids): cause. Solution." */

export function imageIdMalformed(imageId: string): string {
  return `\`imageId\` must be an ID such as "${EXAMPLE_IMAGE_ID}", but is ${JSON.stringify(imageId)}. Check where it comes from.`;
}

export function accountIdMalformed(account: string): string {
  return `Account IDs have 12 digits, but got ${JSON.stringify(account)}. Pass the ID as a string with its leading zeros.`;
}

export function organizationArnMalformed(arn: string): string {
  return `An organization has an ARN such as "arn:aws:organizations::123456789012:organization/o-abc123def4", but got ${JSON.stringify(arn)}. ` +
    'Look it up with `aws organizations describe-organization`.';
}

export function organizationalUnitArnMalformed(arn: string): string {
  return `An organizational unit has an ARN such as "arn:aws:organizations::123456789012:ou/o-abc123def4/ou-ab12-cd34ef56", but got ${JSON.stringify(arn)}. ` +
    'Look it up with `aws organizations list-organizational-units-for-parent`.';
}

/** `method` is called with values of the kind `element`, such as "account ID". */
export function nobodyToShareWith(method: string, element: string): string {
  return `\`${method}()\` requires at least one ${element}, but got none. Pass one, or do not call it.`;
}

export function ebsKeyNotShareable(): string {
  return 'Snapshots that are encrypted with the AWS managed key aws/ebs cannot be shared with anyone, but got the alias "alias/aws/ebs". Use a customer managed key.';
}

export function sharedTwice(path: string, imageId: unknown, values: readonly string[]): string {
  return `${path} shares the AMI ${typeof imageId === 'string' ? imageId : JSON.stringify(imageId)} with ${values.join(', ')} too. Declare each of them in one of the two ` +
    'constructs only, so that it is clear which of them ends the sharing.';
}
