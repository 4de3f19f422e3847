import { findOwnBuilders } from './own-builders';
import { cancelSpotRequests, withRelaunched } from './spot-requests';
import { MultiKeyAmiProperties } from '../../../src/contract';
import { findTaggedInstances } from '../../aws/find-instances';
import { instancesOf, OwnedResourceType } from '../../deletion/owned-resources';

/** The builders of a request. Of a Spot Instance the request is canceled first, also if the instance has ended: it can launch another one. */
export function buildersOf(): OwnedResourceType<MultiKeyAmiProperties> {
  return {
    ...instancesOf(async (aws, request) => withRelaunched(aws, await findOwnBuilders(aws, request))),
    list: async (aws, owner) => (await findTaggedInstances(aws, owner))
      .map(one => ({ ...one, id: one.InstanceId!, isGone: one.State?.Name === 'terminated' }))
      .filter(({ isGone, InstanceLifecycle }) => !isGone || InstanceLifecycle === 'spot'),
    prepare: async (aws, request) => cancelSpotRequests(aws, request, await findOwnBuilders(aws, request)),
  };
}
