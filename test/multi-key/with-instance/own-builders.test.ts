import { Instance } from '@aws-sdk/client-ec2';
import { MultiKeyRequest } from '../../../lambda/multi-key/device-plan';
import { findOwnBuilders, launchClientToken, LaunchOption } from '../../../lambda/multi-key/with-instance/own-builders';
import { clientToken, newAttemptId } from '../../../lambda/request/physical-id';
import { ID_TAG, REQUEST_TAG } from '../../../src/contract';
import { answering } from '../../helpers/answers';

const attemptOf = (RequestId: string) => newAttemptId('resource-recipe00-', { RequestId });
const REQUEST = {
  owner: 'us', requestId: 'one', attemptId: attemptOf('one'), isDelete: false, memory: {}, properties: { SourceImageId: 'ami-0' },
} as unknown as MultiKeyRequest;
const DELETION = { isDelete: true, requestId: 'deletion', properties: {} };
const IN_SUBNETS = { properties: { SourceImageId: 'ami-0', SubnetIds: ['subnet-1', 'subnet-2'] } };

const launched = (option: Partial<LaunchOption> = {}, more: Instance = {}, requestId = 'one'): Instance => ({
  InstanceId: 'i-1',
  ImageId: 'ami-0',
  InstanceType: 'm5.large',
  Tags: [{ Key: REQUEST_TAG, Value: requestId }],
  ClientToken: launchClientToken({ ...REQUEST, requestId }, { type: 'm5.large', ...option }),
  ...more,
});

test.each<[LaunchOption, string[]]>([
  [{ type: 'm5.large' }, ['m5.large', '']],
  [{ type: 'm5.large', subnetId: 'subnet-1' }, ['m5.large', 'subnet-1']],
  [{ type: 'm5.large', subnetId: 'subnet-1', isSpot: false }, ['m5.large', 'subnet-1']],
  [{ type: 'm5.large', isSpot: true }, ['m5.large', '', 'spot']],
])('the client token of %j', (option, parts) => {
  expect(launchClientToken(REQUEST, option)).toBe(clientToken('us', 'one', 'builder', ...parts));
});

test.each<[string, Instance, object, boolean]>([
  ['launched from the source', launched(), {}, true],
  ['launched from another image', launched({}, { ImageId: 'ami-9' }), {}, false],
  ['that carries the id of another', launched({}, { Tags: [{ Key: ID_TAG, Value: 'i-9' }] }), {}, false],
  ['launched without a token', launched({}, { ClientToken: undefined }), {}, false],
  ['launched with the token of another type', launched({}, { InstanceType: 'm5.xlarge' }), {}, false],
  ['launched in a subnet that is not declared', launched({ subnetId: 'subnet-1' }, { SubnetId: 'subnet-1' }), {}, false],
  ['launched in a declared subnet', launched({ subnetId: 'subnet-2' }), IN_SUBNETS, true],
  ['launched in no declared subnet', launched({}), IN_SUBNETS, false],
  ['of Spot', launched({ isSpot: true }, { InstanceLifecycle: 'spot' }), {}, true],
  ['of Spot, launched with the token of another', launched({}, { InstanceLifecycle: 'spot' }), {}, false],
  ['not of Spot, launched with the token of one', launched({ isSpot: true }), {}, false],
  ['launched by a request of another attempt', launched({}, {}, 'two'), { requestId: 'two' }, false],
  ['launched by the request, without its tag', launched({}, { Tags: [] }), {}, true],
  ['launched by another request', launched({}, {}, 'two'), {}, false],

  ['in a deletion that does not know the source', launched(), DELETION, true],
  ['in a deletion, launched from another image', launched({}, { ImageId: 'ami-9' }), { ...DELETION, properties: REQUEST.properties }, false],
  ['in a deletion, in its subnet', launched({ subnetId: 'subnet-1' }, { SubnetId: 'subnet-1' }), DELETION, true],
  ['in a deletion, in a subnet that EC2 has chosen', launched({}, { SubnetId: 'subnet-1' }), DELETION, true],
  ['in a deletion, terminated, which tells no subnet, in a declared one', launched({ subnetId: 'subnet-2' }), { ...DELETION, ...IN_SUBNETS }, true],
  ['in a deletion, launched before subnets were declared', launched({}, { SubnetId: 'subnet-9' }), { ...DELETION, ...IN_SUBNETS }, true],
  ['in a deletion, launched by a request of another attempt', launched({}, {}, 'two'), DELETION, false],
  ['in a deletion, with the tag of no request', launched({}, { Tags: [] }, ''), { ...DELETION, attemptId: attemptOf('') }, false],
  ['in a deletion of an AMI', launched(), { ...DELETION, imageId: 'ami-1' }, false],
  ['while there is an AMI', launched(), { imageId: 'ami-1' }, true],
])('an instance with the owner tag %s', async (_title, instance, request, isOwn) => {
  const { aws, calls } = answering({ DescribeInstances: { Reservations: [{ Instances: [instance] }] } });
  const found = await findOwnBuilders(aws, { ...REQUEST, ...request });
  expect(found).toEqual(isOwn ? [instance] : []);
  expect(calls).toHaveLength('isDelete' in request && 'imageId' in request ? 0 : 1);
});
