/*
 * The form of the ID of an AMI, for the constructs and for the handler: an ID that is a token is known only to the latter.
 */

/** In messages and documentation: a public AMI of Amazon in us-east-1, from the examples of the AWS CloudFormation User Guide ("Mappings"). */
export const EXAMPLE_IMAGE_ID = 'ami-0ff8a91507f77f867';

/** Whether a text has the form of an ID. EC2 refuses some of these as malformed too. */
export function isImageId(id: string): boolean {
  return /^ami-[0-9a-f]{8,17}$/.test(id);
}
