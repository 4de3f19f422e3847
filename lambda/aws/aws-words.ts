import { awsErrorDetails } from './error-codes';

/** The code and message of an error, as the end of a message: ` (EC2 InvalidAMIID.NotFound: The image id '[ami-…]' does not exist)`. */
export function awsWords(service: 'EC2' | 'KMS', error: unknown): string {
  const { code, message } = awsErrorDetails(error);
  return ` (${service} ${code}: ${message.trim()})`;
}

/** EC2's StateReason or StateMessage as the end of a message; nothing where EC2 gives none. */
export function ec2Reason(message: string | undefined): string {
  return message ? ` (EC2: ${message.trim()})` : '';
}
