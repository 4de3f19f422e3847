import { Image, InstanceTypeInfo, InstanceTypeItem, paginateDescribeInstanceTypes } from '@aws-sdk/client-ec2';
import {
  noDefaultInstanceType, noSuitableInstanceType, typeExcludedByImage, typeForFewerVolumes, typeNotInRegion, typeOfOtherArchitecture,
  typeOfOtherVirtualization, typeRequiresEna, typeWithoutLegacyBios, typeWithoutNitroTpm, typeWithoutUefi,
} from './messages';
import { AwsClients } from '../../aws/clients';
import { DeploymentError } from '../../outcomes';

/**
 * Small types that most Regions have, in the order in which they are tried; the last two run images without ENA. Windows does not start in less than
 * 4 GiB.
 */
const DEFAULTS: Record<string, { readonly linux: string[]; readonly windows: string[] }> = {
  x86_64: {
    linux: ['t3.small', 't3a.small', 't3.medium', 'm7i.large', 'm5.large', 't2.small', 'm4.large'],
    windows: ['t3.medium', 't3a.medium', 't3.large', 'm7i.large', 'm5.large', 't2.medium', 'm4.large'],
  },
  arm64: { linux: ['t4g.small', 't4g.medium', 'm7g.medium', 'm6g.medium'], windows: [] },
};

/** The limit of Nitro instances, where EC2 reports none: 28 attachments, of which the network interface is one. */
const DEFAULT_MAX_ATTACHMENTS = 27;

/** The types that can run the builder instance, in the order in which they are tried. */
export async function selectBuilderInstanceTypes(
  aws: AwsClients, image: Image, wanted: readonly string[] | undefined, volumes: number,
): Promise<string[]> {
  // "Windows" in the SDK's types, "windows" in EC2's responses
  const system = image.Platform?.toLowerCase() === 'windows' ? 'windows' : 'linux';
  const candidates = wanted ?? DEFAULTS[image.Architecture!]?.[system] ?? [];
  if (candidates.length === 0) {
    throw new DeploymentError(noDefaultInstanceType({ architecture: image.Architecture }));
  }
  // by filter, because the ID of a type that the Region does not have is an error, "The following supplied instance types do not exist"
  const types = await listInstanceTypes(aws, candidates);
  const reasons = candidates.map(name => {
    const type = types.find(({ InstanceType }) => InstanceType === name);
    return { name, reason: type ? incompatibility(type, image, volumes) : typeNotInRegion({ region: aws.region }) };
  });
  const fitting = reasons.filter(({ reason }) => reason === undefined).map(({ name }) => name);
  if (fitting.length === 0) {
    throw new DeploymentError(noSuitableInstanceType({ imageId: image.ImageId, reasons }));
  }
  return fitting;
}

async function listInstanceTypes(aws: AwsClients, names: readonly string[]): Promise<InstanceTypeInfo[]> {
  const types: InstanceTypeInfo[] = [];
  const input = { Filters: [{ Name: 'instance-type', Values: [...names] }] };
  for await (const page of paginateDescribeInstanceTypes({ client: aws.ec2, pageSize: 100 }, input)) {
    types.push(...page.InstanceTypes ?? []);
  }
  return types;
}

function incompatibility(type: InstanceTypeInfo, image: Image, volumes: number): string | undefined {
  const { ProcessorInfo, SupportedBootModes, SupportedVirtualizationTypes, NetworkInfo, NitroTpmSupport, EbsInfo } = type;
  if (isExcluded(type.InstanceType!, image)) {
    return typeExcludedByImage();
  }
  if (!ProcessorInfo?.SupportedArchitectures?.some(architecture => architecture === image.Architecture)) {
    return typeOfOtherArchitecture({ architecture: image.Architecture });
  }
  if (image.BootMode === 'uefi' && SupportedBootModes && !SupportedBootModes.includes('uefi')) {
    return typeWithoutUefi();
  }
  if (image.BootMode === 'legacy-bios' && SupportedBootModes && !SupportedBootModes.includes('legacy-bios')) {
    return typeWithoutLegacyBios();
  }
  if (image.VirtualizationType && SupportedVirtualizationTypes && !SupportedVirtualizationTypes.includes(image.VirtualizationType)) {
    return typeOfOtherVirtualization({ virtualization: image.VirtualizationType });
  }
  if (!image.EnaSupport && NetworkInfo?.EnaSupport === 'required') {
    return typeRequiresEna();
  }
  if (image.TpmSupport && NitroTpmSupport === 'unsupported') {
    return typeWithoutNitroTpm();
  }
  const most = EbsInfo?.MaximumEbsAttachments ?? DEFAULT_MAX_ATTACHMENTS;
  return volumes > most ? typeForFewerVolumes({ most, volumes }) : undefined;
}

/** The image lists types and patterns such as `t3.*`; "This AMI does not support the specified instance type" is EC2's answer to others. */
function isExcluded(type: string, { InstanceTypeSpecification }: Image): boolean {
  const { SupportedInstanceTypes = [], UnsupportedInstanceTypes = [] } = InstanceTypeSpecification ?? {};
  const includes = (patterns: readonly InstanceTypeItem[]) => patterns.some(({ InstanceType = '' }) =>
    new RegExp(`^${InstanceType.split('*').map(part => part.replace(/[^\w-]/g, '\\$&')).join('.*')}$`).test(type));
  return includes(UnsupportedInstanceTypes) || SupportedInstanceTypes.length > 0 && !includes(SupportedInstanceTypes);
}
