import { CreateTagsRequest, DeleteTagsRequest, DescribeTagsRequest, TagDescription } from '@aws-sdk/client-ec2';
import { checkTags } from './validate-tags';
import { AwsError, Call } from '../../aws-call';
import { IamResource, requestTags } from '../authorization/ec2-authorization';
import { imageResource, instanceResource, ownArn, snapshotResource, spotRequestResource, volumeResource } from '../authorization/iam-resources';
import { isPastRetention, visibleImage } from '../images/image-access';
import { notFound } from '../requests/errors';
import { FilterFields, filtered, page } from '../requests/filters-and-pages';
import { visibleSnapshot } from '../snapshots/snapshots';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';

/** A taggable resource: its type in DescribeTags, and its IAM resource. */
interface Taggable {
  readonly type: string;
  readonly resource: IamResource;
}

export const tagOperations: Ec2Operations = {
  CreateTags: (ec2, call) => {
    const { Resources = [], Tags = [] } = call.input as unknown as CreateTagsRequest;
    const tags = new Map(Tags.map((tag): [string, string] => [tag.Key ?? '', tag.Value ?? '']));
    const { account } = call.principal;
    requireAll(ec2, call, Resources, requestTags(tags));
    for (const id of Resources) {
      const existing = ec2.state.tags.list(account, id).filter(tag => !tags.has(tag.Key ?? ''));
      checkTags(tags, existing.length);
    }
    Resources.forEach(id => ec2.state.tags.put(account, id, tags));
  },
  DeleteTags: (ec2, call) => {
    const { Resources = [], Tags } = call.input as unknown as DeleteTagsRequest;
    requireAll(ec2, call, Resources, Tags?.length ? { 'aws:TagKeys': Tags.map(tag => tag.Key ?? '') } : {});
    for (const id of Resources) {
      const existing = ec2.state.tags.of(call.principal.account, id);
      for (const key of Tags?.length ? Tags.map(tag => tag.Key ?? '') : [...existing.keys()]) {
        const only = Tags?.find(tag => tag.Key === key)?.Value;
        // with a value, also an empty one, DeleteTags deletes only a tag with that value
        if (only === undefined || only === existing.get(key)) {
          existing.delete(key);
        }
      }
    }
  },
  DescribeTags: (ec2, call) => {
    const input = call.input as DescribeTagsRequest;
    ec2.permissions.require(call);
    const { account } = call.principal;
    const described = ec2.state.tags.taggedBy(account).flatMap(id => {
      const found = find(ec2, call, id);
      return found === undefined ? [] : ec2.state.tags.list(account, id)
        .map((tag): TagDescription => ({ ...tag, ResourceId: id, ResourceType: found.type as TagDescription['ResourceType'] }));
    });
    const { items, NextToken } = page(filtered(described, input.Filters, fields, tag => [tag]), input, 5);
    return { Tags: items, NextToken };
  },
};

const fields: FilterFields<TagDescription> = {
  'key': tag => tag.Key,
  'value': tag => tag.Value,
  'resource-id': tag => tag.ResourceId,
  'resource-type': tag => tag.ResourceType,
};

function requireAll(ec2: Ec2Context, call: Call, ids: readonly string[], context: IamResource['context']): void {
  const found = ids.map(id => {
    const taggable = find(ec2, call, id);
    if (!taggable) {
      throw missing(id);
    }
    return taggable;
  });
  ec2.permissions.require(call, found.map(({ resource }) => ({
    resource: { arn: resource.arn, context: { ...resource.context, ...context } },
  })));
}

function find(ec2: Ec2Context, call: Call, id: string): Taggable | undefined {
  const { account } = call.principal;
  const image = visibleImage(ec2, account, call.region, id);
  if (image && !isPastRetention(ec2, image)) {
    return { type: 'image', resource: imageResource(ec2, account, image) };
  }
  const snapshot = visibleSnapshot(ec2, call, id);
  if (snapshot) {
    return { type: 'snapshot', resource: snapshotResource(ec2, account, snapshot) };
  }
  const volume = ec2.state.volumes.get(id);
  if (volume && volume.account === account && volume.region === call.region) {
    return { type: 'volume', resource: volumeResource(ec2, account, volume) };
  }
  const instance = ec2.state.instances.get(id);
  if (instance && instance.account === account && instance.region === call.region) {
    return { type: 'instance', resource: instanceResource(ec2, account, instance) };
  }
  const spotRequest = ec2.state.spotRequests.get(id);
  if (spotRequest && spotRequest.account === account && spotRequest.region === call.region) {
    return { type: 'spot-instances-request', resource: spotRequestResource(ec2, account, spotRequest) };
  }
  const { vpcs, subnets, securityGroups } = ec2.state.networks;
  for (const [type, all] of [['vpc', vpcs], ['subnet', subnets], ['security-group', securityGroups]] as const) {
    const one = all.get(id);
    if (one && one.account === account && one.region === call.region) {
      return { type, resource: { arn: ownArn(one, type, id), context: {} } };
    }
  }
  return undefined;
}

function missing(id: string): AwsError {
  const [prefix] = id.split('-');
  return ['ami', 'snap', 'vol', 'i', 'sir'].includes(prefix) ? notFound(prefix, [id]) : new AwsError('InvalidID', `The ID '${id}' is not valid`);
}
