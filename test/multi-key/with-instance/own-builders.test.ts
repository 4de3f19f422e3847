import { Instance } from '@aws-sdk/client-ec2';
import { MultiKeyRequest } from '../../../lambda/multi-key/device-plan';
import { findOwnBuilders, launchClientToken, LaunchOption } from '../../../lambda/multi-key/with-instance/own-builders';
import { clientToken } from '../../../lambda/request/physical-id';
import { ID_TAG } from '../../../src/contract';
import { answering } from '../../helpers/answers';
import { SOURCE_ID } from '../../helpers/stacks';
import { attemptOf, buildRequest, launchedBuilder } from '../build-request';

const REQUEST = buildRequest();
const DELETION = { isDelete: true, requestId: 'deletion', properties: {} };
const IN_SUBNETS = { properties: { SourceImageId: SOURCE_ID, SubnetIds: ['subnet-1', 'subnet-2'] } };

test.each<[LaunchOption, string[]]>([
  [{ type: 'm5.large' }, ['m5.large', '']],
  [{ type: 'm5.large', subnetId: 'subnet-1' }, ['m5.large', 'subnet-1']],
  [{ type: 'm5.large', subnetId: 'subnet-1', isSpot: false }, ['m5.large', 'subnet-1']],
  [{ type: 'm5.large', isSpot: true }, ['m5.large', '', 'spot']],
])('the client token of %j', (option, parts) => {
  expect(launchClientToken(REQUEST, option)).toBe(clientToken('us', 'one', 'builder', ...parts));
});

test.each<[string, Instance, object, boolean]>([
  ['launched from the source', launchedBuilder(), {}, true],
  ['launched from another image', launchedBuilder({}, { ImageId: 'ami-9' }), {}, false],
  ['that carries the id of another', launchedBuilder({}, { Tags: [{ Key: ID_TAG, Value: 'i-9' }] }), {}, false],
  ['launched without a token', launchedBuilder({}, { ClientToken: undefined }), {}, false],
  ['launched with the token of another type', launchedBuilder({}, { InstanceType: 'm5.xlarge' }), {}, false],
  ['launched in a subnet that is not declared', launchedBuilder({ subnetId: 'subnet-1' }, { SubnetId: 'subnet-1' }), {}, false],
  ['launched in a declared subnet', launchedBuilder({ subnetId: 'subnet-2' }), IN_SUBNETS, true],
  ['launched in no declared subnet', launchedBuilder({}), IN_SUBNETS, false],
  ['of Spot', launchedBuilder({ isSpot: true }, { InstanceLifecycle: 'spot' }), {}, true],
  ['of Spot, launched with the token of another', launchedBuilder({}, { InstanceLifecycle: 'spot' }), {}, false],
  ['not of Spot, launched with the token of one', launchedBuilder({ isSpot: true }), {}, false],
  ['launched by a request of another attempt', launchedBuilder({}, {}, 'two'), { requestId: 'two' }, false],
  ['launched by the request, without its tag', launchedBuilder({}, { Tags: [] }), {}, true],
  ['launched by another request', launchedBuilder({}, {}, 'two'), {}, false],

  ['in a deletion that does not know the source', launchedBuilder(), DELETION, true],
  ['in a deletion, launched from another image', launchedBuilder({}, { ImageId: 'ami-9' }), { ...DELETION, properties: REQUEST.properties }, false],
  ['in a deletion, in its subnet', launchedBuilder({ subnetId: 'subnet-1' }, { SubnetId: 'subnet-1' }), DELETION, true],
  ['in a deletion, in a subnet that EC2 has chosen', launchedBuilder({}, { SubnetId: 'subnet-1' }), DELETION, true],
  ['in a deletion, terminated, which tells no subnet, in a declared one', launchedBuilder({ subnetId: 'subnet-2' }), { ...DELETION, ...IN_SUBNETS }, true],
  ['in a deletion, launched before subnets were declared', launchedBuilder({}, { SubnetId: 'subnet-9' }), { ...DELETION, ...IN_SUBNETS }, true],
  ['in a deletion, launched by a request of another attempt', launchedBuilder({}, {}, 'two'), DELETION, false],
  ['in a deletion, with the tag of no request', launchedBuilder({}, { Tags: [] }, ''), { ...DELETION, attemptId: attemptOf('') }, false],
  ['in a deletion of an AMI', launchedBuilder(), { ...DELETION, imageId: 'ami-1' }, false],
  ['while there is an AMI', launchedBuilder(), { imageId: 'ami-1' }, true],
])('an instance with the owner tag %s', async (_title, instance, request, isOwn) => {
  const { aws, calls } = answering({ DescribeInstances: { Reservations: [{ Instances: [instance] }] } });
  const found = await findOwnBuilders(aws, { ...REQUEST, ...request } as MultiKeyRequest);
  expect(found).toEqual(isOwn ? [instance] : []);
  expect(calls).toHaveLength('isDelete' in request && 'imageId' in request ? 0 : 1);
});
