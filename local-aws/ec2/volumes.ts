import {
  CreateVolumeRequest, DeleteVolumeRequest, DescribeVolumesRequest, Volume as VolumeDescription,
} from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../call';
import { Ec2Context, Ec2Operations, placeOf } from './context';
import { checkId, dependency, invalidValue, notFound } from './errors';
import { FilterFields, filtered, page, refuseIdsWithPages } from './filters';
import { ownArn, snapshotResource, volumeResource } from './iam-resources';
import { creation, specifiedTags } from './permissions';
import { Snapshot, Volume } from './records';
import { seenSnapshot } from './snapshots';
import { checkTagSpecifications } from './tags';
import { alreadyDeleted } from './tokens';
import { isVisible } from './visibility';
import { createVolumeRecord, willBeEncrypted } from './volume-creation';
import { describedVolume } from './volume-view';
import { inPlace } from './world';

export const volumeOperations: Ec2Operations = {
  CreateVolume: (ec2, call) => create(ec2, call),
  DeleteVolume: (ec2, call) => {
    const { VolumeId = '' } = call.input as unknown as DeleteVolumeRequest;
    const { world, clock, settings: { timing } } = ec2;
    const volume = allowedVolume(ec2, call, VolumeId);
    if (volume.attachment) {
      throw new AwsError('VolumeInUse', `Volume ${VolumeId} is currently attached to ${volume.attachment.instanceId}`);
    }
    if (volume.state === 'creating') {
      throw new AwsError('IncorrectState', `The volume '${VolumeId}' is 'creating'`);
    }
    volume.state = 'deleting';
    world.schedule.at(clock.now() + timing.volumeCreation, () => world.removeVolume(VolumeId));
  },
  DescribeVolumes: (ec2, call) => describe(ec2, call),
};

/** A volume of the caller's, by id, after IAM was asked. */
export function allowedVolume(ec2: Ec2Context, call: Call, id: string): Volume {
  checkId('vol', id);
  const volume = ownVolume(ec2, call, id);
  const resource = volume
    ? volumeResource(ec2, call.principal.account, volume)
    : { arn: ownArn(placeOf(call), 'volume', id), context: {}, missing: notFound('vol', [id]) };
  ec2.permissions.require(call, [{ resource }]);
  if (!volume) {
    throw notFound('vol', [id]);
  }
  return volume;
}

export function ownVolume({ world }: Ec2Context, call: Call, id: string): Volume | undefined {
  const volume = world.volumes.get(id);
  return volume && volume.account === call.principal.account && volume.region === call.region ? volume : undefined;
}

function create(ec2: Ec2Context, call: Call): VolumeDescription {
  const { world, clock, settings: { timing } } = ec2;
  const input = call.input as unknown as CreateVolumeRequest;
  const place = placeOf(call);
  const snapshot = input.SnapshotId ? seenSnapshot(ec2, call, input.SnapshotId) : undefined;
  const tags = specifiedTags(input.TagSpecifications, 'volume');
  checkTagSpecifications(input.TagSpecifications, ['volume']);
  ec2.permissions.require(call, [
    ...creation(call, {
      arn: ownArn(place, 'volume', '*'),
      context: {
        'ec2:AvailabilityZone': input.AvailabilityZone ?? '',
        'ec2:Encrypted': String(willBeEncrypted(ec2, call, { encrypted: input.Encrypted, kmsKeyId: input.KmsKeyId }, snapshot)),
        'ec2:VolumeType': input.VolumeType ?? 'gp2',
        ...input.Size !== undefined && { 'ec2:VolumeSize': String(input.Size) },
        ...input.KmsKeyId !== undefined && { 'ec2:KmsKeyId': input.KmsKeyId },
        ...snapshot && { 'ec2:ParentSnapshot': snapshotResource(ec2, place.account, snapshot).arn },
      },
    }, tags),
    ...snapshot ? [{ resource: snapshotResource(ec2, place.account, snapshot) }] : [],
  ]);
  const earlier = world.tokens.find(place, 'CreateVolume', input);
  if (earlier !== undefined) {
    const volume = world.volumes.get(earlier);
    if (!volume) {
      throw alreadyDeleted();
    }
    return describedVolume(ec2, volume);
  }
  checkRequest(ec2, call, input, snapshot);
  const { volume, problem } = createVolumeRecord(ec2, call, {
    availabilityZone: input.AvailabilityZone ?? '',
    size: input.Size ?? snapshot?.volumeSize ?? 0,
    type: input.VolumeType ?? 'gp2',
    iops: input.Iops,
    throughput: input.Throughput,
    encrypted: input.Encrypted,
    kmsKeyId: input.KmsKeyId,
    snapshot,
    tags,
  });
  world.tokens.remember(place, 'CreateVolume', input, volume.id);
  if (problem) {
    // nothing is ever said about it: the volume is merely not there any more
    world.schedule.at(clock.now() + timing.keyFailure, () => world.removeVolume(volume.id));
  } else {
    world.schedule.at(clock.now() + timing.volumeCreation, () => {
      volume.state = 'available';
    });
  }
  return describedVolume(ec2, volume);
}

function checkRequest(ec2: Ec2Context, call: Call, input: CreateVolumeRequest, snapshot: Snapshot | undefined): void {
  if (!input.AvailabilityZone || !ec2.world.networks.zonesOf(call.region).includes(input.AvailabilityZone)) {
    throw new AwsError('InvalidZone.NotFound', `The zone '${input.AvailabilityZone}' does not exist.`);
  }
  if (input.SnapshotId && !snapshot) {
    throw notFound('snap', [input.SnapshotId]);
  }
  if (snapshot && snapshot.state !== 'completed') {
    throw new AwsError('IncorrectState', `Snapshot is in invalid state - ${snapshot.state}`);
  }
  if (input.KmsKeyId !== undefined && !input.Encrypted) {
    throw dependency('KmsKeyId', 'Encrypted');
  }
  if (!snapshot && input.Size === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter size/snapshot');
  }
  if (input.Size !== undefined && input.Size < (snapshot?.volumeSize ?? 1)) {
    throw invalidValue(input.Size, 'size', `The size of a volume must be at least ${snapshot?.volumeSize ?? 1}GiB.`);
  }
  if (input.Encrypted === false && snapshot?.encrypted) {
    throw new AwsError('InvalidParameterValue', `The snapshot ${snapshot.id} is encrypted, a volume from it cannot be unencrypted.`);
  }
}

const fields: FilterFields<VolumeDescription> = {
  'attachment.device': one => one.Attachments?.map(attachment => attachment.Device),
  'attachment.instance-id': one => one.Attachments?.map(attachment => attachment.InstanceId),
  'attachment.status': one => one.Attachments?.map(attachment => attachment.State),
  'attachment.delete-on-termination': one => one.Attachments?.map(attachment => String(attachment.DeleteOnTermination)),
  'availability-zone': one => one.AvailabilityZone,
  'create-time': one => one.CreateTime?.toISOString(),
  'encrypted': one => String(one.Encrypted),
  'size': one => String(one.Size),
  'snapshot-id': one => one.SnapshotId,
  'status': one => one.State,
  'volume-id': one => one.VolumeId,
  'volume-type': one => one.VolumeType,
};

function describe(ec2: Ec2Context, call: Call): object {
  const input = call.input as DescribeVolumesRequest;
  ec2.permissions.require(call);
  refuseIdsWithPages(input.VolumeIds, input, 'volumeIds');
  const ids = [...new Set(input.VolumeIds ?? [])];
  ids.forEach(id => checkId('vol', id));
  const visible = inPlace(ec2.world.volumes, placeOf(call)).filter(one => (ids.length === 0 || ids.includes(one.id)) && isVisible(ec2, one));
  const missing = ids.filter(id => !visible.some(one => one.id === id));
  if (missing.length > 0) {
    throw notFound('vol', missing);
  }
  const described = visible.map(one => describedVolume(ec2, one));
  const { items, NextToken } = page(filtered(described, input.Filters, fields, one => one.Tags ?? []), input, 5);
  return { Volumes: items, NextToken };
}
