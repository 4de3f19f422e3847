import { BlockDeviceMapping, DescribeSubnetsCommand, Instance, RunInstancesCommand, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { builderTypes } from './builder-instance-types';
import { BuildRequest, Plan } from './device-plan';
import { Checked } from './preflight-build';
import { tagsOf } from '../ami/update-in-place';
import { Aws } from '../aws/clients';
import { answerOf, is, isTransient, NOT_ALLOWED } from '../aws/error-codes';
import { Denied, Failure, NotYet } from '../outcomes';
import { tokenOf } from '../request/physical-id';

/** There is no room for this type in this place now; there may be for another, or elsewhere. */
const NO_ROOM = [
  'InsufficientInstanceCapacity', 'InsufficientHostCapacity', 'InsufficientCapacity', 'Unsupported', 'InsufficientFreeAddressesInSubnet', 'InstanceTypeNotSupported',
];

/** Within one step. */
const MAX_ATTEMPTS = 4;

interface Candidate {
  readonly type: string;
  /** None: EC2 chooses a subnet of the default VPC. */
  readonly subnetId?: string;
}

/** Launches the builder: the first type that has room in the first subnet that has. */
export async function launchBuilder(aws: Aws, request: BuildRequest, { source, plan }: Checked, failed: readonly Instance[]): Promise<Instance> {
  const types = await builderTypes(aws, source.image, request.properties.InstanceTypes, plan.devices.length);
  const subnets = await subnetsWithRoom(aws, request.properties.SubnetIds);
  const refused = new Map(Object.entries(request.memory.refusedPlaces ?? {}));
  const candidates = types.flatMap(type => subnets.map((subnetId): Candidate => ({ type, subnetId })))
    .filter(candidate => !refused.has(nameOf(candidate)))
    // by the token, because a terminated instance does not say any more which subnet it was in
    .filter(candidate => !failed.some(({ ClientToken }) => ClientToken === tokenFor(request, candidate)));
  await request.checkWanted();
  for (const candidate of candidates.slice(0, MAX_ATTEMPTS)) {
    try {
      // the SDK tries again what EC2 answers with the status 500, "InsufficientInstanceCapacity" too
      const { Instances } = await aws.once().ec2.send(new RunInstancesCommand(launchInput(request, plan, candidate)));
      if (Instances?.[0]) {
        return Instances[0];
      }
      throw new NotYet('EC2 did not say which instance it launches');
    } catch (error) {
      // before anything else: EC2 answers this with the status of a fault of its own
      if (!is(error, NO_ROOM)) {
        // it has ended already, and why shows as soon as the instance does
        if (is(error, ['IdempotentInstanceTerminated'])) {
          throw new NotYet(`EC2 does not show yet why the ${candidate.type} has ended`, true);
        }
        throw isTransient(error) ? error : explainRefusedLaunch(request, candidate, error);
      }
      refused.set(nameOf(candidate), answerOf(error).code);
      request.memory.refusedPlaces = Object.fromEntries(refused);
    }
  }
  if (candidates.length > MAX_ATTEMPTS) {
    throw new NotYet(`EC2 has no capacity for the builder in ${[...refused.keys()].join(', ')}; others are tried`, true);
  }
  const tried = [...failed.map(one => `${one.InstanceType} in ${one.Placement?.AvailabilityZone} (${one.StateReason?.Code})`), ...[...refused].map(([place, code]) => `${place} (${code})`)];
  throw new Failure(`no builder could be launched, because there is no room anywhere: ${tried.join(', ')}: pass other instanceTypes or vpcSubnets, or deploy again later`);
}

function nameOf({ type, subnetId }: Candidate): string {
  return subnetId ? `${type} in ${subnetId}` : type;
}

/** Whether an instance ended at launch for want of room, which EC2 can also find out late. */
export function endedForWantOfRoom({ StateReason }: Instance): boolean {
  return /Insufficient(Instance|Host)?Capacity/.test(`${StateReason?.Code} ${StateReason?.Message}`);
}

/** One place, one builder: asking again gives the same one. */
function tokenFor({ owner }: BuildRequest, { type, subnetId }: Candidate): string {
  return tokenOf(owner, 'builder', type, subnetId ?? '');
}

function launchInput(request: BuildRequest, plan: Plan, { type, subnetId }: Candidate): RunInstancesCommandInput {
  const { properties } = request;
  const tags = tagsOf(request);
  return {
    ImageId: properties.SourceImageId,
    InstanceType: type as RunInstancesCommandInput['InstanceType'],
    MinCount: 1,
    MaxCount: 1,
    ClientToken: tokenFor(request, { type, subnetId }),
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
      { ResourceType: 'instance', Tags: tags }, { ResourceType: 'volume', Tags: tags }, { ResourceType: 'network-interface', Tags: tags },
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

async function subnetsWithRoom(aws: Aws, subnetIds: readonly string[] | undefined): Promise<(string | undefined)[]> {
  if (!subnetIds) {
    return [undefined];
  }
  try {
    const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...subnetIds] }));
    const roomy = subnetIds.filter(id => Subnets.some(subnet => subnet.SubnetId === id && (subnet.AvailableIpAddressCount ?? 1) > 0));
    if (roomy.length === 0) {
      throw new Failure(`none of the subnets ${subnetIds.join(', ')} has a free address for the builder: pass vpcSubnets with room`);
    }
    return roomy;
  } catch (error) {
    throw is(error, ['InvalidSubnetID.NotFound'])
      ? new Failure(`the builder cannot run in the subnets ${subnetIds.join(', ')}: ${answerOf(error).message}; pass vpcSubnets that exist`) : error;
  }
}

function explainRefusedLaunch(request: BuildRequest, { type }: Candidate, error: unknown): Failure {
  const { code, message } = answerOf(error);
  const source = request.properties.SourceImageId;
  const said = `(EC2 said ${code}: ${message})`;
  switch (code) {
    case 'VPCIdNotSpecified':
    case 'MissingInput':
      return new Failure(`the builder has no place to run, because the account has no default VPC, or no subnet in it: pass a vpc ${said}`);
    case 'OptInRequired':
      return new Failure(`the source image ${source} is of the AWS Marketplace, and this account has not subscribed to it: subscribe, and deploy again ${said}`);
    case 'InstanceLimitExceeded':
    case 'VcpuLimitExceeded':
    case 'VolumeLimitExceeded':
    case 'MaxSpotInstanceCountExceeded':
      return new Failure(`the builder does not fit into the quotas of the account: ask for more, or end what is not needed ${said}`);
    case 'InvalidAMIID.NotFound':
    case 'InvalidAMIID.Unavailable':
      return new Failure(`the source image ${source} is not there any more, or not shared any more: use an image that exists ${said}`);
    default:
      return is(error, NOT_ALLOWED)
        ? new Denied(`the handler may not launch a builder from ${source}: a service control policy or a permissions boundary may deny what its role allows ${said}`)
        : new Failure(`EC2 does not launch a ${type} from ${source}: pass other instanceTypes, or another source ${said}`);
  }
}
