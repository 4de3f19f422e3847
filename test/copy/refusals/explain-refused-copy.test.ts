import { explainRefusedCopy } from '../../../lambda/copy/explain-copy-failure';
import { copyRequest } from '../../helpers/copies';
import { SOURCE_ID } from '../../helpers/stacks';

/** Messages for the errors that CopyImage returns at once. */

const OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0';
const ON_OUTPOST = { OutpostArn: OUTPOST };
const IN_ZONE = { LocalZone: 'us-east-1-bos-1a' };
const TIMED = { CompletionDurationMinutes: 15 };
const REFUSED = `EC2 does not copy the source image ${SOURCE_ID}`;
const TO_OUTPOST = `${REFUSED} to the Outpost ${OUTPOST}. Check that it is an Outpost of this account, or is shared with it, that it is connected, and that it has S3 on Outposts.`;
const TO_ZONE = `${REFUSED} to the Local Zone us-east-1-bos-1a. Check that the zone supports local snapshots, and copies from the location of the source: ` +
  'some zones accept copies only from their Region, or from zones of their group.';
const BILLED = `${REFUSED}, because it has an AWS Marketplace product code or a billed license and belongs to another account. ` +
  'Launch an instance from it and use `InstanceAmi`, which keeps the license.';
const LONGER = `EC2 does not copy the source image ${SOURCE_ID} within the \`completionDuration\` of 15 minutes.`;
const memory = (VolumeSize: number) => ({ memory: { source: { image: {}, devices: [{ name: '/dev/sda', ebs: {}, snapshot: { SnapshotId: 'snap-0', VolumeSize } }] } } });
const GONE = `The source image ${SOURCE_ID} no longer exists, or is no longer shared with this account. Use an image that exists.`;

test.each<[string, string, string, object?, object?]>([
  ['InvalidAMIID.NotFound', "The image id '[ami-1]' does not exist", GONE],
  ['InvalidAMIID.Unavailable', 'Not available', GONE],
  ['InvalidAMIName.Duplicate', 'AMI name golden is already in use by AMI ami-1', 'The AMI name "golden" is in use. Choose another `imageName`, or remove it.'],
  ['InvalidAMIName.Malformed', 'AMI names must be between 3 and 128 characters long', 'EC2 does not allow the AMI name "golden". Use 3 to 128 letters, digits and ( ) . / _ - for `imageName`.'],
  ['ResourceLimitExceeded', 'You have reached your quota of 50000 images in this region.',
    `EC2 does not copy ${SOURCE_ID}, because a quota of this account is used up. Deregister AMIs that are not needed, or request a higher quota, and deploy again.`],
  ['IdempotentParameterMismatch', 'The token was already used', `The copy of ${SOURCE_ID} that this request started was deleted, or was started with other parameters. Deploy again.`],

  ['InvalidRequest', 'Not enough throughput', `EC2 has no throughput left for a time-based copy of ${SOURCE_ID}`, TIMED],
  ['InvalidRequest', 'Not enough throughput', `${REFUSED}.`],
  ['InvalidRequest', 'Not enough time', `${REFUSED}.`, TIMED],
  ['InvalidRequest', 'It has a Marketplace product code', BILLED],
  ['InvalidRequest', 'Images with billingProduct codes cannot be copied', BILLED],
  ['InvalidRequest', 'You do not have permission to access the storage of this ami',
    `The source image ${SOURCE_ID} is shared with this account, but its storage is not. Its owner must share each of its snapshots with account 123456789012.`],
  ['InvalidRequest', 'Something else', `${REFUSED}.`],
  ['InvalidRequest', 'The Outpost cannot be used', TO_OUTPOST, ON_OUTPOST],

  ['InvalidParameterValue', 'The CompletionDuration is too short', `${LONGER} Use a longer one, or remove it.`, TIMED],
  ['InvalidParameterValue', 'The completion duration is too short', `${LONGER} Use a longer one, or remove it.`, TIMED, memory(8)],
  ['InvalidParameterValue', 'The completion duration is too short', `${LONGER} \`completionDuration\` of 15 minutes is too short for snap-0 (/dev/sda, 900 GiB): ` +
    'EBS copies at most 500 MiB/s per snapshot. Use at least 45 minutes, or remove `completionDuration`.', TIMED, memory(900)],
  ['InvalidParameterValue', 'Something else', `${REFUSED}.`, TIMED],
  ['InvalidParameterValue', 'The destination cannot be used', TO_ZONE, IN_ZONE],

  ['UnsupportedOperation', 'The zone has no local snapshots', TO_ZONE, IN_ZONE],
  ['UnsupportedOperation', 'The outpost is not connected', TO_OUTPOST, ON_OUTPOST],
  ['UnsupportedOperation', 'The destination cannot be used', `${REFUSED}.`],
  ['UnsupportedOperation', 'Something else', `${REFUSED}.`, ON_OUTPOST],
  ['UnauthorizedOperation', 'You are not authorized to perform this operation.',
    `The handler role is not allowed to copy the source image ${SOURCE_ID}. If its policies allow this, a service control policy or a permissions boundary denies it: check these, and deploy again.`],
])('%s: %s', (code, words, message, ...[properties = {}, more = {}]) => {
  const error = explainRefusedCopy(copyRequest({ ImageName: 'golden', ...properties }, more), Object.assign(new Error(words), { name: code }));
  expect(error.name).toBe(message.startsWith('EC2 has no throughput') ? 'NotReady' : 'DeploymentError');
  expect(error.message).toBe(`${message} (EC2 ${code}: ${words})`);
});
