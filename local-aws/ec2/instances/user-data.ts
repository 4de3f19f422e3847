import { AwsError } from '../../aws-call';

/** The largest size before base64 encoding. */
const LARGEST = 16 * 1024;
const POWER_OFF = /\b(poweroff|halt)\b(?!\.target)|\bshutdown\b(?!.*\s-r\b).*\s([-/][a-zA-Z]*[hPs]\b|now\b)|\bStop-Computer\b/;

/** Decodes and checks the user data of a launch. */
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

/** True if the user data shuts the instance down. */
export function shutsDown(userData: string): boolean {
  return commandsOf(userData).some(line => POWER_OFF.test(line));
}

/** The lines of a script that run, without comments and empty lines. */
export function commandsOf(userData: string): string[] {
  const commands = userData.split('\n').map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'));
  const endless = commands.indexOf('sleep infinity');
  return endless < 0 ? commands : commands.slice(0, endless + 1);
}
