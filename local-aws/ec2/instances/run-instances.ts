import { Instance as InstanceDescription, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { describedInstance, launchedInstance } from './instance-description';
import { findKeyPair } from './key-pairs';
import { checkMetadataOptions, checkStorageAccess, checkType } from './launch-checks';
import { launchDevices, LaunchDevice } from './launch-devices';
import { checkSubnetCapacity, LaunchNetwork, launchNetwork } from './launch-network';
import { scheduleLaunchFailure, scheduleStart } from './state-transitions';
import { decodedUserData } from './user-data';
import { accountAndRegionOf, AwsError, Call, Principal } from '../../aws-call';
import { permissionsToCreate, RequiredPermission, specifiedTags } from '../authorization/ec2-authorization';
import { publicArn, imageResource, ownArn } from '../authorization/iam-resources';
import { keyErrorForAttach, keyErrorForSpotRole } from '../encryption/key-use';
import { copyableImage, visibleImage } from '../images/image-access';
import { launchRequest, launchTemplateTags } from '../launch-templates/launch-request';
import { createSpotRequest } from '../spot/create-spot-request';
import { checkSpotOptions, lifecycleOf, permissionsForSpotRequest, requireSpotRole } from '../spot/spot-market';
import { Ec2Context } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { Image, Instance, SpotRequest } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';
import { CreatedVolume, createVolumeRecord, willBeEncrypted } from '../volumes/create-volume';

const taggable = ['instance', 'volume', 'network-interface', 'elastic-gpu', 'spot-instances-request'];

/** Launches instances. EC2 accepts every key, and terminates an instance with an unusable key before it runs. */
export function runInstances(ec2: Ec2Context, call: Call, { isFleet = true } = {}): object {
  const request = launchRequest(ec2, call);
  const { input } = request;
  const place = accountAndRegionOf(call);
  if (!input.ImageId) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  }
  checkTagSpecifications(input.TagSpecifications, taggable);
  checkSpotOptions(ec2, input);
  const network = launchNetwork(ec2, call, input);
  const userData = decodedUserData(input.UserData);
  const visible = visibleImage(ec2, place.account, place.region, input.ImageId);
  const devices = visible ? launchDevices(ec2, call, visible, input.BlockDeviceMappings ?? []) : [];
  ec2.permissions.require(call, [...request.permissions, ...requiredPermissions(ec2, call, input, visible, network, devices)]);

  const earlier = earlierRequestWithToken(ec2, call);
  if (earlier) {
    return reservation(call, earlier.map(instance => describedInstance(ec2, instance)), earlier[0].reservationId);
  }
  const image = copyableImage(ec2, call, place.region, input.ImageId);
  checkType(input, image);
  checkMetadataOptions(ec2, input, image);
  checkStorageAccess(ec2, call, devices);
  if (input.KeyName !== undefined) {
    findKeyPair(ec2, call, input.KeyName);
  }
  const spotRole = lifecycleOf(input) === 'spot' && !isFleet ? requireSpotRole(ec2, call) : undefined;
  const profileArn = instanceProfileArn(ec2, call, input.IamInstanceProfile);
  const count = input.MaxCount ?? 1;
  if (count < 1 || (input.MinCount ?? 1) > count) {
    throw new AwsError('InvalidParameterValue', `Value (${count}) for parameter maxCount is invalid.`);
  }
  checkSubnetCapacity(ec2, input, network, count);
  const reservationId = newResourceId('r');
  const instances = Array.from(
    { length: count }, (_one, index) => launch(ec2, call, input, image, network, devices, { reservationId, index, userData, profileArn, spotRole }),
  );
  instances.forEach(instance => ec2.state.tags.put(place.account, instance.id, launchTemplateTags(request)));
  ec2.state.tokens.record(place, 'RunInstances', call.input, reservationId);
  image.lastLaunched = ec2.clock.now();
  return reservation(call, instances.map(instance => launchedInstance(ec2, instance)), reservationId);
}

/** "Value (x) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name": also for some seconds after its creation. */
function instanceProfileArn(ec2: Ec2Context, call: Call, profile: RunInstancesRequest['IamInstanceProfile']): string | undefined {
  if (profile?.Arn === undefined && profile?.Name === undefined) {
    return undefined;
  }
  const [member, value] = profile.Arn === undefined ? ['name', profile.Name!] : ['arn', profile.Arn];
  const arn = ec2.instanceProfileArn(call.principal.account, value);
  if (arn === undefined) {
    throw new AwsError('InvalidParameterValue', `Value (${value}) for parameter iamInstanceProfile.${member} is invalid. Invalid IAM Instance Profile ${member}`);
  }
  return arn;
}

interface LaunchDetails {
  readonly reservationId: string;
  readonly index: number;
  readonly userData?: string;
  readonly profileArn?: string;
  /** The role that EC2 launches Spot Instances with. */
  readonly spotRole?: Principal;
  /** The request that launches another instance. */
  readonly spotRequest?: SpotRequest;
}

function launch(
  ec2: Ec2Context, call: Call, input: RunInstancesRequest, image: Image, network: LaunchNetwork, devices: readonly LaunchDevice[],
  details: LaunchDetails,
): Instance {
  const { reservationId, index, userData, profileArn, spotRole } = details;
  const { state, clock, switches, capacity, settings: { timing } } = ec2;
  const { subnet, groups } = network;
  const tokensRequired = image.imdsSupport === 'v2.0';
  const spotRequest = details.spotRequest ?? (lifecycleOf(input) === 'spot'
    ? createSpotRequest(ec2, call, input, image, subnet.availabilityZone, (kept, own) =>
      launch(ec2, call, kept, image, network, devices, { ...details, reservationId: newResourceId('r'), index: 0, spotRequest: own }))
    : undefined);
  const instance: Instance = {
    ...accountAndRegionOf(call),
    id: newResourceId('i'),
    createdAt: clock.now(),
    seeded: false,
    reads: 0,
    reservationId,
    launchIndex: index,
    imageId: image.id,
    attributes: image.attributes,
    instanceType: input.InstanceType ?? 'm1.small',
    availabilityZone: subnet.availabilityZone,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    securityGroupIds: groups.map(group => group.id),
    networkInterfaceId: newResourceId('eni'),
    privateIpAddress: network.privateIpAddress ?? `${subnet.cidr.split('.').slice(0, 3).join('.')}.${4 + state.instances.size % 240}`,
    keyName: input.KeyName,
    profileArn,
    clientToken: input.ClientToken,
    metadataOptions: {
      State: 'applied',
      HttpTokens: input.MetadataOptions?.HttpTokens ?? (tokensRequired ? 'required' : 'optional'),
      HttpPutResponseHopLimit: input.MetadataOptions?.HttpPutResponseHopLimit ?? (tokensRequired ? 2 : 1),
      HttpEndpoint: input.MetadataOptions?.HttpEndpoint ?? 'enabled',
      HttpProtocolIpv6: input.MetadataOptions?.HttpProtocolIpv6 ?? 'disabled',
      InstanceMetadataTags: input.MetadataOptions?.InstanceMetadataTags ?? 'disabled',
    },
    monitored: input.Monitoring?.Enabled ?? false,
    ebsOptimized: input.EbsOptimized ?? false,
    sourceDestCheck: true,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    userData,
    publicIpAddress: input.NetworkInterfaces?.[0]?.AssociatePublicIpAddress ? `203.0.113.${4 + state.instances.size % 240}` : undefined,
    protectedFromTermination: input.DisableApiTermination ?? false,
    networkReleased: false,
    state: 'pending',
    stateReason: { Code: 'pending', Message: 'pending' },
    stateTransitionReason: '',
    spotRequestId: spotRequest?.id,
  };
  if (spotRequest) {
    spotRequest.instanceId = instance.id;
  }
  state.instances.set(instance.id, instance);
  state.tags.put(instance.account, instance.id, specifiedTags(input.TagSpecifications, 'instance'));
  const volumes = devices.map(device => attachedVolume(ec2, call, input, instance, device, spotRole));
  const own = volumes.map(({ volume }) => volume);
  if (volumes.some(({ keyError }) => keyError)) {
    scheduleLaunchFailure(ec2, instance, own, switches.launchFailureReason, 'Client.InternalError');
  } else if (capacity.terminatesPending(instance.instanceType, instance.availabilityZone, spotRequest ? 'spot' : 'on-demand')) {
    const reason = 'Server.InsufficientInstanceCapacity';
    scheduleLaunchFailure(ec2, instance, own, `${reason}: There was insufficient capacity available to satisfy the launch request.`, reason);
  } else {
    state.schedule.scheduleTransition(clock.now() + timing.volumeCreation, () => own.forEach(volume => {
      if (volume.attachment?.state === 'attaching') {
        volume.state = 'in-use';
        volume.attachment.state = 'attached';
      }
    }));
    scheduleStart(ec2, instance, clock.now());
  }
  return instance;
}

function attachedVolume(
  ec2: Ec2Context, call: Call, input: RunInstancesRequest, instance: Instance, device: LaunchDevice, spotRole: Principal | undefined,
): CreatedVolume {
  const created = createVolumeRecord(ec2, call, {
    ...device,
    availabilityZone: instance.availabilityZone,
    tags: specifiedTags(input.TagSpecifications, 'volume'),
  });
  created.volume.attachment = {
    instanceId: instance.id,
    device: device.deviceName,
    attachedAt: ec2.clock.now(),
    state: 'attaching',
    deleteOnTermination: device.deleteOnTermination,
  };
  const needsRole = spotRole !== undefined && ec2.switches.spotLaunchUsesKeysAs === 'caller-and-role';
  return {
    volume: created.volume,
    keyError: created.keyError ?? keyErrorForAttach(ec2, call, created.volume)
      ?? (needsRole ? keyErrorForSpotRole(ec2, spotRole, created.volume) : undefined),
  };
}

function requiredPermissions(
  ec2: Ec2Context, call: Call, input: RunInstancesRequest, image: Image | undefined, { subnet, groups }: LaunchNetwork,
  devices: readonly LaunchDevice[],
): RequiredPermission[] {
  const place = accountAndRegionOf(call);
  const type = { 'ec2:InstanceType': input.InstanceType ?? 'm1.small', 'ec2:AvailabilityZone': subnet.availabilityZone };
  // subnets and security groups that AWS RAM shares have the account of their owner; the network interface is the caller's
  const vpc = { 'ec2:Vpc': ownArn(subnet, 'vpc', subnet.vpcId) };
  const volumeTags = specifiedTags(input.TagSpecifications, 'volume');
  return [
    { resource: image ? imageResource(ec2, place.account, image) : { arn: publicArn(place.region, 'image', input.ImageId ?? ''), context: {} } },
    { resource: { arn: ownArn(subnet, 'subnet', subnet.id), context: { ...vpc, 'ec2:SubnetID': subnet.id } } },
    ...groups.map(group => ({ resource: { arn: ownArn(group, 'security-group', group.id), context: { ...vpc, 'ec2:SecurityGroupID': group.id } } })),
    ...permissionsToCreate(call, { arn: ownArn(place, 'instance', '*'), context: type }, specifiedTags(input.TagSpecifications, 'instance')),
    ...permissionsToCreate(call, { arn: ownArn(place, 'network-interface', '*'), context: vpc }, specifiedTags(input.TagSpecifications, 'network-interface')),
    ...devices.flatMap(device => permissionsToCreate(call, {
      arn: ownArn(place, 'volume', '*'),
      context: {
        'ec2:AvailabilityZone': subnet.availabilityZone,
        'ec2:Encrypted': String(willBeEncrypted(ec2, call, device, device.snapshot)),
        'ec2:VolumeSize': String(device.size),
        'ec2:VolumeType': device.type,
        ...device.snapshot && { 'ec2:ParentSnapshot': publicArn(place.region, 'snapshot', device.snapshot.id) },
      },
    }, volumeTags)),
    ...permissionsForSpotRequest(call, input),
    ...input.KeyName === undefined ? [] : [{ resource: { arn: ownArn(place, 'key-pair', input.KeyName), context: {} } }],
  ];
}

function earlierRequestWithToken({ state }: Ec2Context, call: Call): Instance[] | undefined {
  const reservationId = state.tokens.find(accountAndRegionOf(call), 'RunInstances', call.input);
  if (reservationId === undefined) {
    return undefined;
  }
  const instances = [...state.instances.values()].filter(instance => instance.reservationId === reservationId);
  if (instances.every(instance => instance.state === 'terminated')) {
    throw new AwsError(
      'IdempotentInstanceTerminated',
      'The client token that you have provided is associated with an instance that has been terminated. Please use a different client token.',
    );
  }
  return instances;
}

function reservation(call: Call, Instances: InstanceDescription[], ReservationId: string): object {
  return { ReservationId, OwnerId: call.principal.account, Groups: [], Instances };
}
