import { explainRefusedImage } from '../../lambda/instance-ami/explain-instance-ami-failure';
import * as messages from '../../lambda/instance-ami/messages';

/** Messages that no deployment to the local AWS causes. */

const instanceId = 'i-1';

test('an instance that EC2 creates no AMI of', () => {
  expect(messages.rootInInstanceStore({ instanceId })).toBe(
    'The root device of the instance i-1 is in instance store, and EC2 creates no AMIs of such instances. Use an instance whose root device is an EBS volume.');
  expect(messages.invalidInstanceId({ instanceId: 'x', example: 'i-0' })).toBe('`instance` must have an ID such as "i-0", but has "x". Check where the ID comes from.');
  expect(messages.instanceNotUsable({ instanceId, state: 'x' })).toBe(
    'The instance i-1 is x, and EC2 creates AMIs only of instances that are running or stopped. Use another instance.');
});

test('an AMI that failed for no known reason', () => {
  expect(messages.imageFailed({ imageId: 'ami-1', instanceId, state: 'failed', cause: messages.causeUnknown(), orphanedResources: '', reasons: [] })).toBe(
    'The AMI ami-1 of the instance i-1 is in the state failed. All checks of the instance, its volumes and their keys passed. The cause can be a key that the handler role is not ' +
    'allowed to describe: pass the keys of the volumes in `sourceEncryptionKeys`. Otherwise it is a temporary EC2 failure: deploy again.');
});

test.each([
  ['IncorrectInstanceState', 'EC2 does not create an AMI of the instance i-1 yet'],
  ['UnauthorizedOperation', 'The handler role is not allowed to create an AMI of the instance i-1. If its policies allow this, a service control policy or a permissions boundary denies it: ' +
    'check these, and deploy again.'],
  ['InvalidInstanceID.NotFound', 'The instance i-1 no longer exists. Use an instance that exists.'],
  ['InvalidAMIName.Malformed', 'EC2 does not allow the AMI name "golden". Use 3 to 128 letters, digits and ( ) . / _ - for `imageName`.'],
  ['InvalidParameterValue', 'EC2 does not create an AMI of the instance i-1.'],
])('CreateImage: %s', (name, message) => {
  const request = { properties: { InstanceId: instanceId, ImageName: 'golden' } } as unknown as Parameters<typeof explainRefusedImage>[0];
  expect(explainRefusedImage(request, Object.assign(new Error('no'), { name })).message).toBe(`${message} (EC2 ${name}: no)`);
});
