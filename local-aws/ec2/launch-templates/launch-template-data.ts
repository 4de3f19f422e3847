import { BlockDeviceMapping, RequestLaunchTemplateData, RunInstancesRequest, TagSpecification } from '@aws-sdk/client-ec2';
import { checkImageParameter, RESOLVE_SSM } from './image-parameter';
import { Call } from '../../aws-call';
import { Ec2Context } from '../state/ec2-context';
import { checkTagSpecifications } from '../tags/validate-tags';
import { isSameDevice } from '../volumes/device-names';

const TAGGABLE = ['instance', 'volume', 'network-interface', 'spot-instances-request'];

/** EC2 checks the form of a template and its SSM parameter when it is created, and what else it names only when it is used. */
export function checkLaunchTemplateData(ec2: Ec2Context, call: Call, data: RequestLaunchTemplateData): void {
  checkTagSpecifications(data.TagSpecifications as TagSpecification[] | undefined, TAGGABLE);
  if (data.ImageId?.startsWith(RESOLVE_SSM)) {
    checkImageParameter(ec2, call, data.ImageId);
  }
}

/** A request with the parameters of a launch template that the request itself does not name. Tags and metadata options are of both. */
export function withTemplateData(input: RunInstancesRequest, data: RequestLaunchTemplateData): RunInstancesRequest {
  const named = defined(input);
  const templateTags = (data.TagSpecifications ?? []) as TagSpecification[];
  const devices = mergedDevices(data.BlockDeviceMappings as BlockDeviceMapping[] | undefined, input.BlockDeviceMappings);
  const tags = mergedTags(templateTags, input.TagSpecifications ?? []);
  return {
    ...data,
    ...named,
    ...data.MetadataOptions || input.MetadataOptions ? { MetadataOptions: { ...data.MetadataOptions, ...defined(input.MetadataOptions) } } : {},
    ...devices.length > 0 ? { BlockDeviceMappings: devices } : {},
    ...tags.length > 0 ? { TagSpecifications: tags } : {},
  } as RunInstancesRequest;
}

function mergedDevices(ofTemplate: readonly BlockDeviceMapping[] = [], ofRequest: readonly BlockDeviceMapping[] = []): BlockDeviceMapping[] {
  const replaced = (device: BlockDeviceMapping) => ofRequest.some(one => isSameDevice(one.DeviceName ?? '', device.DeviceName ?? ''));
  return [...ofTemplate.filter(device => !replaced(device)), ...ofRequest];
}

function mergedTags(ofTemplate: readonly TagSpecification[], ofRequest: readonly TagSpecification[]): TagSpecification[] {
  const types = [...new Set([...ofTemplate, ...ofRequest].map(({ ResourceType }) => ResourceType))];
  return types.map(ResourceType => {
    const tagsIn = (all: readonly TagSpecification[]) => all.filter(one => one.ResourceType === ResourceType).flatMap(one => one.Tags ?? []);
    const [template, request] = [tagsIn(ofTemplate), tagsIn(ofRequest)];
    return { ResourceType, Tags: [...template.filter(tag => !request.some(one => one.Key === tag.Key)), ...request] };
  });
}

function defined(members: object = {}): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
