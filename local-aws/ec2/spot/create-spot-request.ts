import { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { scheduleExpiry } from './request-states';
import { spotOptionsOf } from './spot-market';
import { accountAndRegionOf, Call } from '../../aws-call';
import { specifiedTags } from '../authorization/ec2-authorization';
import { Ec2Context } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { Image, Instance, SpotRequest } from '../state/records';

/** The Spot Instance request of a launch. `launch` launches an instance with the parameters of the launch, or with those that EC2 keeps of them. */
export function createSpotRequest(
  ec2: Ec2Context, call: Call, input: RunInstancesRequest, image: Image, availabilityZone: string,
  launch: (input: RunInstancesRequest, request: SpotRequest) => Instance,
): SpotRequest {
  const { clock, state, switches } = ec2;
  const { SpotInstanceType = 'one-time', InstanceInterruptionBehavior = 'terminate', ValidUntil } = spotOptionsOf(input) ?? {};
  const request: SpotRequest = {
    ...accountAndRegionOf(call),
    id: newResourceId('sir'),
    createdAt: clock.now(),
    seeded: false,
    reads: 0,
    type: SpotInstanceType,
    interruptionBehavior: InstanceInterruptionBehavior,
    validUntil: ValidUntil?.getTime(),
    imageId: image.id,
    instanceType: input.InstanceType ?? 'm1.small',
    availabilityZone,
    launch: () => launch(
      switches.relaunchedSpotInstance === 'tagged' ? input : { ...input, ClientToken: undefined, TagSpecifications: undefined }, request,
    ),
    state: 'active',
    status: { code: 'fulfilled', since: clock.now() },
  };
  state.spotRequests.set(request.id, request);
  state.tags.put(request.account, request.id, specifiedTags(input.TagSpecifications, 'spot-instances-request'));
  scheduleExpiry(ec2, request);
  return request;
}
