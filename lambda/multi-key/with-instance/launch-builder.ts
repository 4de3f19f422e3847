import { BlockDeviceMapping, DescribeSubnetsCommand, Instance, RunInstancesCommand, RunInstancesCommandInput, VolumeType } from '@aws-sdk/client-ec2';
import { selectBuilderInstanceTypes } from './builder-instance-types';
import { explainNoOptionLeft, explainRefusedLaunch, isAboutMetadata, isAboutSpot, isAboutTypeOrPlace } from './launch-refusals';
import {
  launchAttempt, launchedOnDemand, launchOption, launchRefusedYet, noFreeAddresses, noInstanceReturned, subnetsNotFound, terminationReasonNotShown,
} from './messages';
import { launchClientToken, LaunchOption } from './own-builders';
import { spotMarketOptions } from './spot-requests';
import { BuilderCapacityType, REQUEST_TAG } from '../../../src/contract';
import { tagSpecifications } from '../../ami/tag-specifications';
import { tagsOf } from '../../ami/update-in-place';
import { AwsClients } from '../../aws/clients';
import { AwsErrorDetails, awsErrorDetails, hasErrorCode, isTransient } from '../../aws/error-codes';
import { DeploymentError, NotReady } from '../../outcomes';
import { rememberInstance } from '../../request/memory';
import { isKeptEmpty, MultiKeyRequest, Plan } from '../device-plan';
import { CheckedBuild } from '../preflight-build';

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
  const options = listLaunchOptions(request, types, subnets)
    .filter(option => refused[nameOf(option)] === undefined)
    // by the token, because EC2 does not report the subnet of a terminated instance
    .filter(option => !failed.some(({ ClientToken }) => ClientToken === launchClientToken(request, option)));
  await request.throwIfCanceled();
  for (const option of options.slice(0, MAX_ATTEMPTS)) {
    const { instance, refusal } = await tryLaunch(aws, request, plan, option);
    if (instance) {
      warnIfOnDemand(request, option);
      return instance;
    }
    refused[nameOf(option)] = refusal.code;
    request.memory.refusedPlaces = refused;
    request.memory.lastRefusal = refusal;
  }
  if (options.length > MAX_ATTEMPTS) {
    throw new NotReady(launchRefusedYet({ options: Object.keys(refused) }), true);
  }
  throw explainNoOptionLeft(request, [
    ...failed.map(({ InstanceType: type, InstanceLifecycle, Placement, StateReason }) => launchAttempt({
      option: launchOption({ type, place: Placement?.AvailabilityZone, isSpot: InstanceLifecycle === 'spot' }), code: StateReason?.Code,
    })),
    ...Object.entries(refused).map(([option, code]) => launchAttempt({ option, code })),
  ], types);
}

/** Every type and place for a Spot Instance comes first, because On-Demand Instances cost more. */
function listLaunchOptions({ properties }: MultiKeyRequest, types: readonly string[], subnets: readonly (string | undefined)[]): LaunchOption[] {
  const options = types.flatMap(type => subnets.map((subnetId): LaunchOption => ({ type, subnetId })));
  return properties.CapacityType === BuilderCapacityType.SPOT ? [...options.map(option => ({ ...option, isSpot: true })), ...options] : options;
}

function warnIfOnDemand({ properties, memory }: MultiKeyRequest, { type, isSpot }: LaunchOption): void {
  if (properties.CapacityType === BuilderCapacityType.SPOT && !isSpot) {
    memory.warnings = [...memory.warnings ?? [], launchedOnDemand({ type })];
  }
}

type LaunchResult =
  | { readonly instance: Instance; readonly refusal?: undefined }
  | { readonly instance?: undefined; readonly refusal: AwsErrorDetails };

/** Returns the instance, or EC2's refusal if it is about the type or the place. */
async function tryLaunch(aws: AwsClients, request: MultiKeyRequest, plan: Plan, option: LaunchOption): Promise<LaunchResult> {
  try {
    // the SDK retries all errors with status 500, among them "InsufficientInstanceCapacity"
    const { Instances } = await aws.withoutRetries().ec2.send(new RunInstancesCommand(launchInput(request, plan, option)));
    if (Instances?.[0]?.InstanceId) {
      rememberInstance(request.memory, Instances[0].InstanceId);
      return { instance: Instances[0] };
    }
  } catch (error) {
    if (isAboutMetadata(error) && !hasMetadata(request)) {
      request.memory.metadataEnabled = true;
      return tryLaunch(aws, request, plan, option);
    }
    // before `isTransient`, because of its status 500
    if (isAboutTypeOrPlace(error) || option.isSpot && isAboutSpot(error)) {
      return { refusal: awsErrorDetails(error) };
    }
    // the launch has already failed, and the instance has the reason as soon as EC2 shows it
    if (hasErrorCode(error, ['IdempotentInstanceTerminated'])) {
      throw new NotReady(terminationReasonNotShown(option), true);
    }
    throw isTransient(error) ? error : explainRefusedLaunch(request, option.type, error);
  }
  throw new NotReady(noInstanceReturned());
}

/** The key of an option in the memory, and its name in messages. */
function nameOf({ type, subnetId, isSpot }: LaunchOption): string {
  return launchOption({ type, place: subnetId, isSpot });
}

/** An instance reads its user data from the metadata; without user data it needs none, unless EC2 does not take both options at once. */
function hasMetadata({ properties, memory }: MultiKeyRequest): boolean {
  return properties.UserData !== undefined || memory.metadataEnabled === true;
}

function launchInput(request: MultiKeyRequest, plan: Plan, { type, subnetId, isSpot }: LaunchOption): RunInstancesCommandInput {
  const { properties } = request;
  const tags = tagsOf(request);
  return {
    ImageId: properties.SourceImageId,
    InstanceType: type as RunInstancesCommandInput['InstanceType'],
    MinCount: 1,
    MaxCount: 1,
    ClientToken: launchClientToken(request, { type, subnetId, isSpot }),
    BlockDeviceMappings: mappings(plan),
    NetworkInterfaces: [{
      DeviceIndex: 0,
      SubnetId: subnetId,
      Groups: [...properties.SecurityGroupIds ?? []],
      AssociatePublicIpAddress: properties.AssociatePublicIpAddress,
      DeleteOnTermination: true,
    }],
    // the request of a Spot Instance decides that
    ...isSpot ? { InstanceMarketOptions: spotMarketOptions(request) } : { InstanceInitiatedShutdownBehavior: 'stop' },
    // accounts can refuse a launch that does not require tokens
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: hasMetadata(request) ? 'enabled' : 'disabled' },
    UserData: properties.UserData,
    TagSpecifications: [
      ...tagSpecifications([...tags, { Key: REQUEST_TAG, Value: request.requestId }], 'instance'), ...tagSpecifications(tags, 'volume', 'network-interface', ...isSpot ? ['spot-instances-request' as const] : []),
    ],
  };
}

/** A mapping changes only what it contains. The volumes of the builder instance are always deleted with it, whatever the AMI has. */
function mappings({ devices, dropped }: Plan): BlockDeviceMapping[] {
  return [
    ...devices.filter(device => !device.volume && !isKeptEmpty(device)).map(({ name, keyArn, changes }) => ({
      DeviceName: name,
      Ebs: {
        DeleteOnTermination: true,
        ...keyArn ? { Encrypted: true, KmsKeyId: keyArn } : {},
        VolumeSize: changes?.SizeGibibytes,
        VolumeType: changes?.VolumeType as VolumeType | undefined,
        Iops: changes?.Iops,
        Throughput: changes?.Throughput,
      },
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
