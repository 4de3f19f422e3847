import { ArchitectureType, DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypesRequest, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { AwsError } from '../call';
import { Ec2Operations } from './context';
import { FilterFields, filtered, page } from './filters';

export interface InstanceType {
  readonly name: string;
  readonly architecture: ArchitectureType;
  readonly nitro: boolean;
  readonly nitroTpm: boolean;
  readonly vcpus: number;
  readonly memory: number;
}

function family(name: string, architecture: ArchitectureType, sizes: Record<string, [number, number]>, nitro = true): InstanceType[] {
  return Object.entries(sizes).map(([size, [vcpus, memory]]) => ({ name: `${name}.${size}`, architecture, nitro, nitroTpm: nitro, vcpus, memory }));
}

const burstable: Record<string, [number, number]> = {
  nano: [2, 512], micro: [2, 1024], small: [2, 2048], medium: [2, 4096], large: [2, 8192], xlarge: [4, 16384],
};
const general: Record<string, [number, number]> = { medium: [1, 4096], large: [2, 8192], xlarge: [4, 16384] };

const types = new Map([
  ...family('t2', 'x86_64', burstable, false),
  ...family('t3', 'x86_64', burstable),
  ...family('t3a', 'x86_64', burstable),
  ...family('t4g', 'arm64', burstable),
  ...family('m5', 'x86_64', { large: [2, 8192], xlarge: [4, 16384] }),
  ...family('m6g', 'arm64', general),
  ...family('m7g', 'arm64', general),
  ...family('m7i', 'x86_64', { large: [2, 8192], xlarge: [4, 16384] }),
  ...family('c7i', 'x86_64', { large: [2, 4096] }),
].map((type): [string, InstanceType] => [type.name, type]));

export function instanceType(name: string): InstanceType {
  const type = types.get(name);
  if (!type) {
    throw new AwsError('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
  }
  return type;
}

const fields: FilterFields<InstanceTypeInfo> = {
  'instance-type': one => one.InstanceType,
  'processor-info.supported-architecture': one => one.ProcessorInfo?.SupportedArchitectures,
  'supported-boot-mode': one => one.SupportedBootModes,
  'current-generation': one => String(one.CurrentGeneration),
  'hypervisor': one => one.Hypervisor,
  'nitro-tpm-support': one => one.NitroTpmSupport,
};

export const instanceTypeOperations: Ec2Operations = {
  DescribeInstanceTypes: (ec2, call) => {
    const input = call.input as DescribeInstanceTypesRequest;
    ec2.permissions.require(call);
    const unknown = (input.InstanceTypes ?? []).filter(name => !types.has(name));
    if (unknown.length > 0) {
      throw new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
    }
    const wanted = [...types.values()].filter(type => !input.InstanceTypes?.length || input.InstanceTypes.some(name => name === type.name));
    const { items, NextToken } = page(filtered(wanted.map(described), input.Filters, fields, () => []), input, 5, 100);
    return { InstanceTypes: items, NextToken };
  },
  DescribeInstanceTypeOfferings: (ec2, call) => {
    const input = call.input as DescribeInstanceTypeOfferingsRequest;
    ec2.permissions.require(call);
    const LocationType = input.LocationType ?? 'region';
    const locations = LocationType === 'region' ? [call.region] : ec2.world.networks.zonesOf(call.region);
    const offerings = [...types.keys()].flatMap(InstanceType => locations.map(Location => ({ InstanceType, LocationType, Location })));
    const { items, NextToken } = page(
      filtered(offerings, input.Filters, { 'instance-type': one => one.InstanceType, 'location': one => one.Location }, () => []), input, 5,
    );
    return { InstanceTypeOfferings: items, NextToken };
  },
};

function described(type: InstanceType): InstanceTypeInfo {
  return {
    InstanceType: type.name as InstanceTypeInfo['InstanceType'],
    CurrentGeneration: type.nitro,
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    Hypervisor: type.nitro ? 'nitro' : 'xen',
    ProcessorInfo: { SupportedArchitectures: [type.architecture] },
    VCpuInfo: { DefaultVCpus: type.vcpus },
    MemoryInfo: { SizeInMiB: type.memory },
    EbsInfo: { EncryptionSupport: 'supported', EbsOptimizedSupport: type.nitro ? 'default' : 'unsupported', NvmeSupport: type.nitro ? 'required' : 'unsupported' },
    SupportedBootModes: type.architecture === 'arm64' ? ['uefi'] : type.nitro ? ['legacy-bios', 'uefi'] : ['legacy-bios'],
    NitroTpmSupport: type.nitroTpm ? 'supported' : 'unsupported',
  };
}
