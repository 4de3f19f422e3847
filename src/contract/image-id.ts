/*
 * What an id of an AMI looks like, for the constructs and for the handler: an id that is a token is known only to the latter.
 */

/** In messages and documentation: a public AMI of Amazon in us-east-1, from the examples of the AWS CloudFormation User Guide ("Mappings"). */
export const EXAMPLE_IMAGE_ID = 'ami-0ff8a91507f77f867';

/** Whether it has the form of an id. EC2 calls some of these malformed too, and says so only when it is asked. */
export function isImageId(id: string): boolean {
  return /^ami-[0-9a-f]{8,17}$/.test(id);
}
