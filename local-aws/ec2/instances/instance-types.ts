import { _InstanceType, ArchitectureType, DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypesRequest, InstanceTypeInfo, VirtualizationType } from '@aws-sdk/client-ec2';
import { AwsError } from '../../aws-call';
import { FilterFields, filtered, page } from '../requests/filters-and-pages';
import { Ec2Operations } from '../state/ec2-context';

export interface InstanceType {
  readonly name: string;
  readonly architecture: ArchitectureType;
  readonly nitro: boolean;
  readonly nitroTpm: boolean;
  readonly virtualization: readonly VirtualizationType[];
  readonly vcpus: number;
  /** Threads for each core. */
  readonly threads: number;
  /** In MiB. */
  readonly memory: number;
}

/** The instance types in the SDK's model of EC2. */
const existing: ReadonlySet<string> = new Set(Object.values(_InstanceType));
/** Families with the Xen hypervisor. */
const xen = /^(c[134]|cc\d|cg1|cr1|d2|f1|g2|g3s?|h1|hi1|hs1|i2|i3|m[1234]|p2|p3|r[34]|t[12]|x1e?)\.(?!metal)/;
/** `m7g`, `c6gn`, `im4gn`, `a1`: the letter g after the generation means Graviton. */
const graviton = /^(a1|[a-z]+\d+g[a-z0-9-]*|mac(2|-m)[a-z0-9-]*)\./;
/** Families that run paravirtual images, too. */
const paravirtual = /^(t1|m1|m2|m3|c1|c3|hi1|hs1)\./;
const oneThread = /^(t2|m1|c1|t1)\./;
const burstableMemory: Readonly<Record<string, number>> = { nano: 512, micro: 1024, small: 2048, medium: 4096 };
const memoryPerVcpu: Readonly<Record<string, number>> = { c: 2048, r: 8192, x: 16384, u: 16384, z: 8192 };

/** The types in the response of a list without names. */
const listed = [
  ...['t2', 't3', 't3a', 't4g'].flatMap(family => ['nano', 'micro', 'small', 'medium', 'large', 'xlarge'].map(size => `${family}.${size}`)),
  'm5.large', 'm5.xlarge',
  ...['m6g', 'm7g'].flatMap(family => ['medium', 'large', 'xlarge'].map(size => `${family}.${size}`)),
  'm7i.large', 'm7i.xlarge', 'c7i.large',
];

/** Describes an instance type. Values follow from its family and size. */
export function instanceType(name: string): InstanceType {
  if (!existing.has(name)) {
    throw new AwsError('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
  }
  const arm = graviton.test(name);
  const nitro = !xen.test(name);
  const vcpus = vcpusOf(name);
  const threads = arm || oneThread.test(name) || vcpus === 1 ? 1 : 2;
  const virtualization = paravirtual.test(name) ? ['hvm', 'paravirtual'] as const : ['hvm'] as const;
  return { name, architecture: arm ? 'arm64' : 'x86_64', nitro, nitroTpm: nitro, virtualization, vcpus, threads, memory: memoryOf(name, vcpus) };
}

/** 16 for `4xlarge`, 96 for `metal-24xl`. */
function vcpusOf(name: string): number {
  const [, size, times, metal] = /\.((\d*)xlarge|metal-(\d+)xl|\w+)$/.exec(name)!;
  if (metal !== undefined || times !== undefined) {
    return 4 * Number(metal ?? (times || 1));
  }
  const burstable = name.startsWith('t');
  return size === 'metal' ? 96 : size === 'medium' && !burstable ? 1 : 2;
}

function memoryOf(name: string, vcpus: number): number {
  const [, size] = name.split('.');
  return (name.startsWith('t') ? burstableMemory[size] : undefined) ?? vcpus * (memoryPerVcpu[name[0]] ?? 4096);
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
    const unknown = (input.InstanceTypes ?? []).filter(name => !existing.has(name));
    if (unknown.length > 0) {
      throw new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
    }
    // a filter finds all types, an unfiltered list has only some
    const all = input.Filters?.some(({ Name }) => Name === 'instance-type') ? [...existing] : listed;
    const wanted = (input.InstanceTypes?.length ? input.InstanceTypes : all).map(instanceType);
    const { items, NextToken } = page(filtered(wanted.map(described), input.Filters, fields, () => []), input, 5, 100);
    return { InstanceTypes: items, NextToken };
  },
  DescribeInstanceTypeOfferings: (ec2, call) => {
    const input = call.input as DescribeInstanceTypeOfferingsRequest;
    ec2.permissions.require(call);
    const LocationType = input.LocationType ?? 'region';
    const locations = LocationType === 'region' ? [call.region] : ec2.state.networks.zonesOf(call.region);
    const asked = (input.Filters ?? []).filter(({ Name }) => Name === 'instance-type').flatMap(({ Values }) => Values ?? []);
    const names = [...new Set([...listed, ...asked.filter(name => existing.has(name))])];
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
    SupportedVirtualizationTypes: [...type.virtualization],
    NetworkInfo: { EnaSupport: type.nitro ? 'required' : 'unsupported' },
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
