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
  /** For each core. */
  readonly threads: number;
  /** In MiB. */
  readonly memory: number;
}

/** Every family whose name AWS could have given; the letters are those of the families that there are. */
const wellFormed = /^(?:(?:a|c|d|dl|f|g|gr|h|hpc|i|im|inf|is|m|mac|p|r|t|trn|vt|x|z)\d[a-z0-9-]*|u-?\d+[a-z0-9-]*)\.(nano|micro|small|medium|large|(\d*)xlarge|metal(?:-\d+xl)?)$/;
/** Families on the Xen hypervisor. */
const xen = /^(c[134]|cc\d|cr1|d2|f1|g2|g3s?|h1|hs1|i2|i3|m[1234]|p2|p3|r[34]|t[12]|x1e?)\./;
/** `m7g`, `c6gn`, `im4gn`, `a1`: the letter after the generation is Graviton's. */
const graviton = /^(a1|[a-z]+\d+g[a-z0-9-]*|mac2[a-z0-9-]*)\./;
const oneThread = /^(t2|m1|c1|t1)\./;
const vcpusOf: Readonly<Record<string, number>> = { nano: 2, micro: 2, small: 2, medium: 1, large: 2, metal: 96 };
const burstableMemory: Readonly<Record<string, number>> = { nano: 512, micro: 1024, small: 2048, medium: 4096 };
const memoryPerVcpu: Readonly<Record<string, number>> = { c: 2048, r: 8192, x: 16384, u: 16384, z: 8192 };

/** The types that a list without names shows. */
const listed = [
  ...['t2', 't3', 't3a', 't4g'].flatMap(family => ['nano', 'micro', 'small', 'medium', 'large', 'xlarge'].map(size => `${family}.${size}`)),
  'm5.large', 'm5.xlarge',
  ...['m6g', 'm7g'].flatMap(family => ['medium', 'large', 'xlarge'].map(size => `${family}.${size}`)),
  'm7i.large', 'm7i.xlarge', 'c7i.large',
];

/** A type by its name. There are many hundred, so any name of the right form is one, with what its family and size let one expect. */
export function instanceType(name: string): InstanceType {
  const type = knownType(name);
  if (!type) {
    throw new AwsError('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
  }
  return type;
}

function knownType(name: string): InstanceType | undefined {
  const match = wellFormed.exec(name);
  if (!match) {
    return undefined;
  }
  const [, size, times] = match;
  const arm = graviton.test(name);
  const burstable = name.startsWith('t');
  const nitro = !xen.test(name);
  const vcpus = times === undefined ? vcpusOf[burstable && size === 'medium' ? 'large' : size.split('-')[0]] : 4 * Number(times || 1);
  const memory = (burstable ? burstableMemory[size] : undefined) ?? vcpus * (memoryPerVcpu[name[0]] ?? 4096);
  const threads = arm || oneThread.test(name) || vcpus === 1 ? 1 : 2;
  return { name, architecture: arm ? 'arm64' : 'x86_64', nitro, nitroTpm: nitro, vcpus, threads, memory };
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
    const unknown = (input.InstanceTypes ?? []).filter(name => !knownType(name));
    if (unknown.length > 0) {
      throw new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
    }
    const wanted = (input.InstanceTypes?.length ? input.InstanceTypes : listed).map(instanceType);
    const { items, NextToken } = page(filtered(wanted.map(described), input.Filters, fields, () => []), input, 5, 100);
    return { InstanceTypes: items, NextToken };
  },
  DescribeInstanceTypeOfferings: (ec2, call) => {
    const input = call.input as DescribeInstanceTypeOfferingsRequest;
    ec2.permissions.require(call);
    const LocationType = input.LocationType ?? 'region';
    const locations = LocationType === 'region' ? [call.region] : ec2.world.networks.zonesOf(call.region);
    const asked = (input.Filters ?? []).filter(({ Name }) => Name === 'instance-type').flatMap(({ Values }) => Values ?? []);
    const names = [...new Set([...listed, ...asked.filter(name => knownType(name))])];
    const offerings = names.flatMap(InstanceType => locations.map(Location => ({ InstanceType, LocationType, Location })));
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
    BareMetal: type.name.includes('.metal'),
    Hypervisor: type.nitro ? 'nitro' : 'xen',
    ProcessorInfo: { SupportedArchitectures: [type.architecture] },
    VCpuInfo: { DefaultVCpus: type.vcpus, DefaultCores: Math.max(1, type.vcpus / type.threads), DefaultThreadsPerCore: type.threads },
    MemoryInfo: { SizeInMiB: type.memory },
    EbsInfo: { EncryptionSupport: 'supported', EbsOptimizedSupport: type.nitro ? 'default' : 'unsupported', NvmeSupport: type.nitro ? 'required' : 'unsupported' },
    SupportedBootModes: type.architecture === 'arm64' ? ['uefi'] : type.nitro ? ['legacy-bios', 'uefi'] : ['legacy-bios'],
    NitroTpmSupport: type.nitroTpm ? 'supported' : 'unsupported',
  };
}
