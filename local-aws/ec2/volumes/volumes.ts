import {
  CreateVolumeRequest, DeleteVolumeRequest, DescribeVolumesRequest, Volume as VolumeDescription,
} from '@aws-sdk/client-ec2';
import { CreatedVolume, createVolumeRecord, willBeEncrypted } from './create-volume';
import { checkVolumeConfiguration, VolumeConfiguration } from './volume-configuration';
import { createdVolume, describedVolume } from './volume-description';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { ownArn, snapshotResource, volumeResource } from '../authorization/iam-resources';
import { zoneId } from '../networks/zones';
import { checkId, dependencyViolation, invalidValue, notFound } from '../requests/errors';
import { isVisible } from '../requests/eventual-consistency';
import { FilterFields, filtered, page, refuseIdsWithPages } from '../requests/filters-and-pages';
import { visibleSnapshot } from '../snapshots/snapshots';
import { alreadyDeleted } from '../state/client-tokens';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { inAccountAndRegion } from '../state/ec2-state';
import { Snapshot, Volume } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';

export const volumeOperations: Ec2Operations = {
  CreateVolume: (ec2, call) => create(ec2, call),
  DeleteVolume: (ec2, call) => {
    const { VolumeId = '' } = call.input as unknown as DeleteVolumeRequest;
    const { state, clock, settings: { timing } } = ec2;
    const volume = allowedVolume(ec2, call, VolumeId);
    if (volume.attachment) {
      throw new AwsError('VolumeInUse', `Volume ${VolumeId} is currently attached to ${volume.attachment.instanceId}`);
    }
    if (volume.state === 'creating') {
      throw new AwsError('IncorrectState', `The volume '${VolumeId}' is 'creating'`);
    }
    volume.state = 'deleting';
    state.schedule.scheduleTransition(clock.now() + timing.volumeCreation, () => state.removeVolume(VolumeId));
  },
  DescribeVolumes: (ec2, call) => describe(ec2, call),
};

/** Returns a volume of the caller by ID, after authorization. */
function allowedVolume(ec2: Ec2Context, call: Call, id: string): Volume {
  checkId('vol', id);
  const volume = ownVolume(ec2, call, id);
  const resource = volume
    ? volumeResource(ec2, call.principal.account, volume)
    : { arn: ownArn(accountAndRegionOf(call), 'volume', id), context: {}, missing: notFound('vol', [id]) };
  ec2.permissions.require(call, [{ resource }]);
  if (!volume) {
    throw notFound('vol', [id]);
  }
  return volume;
}

export function ownVolume({ state }: Ec2Context, call: Call, id: string): Volume | undefined {
  const volume = state.volumes.get(id);
  return volume && volume.account === call.principal.account && volume.region === call.region ? volume : undefined;
}

function create(ec2: Ec2Context, call: Call): VolumeDescription {
  const { state } = ec2;
  const input = call.input as unknown as CreateVolumeRequest;
  const place = accountAndRegionOf(call);
  const snapshot = input.SnapshotId ? visibleSnapshot(ec2, call, input.SnapshotId) : undefined;
  const tags = specifiedTags(input.TagSpecifications, 'volume');
  const zone = zoneOf(ec2, call, input);
  checkTagSpecifications(input.TagSpecifications, ['volume']);
  const configuration = configurationOf(input, snapshot);
  ec2.permissions.require(call, [
    ...permissionsToCreate(call, {
      arn: ownArn(place, 'volume', '*'),
      context: {
        'ec2:AvailabilityZone': zone,
        'ec2:Encrypted': String(willBeEncrypted(ec2, call, { encrypted: input.Encrypted, kmsKeyId: input.KmsKeyId }, snapshot)),
        'ec2:VolumeType': configuration.type,
        ...input.Size !== undefined && { 'ec2:VolumeSize': String(input.Size) },
        ...input.KmsKeyId !== undefined && { 'ec2:KmsKeyId': input.KmsKeyId },
        ...snapshot && { 'ec2:ParentSnapshot': snapshotResource(ec2, place.account, snapshot).arn },
      },
    }, tags),
    ...snapshot ? [{ resource: snapshotResource(ec2, place.account, snapshot) }] : [],
  ]);
  const earlier = state.tokens.find(place, 'CreateVolume', input);
  if (earlier !== undefined) {
    const volume = state.volumes.get(earlier);
    if (!volume) {
      throw alreadyDeleted();
    }
    return createdVolume(ec2, volume, input.KmsKeyId);
  }
  checkSource(input, snapshot);
  const created = createVolumeRecord(ec2, call, {
    ...configuration, availabilityZone: zone, encrypted: input.Encrypted, kmsKeyId: input.KmsKeyId, snapshot, tags,
  });
  state.tokens.record(place, 'CreateVolume', input, created.volume.id);
  settleLater(ec2, created);
  return createdVolume(ec2, created.volume, input.KmsKeyId);
}

function settleLater({ state, clock, settings: { timing } }: Ec2Context, { volume, keyError }: CreatedVolume): void {
  if (keyError) {
    // EC2 reports no error: DescribeVolumes no longer finds the volume
    state.schedule.scheduleTransition(clock.now() + timing.keyFailure, () => state.removeVolume(volume.id));
  } else {
    state.schedule.scheduleTransition(clock.now() + timing.volumeCreation, () => {
      volume.state = 'available';
    });
  }
}

function zoneOf({ state }: Ec2Context, { region }: Call, { AvailabilityZone, AvailabilityZoneId }: CreateVolumeRequest): string {
  const zone = state.networks.zonesOf(region)
    .find(one => AvailabilityZone === undefined ? zoneId(one) === AvailabilityZoneId : one === AvailabilityZone);
  if (zone === undefined) {
    throw new AwsError('InvalidZone.NotFound', `The zone '${AvailabilityZone ?? AvailabilityZoneId}' does not exist.`);
  }
  return zone;
}

/** EC2 checks the configuration before authorization, and before it ends a dry run. */
function configurationOf(input: CreateVolumeRequest, snapshot: Snapshot | undefined): VolumeConfiguration {
  if (input.KmsKeyId !== undefined && !input.Encrypted) {
    throw dependencyViolation('KmsKeyId', 'Encrypted');
  }
  if (!input.SnapshotId && input.Size === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter size/snapshot');
  }
  const configuration = {
    type: input.VolumeType || 'gp2', size: input.Size ?? snapshot?.volumeSize ?? 0, iops: input.Iops, throughput: input.Throughput,
  };
  if (!input.SnapshotId || snapshot) {
    checkVolumeConfiguration(configuration);
  }
  return configuration;
}

function checkSource(input: CreateVolumeRequest, snapshot: Snapshot | undefined): void {
  if (input.SnapshotId && !snapshot) {
    throw notFound('snap', [input.SnapshotId]);
  }
  if (!snapshot) {
    return;
  }
  if (snapshot.state !== 'completed') {
    throw new AwsError('IncorrectState', `Snapshot is in invalid state - ${snapshot.state}`);
  }
  if (input.Size !== undefined && input.Size < snapshot.volumeSize) {
    throw invalidValue(input.Size, 'size', `The size of a volume must be at least ${snapshot.volumeSize}GiB.`);
  }
  if (input.Encrypted === false && snapshot.encrypted) {
    throw new AwsError('InvalidParameterCombination', 'EncryptedVolume parameter [false] is inconsistent with snapshot encryption state [true]');
  }
}

const fields: FilterFields<VolumeDescription> = {
  'attachment.attach-time': one => one.Attachments?.map(attachment => attachment.AttachTime?.toISOString()),
  'attachment.device': one => one.Attachments?.map(attachment => attachment.Device),
  'attachment.instance-id': one => one.Attachments?.map(attachment => attachment.InstanceId),
  'attachment.status': one => one.Attachments?.map(attachment => attachment.State),
  'attachment.delete-on-termination': one => one.Attachments?.map(attachment => String(attachment.DeleteOnTermination)),
  'availability-zone': one => one.AvailabilityZone,
  'availability-zone-id': one => one.AvailabilityZoneId,
  'create-time': one => one.CreateTime?.toISOString(),
  'encrypted': one => String(one.Encrypted),
  'multi-attach-enabled': one => String(one.MultiAttachEnabled),
  'operator.managed': one => String(one.Operator?.Managed),
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
  const visible = inAccountAndRegion(ec2.state.volumes, accountAndRegionOf(call))
    .filter(one => (ids.length === 0 || ids.includes(one.id)) && isVisible(ec2, one));
  const missing = ids.filter(id => !visible.some(one => one.id === id));
  if (missing.length > 0) {
    throw notFound('vol', missing);
  }
  const described = visible.map(one => describedVolume(ec2, one));
  const { items, NextToken } = page(filtered(described, input.Filters, fields, one => one.Tags ?? []), input, 5);
  return { Volumes: items, NextToken };
}
