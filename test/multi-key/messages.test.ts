import * as messages from '../../lambda/multi-key/messages';
import * as volumes from '../../lambda/multi-key/volumes/messages';
import * as builder from '../../lambda/multi-key/with-instance/messages';

/** Messages that no deployment to the local AWS causes, and the parts that messages are put together from. */

test('an AMI that differs from the plan', () => {
  expect(messages.devicesDiffer({ imageId: 'ami-1', devices: '/dev/xvda', expected: '/dev/sdf, /dev/xvda' })).toBe(
    'The AMI ami-1 has the devices /dev/xvda, but should have /dev/sdf, /dev/xvda. Contact AWS Support.');
});

test('an AMI with another volume than declared', () => {
  expect(messages.volumeDiffers({ device: '/dev/sdf', imageId: 'ami-1', value: '8 GiB (gp2)', expected: '10 GiB (gp3)' })).toBe(
    '/dev/sdf of the AMI ami-1 is a volume of 8 GiB (gp2), but should be one of 10 GiB (gp3). Contact AWS Support.');
});

test('a failed AMI: the cause, what is left, and the words of EC2 only where it gives any', () => {
  const cause = messages.imageCauseUnknown();
  const failed = { imageId: 'ami-1', state: 'failed', cause, orphanedResources: ' Left.' };
  expect(messages.imageFailed({ ...failed, reasons: ['ami-1: Client.InternalError'] })).toBe(
    'The AMI ami-1 is in the state failed. All checks of the source, its snapshots and the keys passed, so the most likely cause is a temporary EC2 failure. Deploy again. Left. ' +
    '(EC2: ami-1: Client.InternalError)');
  expect(messages.imageFailed({ ...failed, reasons: [] })).toMatch(/ Left\.$/);
});

test('a builder instance that was terminated during launch', () => {
  expect(builder.launchFailed({ instanceId: 'i-1', cause: builder.launchCauseUnknown({ keyArns: ['arn:1'], hint: ' Hint.' }), reason: 'Client error on launch' })).toBe(
    'The builder instance i-1 was terminated during launch. All checks of the source, its snapshots and the keys passed. The most likely cause is a key policy that denies the use of ' +
    'arn:1: check CloudTrail for denied KMS calls. Otherwise it is a temporary EC2 failure: deploy again. Hint. (EC2: Client error on launch)');
  expect(builder.launchCauseUnknown({ keyArns: [], hint: '' })).toMatch(/ passed, so the most likely cause is a temporary EC2 failure\. Deploy again\.$/);
  expect(builder.launchCauseUnknown({ keyArns: ['arn:1', 'arn:2'], hint: '', isSpot: true })).toContain(
    'the use of arn:1 or arn:2: check CloudTrail for denied KMS calls. The role AWSServiceRoleForEC2Spot, which launches Spot Instances, must be allowed to use them, too. Otherwise');
  expect(builder.launchCauseUnknown({ keyArns: ['arn:1'], hint: ' Hint.', hiddenSnapshots: ['snap-1'] })).toBe(
    'The source has encrypted snapshots that EC2 does not show to this account (snap-1), so their keys could not be checked. ' +
    'Ask the owner of the image for the keys, have their policies allow this account, and pass them in `sourceEncryptionKeys`. Hint.');
});

test.each([
  [{ type: 't3.small' }, 't3.small'],
  [{ type: 't3.small', place: 'subnet-1', isSpot: true }, 't3.small (Spot) in subnet-1'],
])('a combination %j', (option, text) => {
  expect(builder.launchOption(option)).toBe(text);
});

test('instance types that cannot run the builder instance', () => {
  expect(builder.noDefaultInstanceType({ architecture: 'i386' })).toBe('The builder instance has no default instance type for the architecture i386. Pass `instanceTypes`.');
  expect([builder.typeWithoutNitroTpm(), builder.typeWithoutUefi()]).toEqual(['does not support NitroTPM', 'does not support UEFI']);
  expect(builder.subnetsNotFound({ subnetIds: ['subnet-1'] }, Object.assign(new Error('no'), { name: 'InvalidSubnetID.NotFound' }))).toBe(
    'The builder instance cannot be launched in the subnets subnet-1, because not all of them exist. Pass `vpcSubnets` that exist. (EC2 InvalidSubnetID.NotFound: no)');
});

test('a key that no property names has no ARN in the message', () => {
  expect(volumes.keyCouldNotBeUsed({ hint: '' })).toBe('Its key could not be used. Check CloudTrail for denied KMS calls.');
});

test('a snapshot that somebody deleted during the build', () => {
  expect(volumes.snapshotDisappeared({ snapshotId: 'snap-1', device: '/dev/sdf' })).toBe(
    'The snapshot snap-1 for /dev/sdf disappeared: somebody deleted it, or removed its tags. Find out who in CloudTrail (DeleteSnapshot, DeleteTags), and deploy again.');
});
