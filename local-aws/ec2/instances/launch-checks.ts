import { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { instanceType } from './instance-types';
import { LaunchDevice } from './launch-devices';
import { AwsError, Call } from '../../aws-call';
import { canReadSnapshot } from '../images/image-access';
import { Ec2Context } from '../state/ec2-context';
import { Image, InstanceTypePatterns } from '../state/records';

/** Checks the metadata options, which the account can restrict. */
export function checkMetadataOptions({ settings, switches }: Ec2Context, { MetadataOptions = {} }: RunInstancesRequest, image: Image): void {
  const { HttpEndpoint, HttpTokens } = MetadataOptions;
  if (HttpEndpoint === 'disabled' && HttpTokens !== undefined && switches.tokensOfDisabledMetadata === 'refused') {
    throw new AwsError('InvalidParameterCombination', 'The parameter HttpTokens is not allowed unless HttpEndpoint is enabled.');
  }
  if (settings.limits.httpTokensEnforced && (HttpTokens ?? (image.imdsSupport === 'v2.0' ? 'required' : 'optional')) !== 'required') {
    throw new AwsError('UnsupportedOperation', "You can't launch instances with IMDSv1 because httpTokensEnforced is enabled for this account.");
  }
}

export function checkStorageAccess({ switches }: Ec2Context, call: Call, devices: readonly LaunchDevice[]): void {
  const hidden = devices.some(({ snapshot, kmsKeyId }) => snapshot && kmsKeyId !== undefined && !canReadSnapshot(call.principal.account, snapshot));
  if (hidden && switches.launchWithKeyReadsSnapshots) {
    throw new AwsError('InvalidRequest', 'You do not have permission to access the storage of this ami');
  }
}

export function checkType(input: RunInstancesRequest, image: Image): void {
  const type = instanceType(input.InstanceType ?? 'm1.small');
  const { architecture, rootDeviceType, virtualizationType, enaSupport, instanceTypes, tpmSupport, bootMode } = image.attributes;
  if (architecture !== type.architecture) {
    throw new AwsError(
      'InvalidParameterValue',
      `The architecture '${type.architecture}' of the specified instance type does not match the architecture '${architecture}' of the specified AMI. ` +
      'Specify an instance type and an AMI that have matching architectures, and try again. ' +
      "You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.",
    );
  }
  if (rootDeviceType !== 'ebs') {
    throw new AwsError('InvalidParameterCombination', `The instance type ${type.name} does not support images with an instance store root device.`);
  }
  if (!type.virtualization.includes(virtualizationType)) {
    throw new AwsError(
      'InvalidParameterCombination',
      `Virtualization type 'hvm' is required for instances of type '${type.name}'. Ensure that you are using an AMI with virtualization type 'hvm'.`,
    );
  }
  if (type.nitro && !enaSupport) {
    throw new AwsError(
      'InvalidParameterCombination',
      `Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${type.name}' instance type. ` +
      'Ensure that you are using an AMI that is enabled for ENA.',
    );
  }
  if (!isSupported(type.name, instanceTypes)) {
    throw new AwsError('InvalidParameterCombination', 'This AMI does not support the specified instance type.');
  }
  if (!type.nitro && (bootMode === 'uefi' || tpmSupport)) {
    throw new AwsError('InvalidParameterCombination', `The instance type ${type.name} does not support the boot mode 'uefi'.`);
  }
}

function isSupported(type: string, { supported, unsupported = [] }: InstanceTypePatterns = {}): boolean {
  const matches = (pattern: string) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(type);
  return !unsupported.some(matches) && (supported === undefined || supported.some(matches));
}
