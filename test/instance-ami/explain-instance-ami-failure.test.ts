import { explainFailedImage, explainRefusedImage } from '../../lambda/instance-ami/explain-instance-ami-failure';
import { ImageRequest } from '../../lambda/request/image-request';
import { InstanceAmiProperties, OWNER_TAG } from '../../src/contract';
import { ec2Error } from '../helpers/answers';
import { ACCOUNT, answeringInRegions, copyImage, KEY, KEY_METADATA } from '../helpers/copies';

/** Messages for an AMI that CreateImage refuses, and for one that fails later. */

const InstanceId = 'i-0123456789abcdef0';
const request = { owner: 'stack/one', account: ACCOUNT, properties: { InstanceId, ImageName: 'golden' } } as unknown as ImageRequest<InstanceAmiProperties>;

test.each([
  ['IncorrectState', `EC2 does not create an AMI of the instance ${InstanceId} yet`],
  ['IncorrectInstanceState', `EC2 does not create an AMI of the instance ${InstanceId} yet`],
  ['UnauthorizedOperation', `The handler role is not allowed to create an AMI of the instance ${InstanceId}. If its policies allow this, a service control policy or a permissions boundary denies it: ` +
    'check these, and deploy again.'],
  ['InvalidInstanceID.NotFound', `The instance ${InstanceId} no longer exists. Use an instance that exists.`],
  ['InvalidAMIName.Malformed', 'EC2 does not allow the AMI name "golden". Use 3 to 128 letters, digits and ( ) . / _ - for `imageName`.'],
  ['InvalidParameterValue', `EC2 does not create an AMI of the instance ${InstanceId}.`],
])('CreateImage: %s', (name, message) => {
  const error = explainRefusedImage(request, Object.assign(new Error('no'), { name }));
  expect([error.name, error.message]).toEqual([name.startsWith('Incorrect') ? 'NotReady' : 'DeploymentError', `${message} (EC2 ${name}: no)`]);
});

const UNKNOWN = 'All checks of the instance, its volumes and their keys passed. The cause can be a key that the handler role is not allowed to describe: ' +
  'pass the keys of the volumes in `sourceEncryptionKeys`. Otherwise it is a temporary EC2 failure: deploy again.';

test.each<[string, { keyState?: string; volumes?: Error; tags?: object[] }, string]>([
  ['not known', {}, UNKNOWN],
  ['a key of a volume', { keyState: 'Disabled' }, `The key of the instance's volume vol-1 for /dev/sda (${KEY}) is disabled. Enable it, or use another key.`],
  ['not known while EC2 does not answer', { volumes: ec2Error('Unavailable') }, UNKNOWN],
  ['not known, and something is left', { tags: [] }, `${UNKNOWN} ami-0000000000000c09f no longer has the tag ${OWNER_TAG}, so the handler role is not allowed to delete it. ` +
    'Delete it yourself: `aws ec2 deregister-image --image-id ami-0000000000000c09f --delete-associated-snapshots --region us-east-1`.'],
])('the cause of a failed AMI is %s', async (_title, { keyState = 'Enabled', volumes, tags }, cause) => {
  const image = copyImage({ State: 'failed', StateReason: { Message: 'Internal error' }, BlockDeviceMappings: [], ...tags && { Tags: [] } });
  const { aws } = answeringInRegions({
    DescribeImages: { Images: [image] },
    DescribeSnapshots: { Snapshots: [] },
    DescribeInstances: { Reservations: [{ Instances: [{ RootDeviceType: 'ebs', BlockDeviceMappings: [{ DeviceName: '/dev/sda', Ebs: { VolumeId: 'vol-1', Status: 'attached' } }] }] }] },
    DescribeVolumes: volumes ?? { Volumes: [{ VolumeId: 'vol-1', KmsKeyId: KEY }] },
    DescribeKey: { KeyMetadata: { ...KEY_METADATA, KeyState: keyState } },
  });
  const error = await explainFailedImage(aws, request, image);
  expect(error.name).toBe('DeploymentError');
  expect(error.message).toBe(`The AMI ${image.ImageId} of the instance ${InstanceId} is in the state failed. ${cause} (EC2: ${image.ImageId}: Internal error)`);
});
