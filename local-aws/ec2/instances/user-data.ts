import { AwsError } from '../../aws-call';

/** Before it is encoded. */
const LARGEST = 16 * 1024;
const POWER_OFF = /\b(poweroff|halt)\b|\bshutdown\b(?!.*\s-r\b).*\s([-/][a-zA-Z]*[hPs]\b|now\b)|\bStop-Computer\b/;

/** What a launch is given for its first boot, decoded. */
export function decodedUserData(encoded: string | undefined): string | undefined {
  if (!encoded) {
    return undefined;
  }
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded)) {
    throw new AwsError('InvalidParameterValue', 'Invalid BASE64 encoding of user data.');
  }
  const decoded = Buffer.from(encoded, 'base64');
  if (decoded.length > LARGEST) {
    throw new AwsError('InvalidParameterValue', `User data is limited to ${LARGEST} bytes`);
  }
  return decoded.toString('utf8');
}

/** Whether the machine is off once all of it has run. */
export function shutsDown(userData: string): boolean {
  return commandsOf(userData).some(line => POWER_OFF.test(line));
}

/** Its lines, without those that say nothing to the machine. */
export function commandsOf(userData: string): string[] {
  return userData.split('\n').map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'));
}
