import { BlockDeviceMapping, DescribeSubnetsCommand, Instance, RunInstancesCommand, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { selectBuilderInstanceTypes } from './builder-instance-types';
import {
  launchAttempt, launchNeedsSnapshots, launchOption, launchRefused, noCapacity, noCapacityYet, noDefaultVpc, noFreeAddresses,
  noInstanceReturned, notSubscribed,
  quotaExceeded, subnetsNotFound, terminationReasonNotShown,
} from './messages';
import { launchClientToken, LaunchOption } from './own-builders';
import { REQUEST_TAG } from '../../../src/contract';
import { explainRefusedCall } from '../../ami/explain-refused-call';
import { sourceImageGone } from '../../ami/messages';
import { tagSpecifications } from '../../ami/tag-specifications';
import { tagsOf } from '../../ami/update-in-place';
import { AwsClients } from '../../aws/clients';
import { awsErrorDetails, hasErrorCode, isTransient } from '../../aws/error-codes';
import { DeploymentError, NotReady } from '../../outcomes';
import { rememberInstance } from '../../request/memory';
import { isKeptEmpty, MultiKeyRequest, Plan } from '../device-plan';
import { CheckedBuild } from '../preflight-build';

/** EC2 has no capacity for this type in this subnet now, but can have it for another type, or in another subnet. */
const NO_CAPACITY_CODES = [
  'InsufficientInstanceCapacity', 'InsufficientHostCapacity', 'InsufficientCapacity', 'Unsupported', 'InsufficientFreeAddressesInSubnet', 'InstanceTypeNotSupported',
];

/** Within one step. */
const MAX_ATTEMPTS = 4;

/** Launches the builder instance with the first instance type and subnet for which EC2 has capacity. */
export async function launchBuilder(
  aws: AwsClients, request: MultiKeyRequest, { source, plan }: CheckedBuild, failed: readonly Instance[],
): Promise<Instance> {
  const volumes = plan.devices.filter(device => !isKeptEmpty(device)).length;
  const types = await selectBuilderInstanceTypes(aws, source.image, request.properties.InstanceTypes, volumes);
  const subnets = await subnetsWithFreeAddresses(aws, request.properties.SubnetIds);
  const refused = request.memory.refusedPlaces ?? {};
  const options = types.flatMap(type => subnets.map((subnetId): LaunchOption => ({ type, subnetId })))
    .filter(option => refused[nameOf(option)] === undefined)
    // by the token, because EC2 does not report the subnet of a terminated instance
    .filter(option => !failed.some(({ ClientToken }) => ClientToken === launchClientToken(request, option)));
  await request.throwIfCanceled();
  for (const option of options.slice(0, MAX_ATTEMPTS)) {
    const { instance, refusalCode } = await tryLaunch(aws, request, plan, option);
    if (instance) {
      return instance;
    }
    refused[nameOf(option)] = refusalCode;
    request.memory.refusedPlaces = refused;
  }
  if (options.length > MAX_ATTEMPTS) {
    throw new NotReady(noCapacityYet({ options: Object.keys(refused) }), true);
  }
  throw new DeploymentError(noCapacity({
    attempts: [
      ...failed.map(({ InstanceType: type, Placement, StateReason }) => launchAttempt({
        option: launchOption({ type, place: Placement?.AvailabilityZone }), code: StateReason?.Code,
      })),
      ...Object.entries(refused).map(([option, code]) => launchAttempt({ option, code })),
    ],
  }));
}

type LaunchResult =
  | { readonly instance: Instance; readonly refusalCode?: undefined }
  | { readonly instance?: undefined; readonly refusalCode: string };

/** Returns the instance, or the error code with which EC2 reports that it has no capacity. */
async function tryLaunch(aws: AwsClients, request: MultiKeyRequest, plan: Plan, option: LaunchOption): Promise<LaunchResult> {
  try {
    // the SDK retries all errors with status 500, among them "InsufficientInstanceCapacity"
    const { Instances } = await aws.withoutRetries().ec2.send(new RunInstancesCommand(launchInput(request, plan, option)));
    if (Instances?.[0]?.InstanceId) {
      rememberInstance(request.memory, Instances[0].InstanceId);
      return { instance: Instances[0] };
    }
  } catch (error) {
    // before `isTransient`, because of its status 500
    if (hasErrorCode(error, NO_CAPACITY_CODES)) {
      return { refusalCode: awsErrorDetails(error).code };
    }
    // the launch has already failed, and the instance has the reason as soon as EC2 shows it
    if (hasErrorCode(error, ['IdempotentInstanceTerminated'])) {
      throw new NotReady(terminationReasonNotShown(option), true);
    }
    throw isTransient(error) ? error : explainRefusedLaunch(request, option, error);
  }
  throw new NotReady(noInstanceReturned());
}

/** The key of an option in the memory, and its name in messages. */
function nameOf({ type, subnetId }: LaunchOption): string {
  return launchOption({ type, place: subnetId });
}

/** Whether an instance was terminated during launch because EC2 had no capacity, which EC2 can also report late. */
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
    // an instance reads its user data from the metadata; without user data it needs no metadata
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: properties.UserData ? 'enabled' : 'disabled' },
    UserData: properties.UserData,
    TagSpecifications: [
      ...tagSpecifications([...tags, { Key: REQUEST_TAG, Value: request.requestId }], 'instance'), ...tagSpecifications(tags, 'volume', 'network-interface'),
    ],
  };
}

/** A mapping changes only what it contains. The volumes of the builder instance are always deleted with it, whatever the AMI has. */
function mappings({ devices, dropped }: Plan): BlockDeviceMapping[] {
  return [
    ...devices.filter(device => !device.volume && !isKeptEmpty(device)).map(({ name, keyArn }) => ({
      DeviceName: name, Ebs: { DeleteOnTermination: true, ...keyArn ? { Encrypted: true, KmsKeyId: keyArn } : {} },
    })),
    // of a volume of the builder, CreateImage would make a snapshot
    ...[...devices.filter(isKeptEmpty).map(({ name }) => name), ...dropped].map(name => ({ DeviceName: name, NoDevice: '' })),
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
      throw new DeploymentError(noFreeAddresses({ subnetIds }));
    }
    return withFreeAddresses;
  } catch (error) {
    throw hasErrorCode(error, ['InvalidSubnetID.NotFound']) ? new DeploymentError(subnetsNotFound({ subnetIds }, error)) : error;
  }
}

function explainRefusedLaunch(request: MultiKeyRequest, { type }: LaunchOption, error: unknown): DeploymentError {
  const sourceId = request.properties.SourceImageId;
  switch (awsErrorDetails(error).code) {
    case 'VPCIdNotSpecified':
    case 'MissingInput':
      return new DeploymentError(noDefaultVpc(error));
    case 'OptInRequired':
      return new DeploymentError(notSubscribed({ sourceId }, error));
    case 'InstanceLimitExceeded':
    case 'VcpuLimitExceeded':
    case 'VolumeLimitExceeded':
    case 'MaxSpotInstanceCountExceeded':
      return new DeploymentError(quotaExceeded(error));
    case 'InvalidAMIID.NotFound':
    case 'InvalidAMIID.Unavailable':
      return new DeploymentError(sourceImageGone({ imageId: sourceId }, error));
    case 'InvalidRequest':
      // "You do not have permission to access the storage of this ami"
      if (/storage of this ami/i.test(awsErrorDetails(error).message)) {
        return new DeploymentError(launchNeedsSnapshots({ sourceId, account: request.account }, error));
      }
      return new DeploymentError(launchRefused({ type, sourceId }, error));
    default:
      return explainRefusedCall(`launch a builder instance from the source image ${sourceId}`, error)
        ?? new DeploymentError(launchRefused({ type, sourceId }, error));
  }
}
