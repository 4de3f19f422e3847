import { BlockDeviceMapping, DescribeSubnetsCommand, Instance, RunInstancesCommand, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { selectBuilderInstanceTypes } from './builder-instance-types';
import { MultiKeyRequest, Plan } from './device-plan';
import { launchClientToken, LaunchOption } from './own-builders';
import { CheckedBuild } from './preflight-build';
import { REQUEST_TAG } from '../../src/contract';
import { tagsOf } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, isTransient, ACCESS_DENIED_CODES } from '../aws/error-codes';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';
import { rememberInstance } from '../request/memory';

/** There is no room for this type in this place now; there may be for another, or elsewhere. */
const NO_CAPACITY_CODES = [
  'InsufficientInstanceCapacity', 'InsufficientHostCapacity', 'InsufficientCapacity', 'Unsupported', 'InsufficientFreeAddressesInSubnet', 'InstanceTypeNotSupported',
];

/** Within one step. */
const MAX_ATTEMPTS = 4;

/** Launches the builder: the first type that has room in the first subnet that has. */
export async function launchBuilder(
  aws: AwsClients, request: MultiKeyRequest, { source, plan }: CheckedBuild, failed: readonly Instance[],
): Promise<Instance> {
  const types = await selectBuilderInstanceTypes(aws, source.image, request.properties.InstanceTypes, plan.devices.length);
  const subnets = await subnetsWithFreeAddresses(aws, request.properties.SubnetIds);
  const refused = new Map(Object.entries(request.memory.refusedPlaces ?? {}));
  const candidates = types.flatMap(type => subnets.map((subnetId): LaunchOption => ({ type, subnetId })))
    .filter(candidate => !refused.has(nameOf(candidate)))
    // by the token, because a terminated instance does not say any more which subnet it was in
    .filter(candidate => !failed.some(({ ClientToken }) => ClientToken === launchClientToken(request, candidate)));
  await request.throwIfCanceled();
  for (const candidate of candidates.slice(0, MAX_ATTEMPTS)) {
    try {
      // the SDK tries again what EC2 answers with the status 500, "InsufficientInstanceCapacity" too
      const { Instances } = await aws.withoutRetries().ec2.send(new RunInstancesCommand(launchInput(request, plan, candidate)));
      if (Instances?.[0]?.InstanceId) {
        rememberInstance(request.memory, Instances[0].InstanceId);
        return Instances[0];
      }
      throw new NotReady('EC2 did not say which instance it launches');
    } catch (error) {
      // before anything else: EC2 answers this with the status of a fault of its own
      if (!hasErrorCode(error, NO_CAPACITY_CODES)) {
        // it has ended already, and why shows as soon as the instance does
        if (hasErrorCode(error, ['IdempotentInstanceTerminated'])) {
          throw new NotReady(`EC2 does not show yet why the ${candidate.type} has ended`, true);
        }
        throw isTransient(error) ? error : explainRefusedLaunch(request, candidate, error);
      }
      refused.set(nameOf(candidate), awsErrorDetails(error).code);
      request.memory.refusedPlaces = Object.fromEntries(refused);
    }
  }
  if (candidates.length > MAX_ATTEMPTS) {
    throw new NotReady(`EC2 has no capacity for the builder in ${[...refused.keys()].join(', ')}; others are tried`, true);
  }
  const attempts = [...failed.map(one => `${one.InstanceType} in ${one.Placement?.AvailabilityZone} (${one.StateReason?.Code})`), ...[...refused].map(([place, code]) => `${place} (${code})`)];
  throw new DeploymentError(`no builder could be launched, because there is no room anywhere: ${attempts.join(', ')}: pass other instanceTypes or vpcSubnets, or deploy again later`);
}

function nameOf({ type, subnetId }: LaunchOption): string {
  return subnetId ? `${type} in ${subnetId}` : type;
}

/** Whether an instance ended at launch for want of room, which EC2 can also find out late. */
export function endedForLackOfCapacity({ StateReason }: Instance): boolean {
  return /Insufficient(Instance|Host)?Capacity/.test(`${StateReason?.Code} ${StateReason?.Message}`);
}

function launchInput(request: MultiKeyRequest, plan: Plan, { type, subnetId }: LaunchOption): RunInstancesCommandInput {
  const { properties } = request;
  const tags = tagsOf(request);
  return {
    ImageId: properties.SourceImageId,
    InstanceType: type as RunInstancesCommandInput['InstanceType'],
    MinCount: 1,
    MaxCount: 1,
    ClientToken: launchClientToken(request, { type, subnetId }),
    BlockDeviceMappings: mappings(plan),
    NetworkInterfaces: [{
      DeviceIndex: 0,
      SubnetId: subnetId,
      Groups: [...properties.SecurityGroupIds ?? []],
      AssociatePublicIpAddress: properties.AssociatePublicIpAddress,
      DeleteOnTermination: true,
    }],
    InstanceInitiatedShutdownBehavior: 'stop',
    // user data reaches an instance through its metadata; without any, it needs none
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: properties.UserData ? 'enabled' : 'disabled' },
    UserData: properties.UserData,
    TagSpecifications: [
      { ResourceType: 'instance', Tags: [...tags, { Key: REQUEST_TAG, Value: request.requestId }] }, { ResourceType: 'volume', Tags: tags }, { ResourceType: 'network-interface', Tags: tags },
    ],
  };
}

/** A mapping changes what it names and leaves the rest as the image has it. The builder's volumes go with it, whatever the image's users get. */
function mappings({ devices, dropped }: Plan): BlockDeviceMapping[] {
  return [
    ...devices.filter(({ source }) => source).map(({ name, keyArn }) => ({
      DeviceName: name, Ebs: { DeleteOnTermination: true, ...keyArn ? { Encrypted: true, KmsKeyId: keyArn } : {} },
    })),
    ...dropped.map(name => ({ DeviceName: name, NoDevice: '' })),
  ];
}

async function subnetsWithFreeAddresses(aws: AwsClients, subnetIds: readonly string[] | undefined): Promise<(string | undefined)[]> {
  if (!subnetIds) {
    return [undefined];
  }
  try {
    const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...subnetIds] }));
    const withFreeAddresses = subnetIds.filter(id => Subnets.some(subnet => subnet.SubnetId === id && (subnet.AvailableIpAddressCount ?? 1) > 0));
    if (withFreeAddresses.length === 0) {
      throw new DeploymentError(`none of the subnets ${subnetIds.join(', ')} has a free address for the builder: pass vpcSubnets with room`);
    }
    return withFreeAddresses;
  } catch (error) {
    throw hasErrorCode(error, ['InvalidSubnetID.NotFound'])
      ? new DeploymentError(`the builder cannot run in the subnets ${subnetIds.join(', ')}: ${awsErrorDetails(error).message}; pass vpcSubnets that exist`) : error;
  }
}

function explainRefusedLaunch(request: MultiKeyRequest, { type }: LaunchOption, error: unknown): DeploymentError {
  const { code, message } = awsErrorDetails(error);
  const source = request.properties.SourceImageId;
  const said = `(EC2 said ${code}: ${message})`;
  switch (code) {
    case 'VPCIdNotSpecified':
    case 'MissingInput':
      return new DeploymentError(`the builder has no place to run, because the account has no default VPC, or no subnet in it: pass a vpc ${said}`);
    case 'OptInRequired':
      return new DeploymentError(`the source image ${source} is of the AWS Marketplace, and this account has not subscribed to it: subscribe, and deploy again ${said}`);
    case 'InstanceLimitExceeded':
    case 'VcpuLimitExceeded':
    case 'VolumeLimitExceeded':
    case 'MaxSpotInstanceCountExceeded':
      return new DeploymentError(`the builder does not fit into the quotas of the account: ask for more, or end what is not needed ${said}`);
    case 'InvalidAMIID.NotFound':
    case 'InvalidAMIID.Unavailable':
      return new DeploymentError(`the source image ${source} is not there any more, or not shared any more: use an image that exists ${said}`);
    default:
      return hasErrorCode(error, ACCESS_DENIED_CODES)
        ? new AccessDeniedError(`the handler may not launch a builder from ${source}: a service control policy or a permissions boundary may deny what its role allows ${said}`)
        : new DeploymentError(`EC2 does not launch a ${type} from ${source}: pass other instanceTypes, or another source ${said}`);
  }
}
