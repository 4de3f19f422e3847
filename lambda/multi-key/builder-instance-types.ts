import { DescribeInstanceTypesCommand, Image, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { AwsClients } from '../aws/clients';
import { DeploymentError } from '../outcomes';

/** Small types that there are in most Regions, the first that fits first. Windows does not start in less than 4 GiB. */
const DEFAULTS: Record<string, { readonly linux: string[]; readonly windows: string[] }> = {
  x86_64: { linux: ['t3.small', 't3a.small', 't3.medium', 'm7i.large', 'm5.large'], windows: ['t3.medium', 't3a.medium', 't3.large', 'm7i.large', 'm5.large'] },
  arm64: { linux: ['t4g.small', 't4g.medium', 'm7g.medium', 'm6g.medium'], windows: [] },
};

/** What Nitro instances can attach where EC2 does not say: 28, and the network interface is one of them. */
const DEFAULT_MAX_ATTACHMENTS = 27;

/** The types that a builder of the image may have, in the order in which they are tried. */
export async function selectBuilderInstanceTypes(
  aws: AwsClients, image: Image, wanted: readonly string[] | undefined, volumes: number,
): Promise<string[]> {
  // the SDK's type says "Windows", and EC2 "windows"
  const system = image.Platform?.toLowerCase() === 'windows' ? 'windows' : 'linux';
  const candidates = wanted ?? DEFAULTS[image.Architecture ?? '']?.[system] ?? [];
  if (candidates.length === 0) {
    throw new DeploymentError(`there is no default type for a builder of the architecture ${image.Architecture}: pass instanceTypes`);
  }
  // by filter, because naming a type that the Region does not have is an error, "The following supplied instance types do not exist"
  const { InstanceTypes = [] } = await aws.ec2.send(new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: [...candidates] }] }));
  const reasons = candidates.map(name => {
    const type = InstanceTypes.find(({ InstanceType }) => InstanceType === name);
    return { name, reason: type ? incompatibility(type, image, volumes) : `does not exist in ${aws.region}` };
  });
  const fitting = reasons.filter(({ reason }) => reason === undefined).map(({ name }) => name);
  if (fitting.length === 0) {
    throw new DeploymentError(
      `no builder of ${image.ImageId} can be launched: ${reasons.map(({ name, reason }) => `${name} ${reason}`).join(', ')}: pass other instanceTypes`,
    );
  }
  return fitting;
}

function incompatibility(type: InstanceTypeInfo, image: Image, volumes: number): string | undefined {
  const { ProcessorInfo, SupportedBootModes, NitroTpmSupport, EbsInfo } = type;
  if (!ProcessorInfo?.SupportedArchitectures?.some(architecture => architecture === image.Architecture)) {
    return `is not ${image.Architecture}`;
  }
  if (image.BootMode === 'uefi' && SupportedBootModes && !SupportedBootModes.includes('uefi')) {
    return 'does not boot with UEFI';
  }
  if (image.TpmSupport && NitroTpmSupport === 'unsupported') {
    return 'has no NitroTPM';
  }
  const most = EbsInfo?.MaximumEbsAttachments ?? DEFAULT_MAX_ATTACHMENTS;
  return volumes > most ? `takes ${most} volumes, not ${volumes}` : undefined;
}
