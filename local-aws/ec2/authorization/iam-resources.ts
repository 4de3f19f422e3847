import { IamResource } from './ec2-authorization';
import { AccountAndRegion, Call } from '../../aws-call';
import { partitionOf } from '../../regions/partition';
import { wholeSeconds } from '../requests/times';
import type { Ec2Context } from '../state/ec2-context';
import { Image, Instance, Resource, Snapshot, SpotRequest, Volume } from '../state/records';

/** ARNs of images and snapshots have no account. */
export function publicArn(region: string, type: 'image' | 'snapshot', id: string): string {
  return `arn:${partitionOf(region)}:ec2:${region}::${type}/${id}`;
}

export function ownArn({ account, region }: AccountAndRegion, type: string, id: string): string {
  return `arn:${partitionOf(region)}:ec2:${region}:${account}:${type}/${id}`;
}

/** The resource of a new snapshot. The caller will own it. */
export function newSnapshotResource({ principal, region }: Call): IamResource {
  return { arn: publicArn(region, 'snapshot', '*'), context: { 'aws:ResourceAccount': principal.account } };
}

/** The condition keys of an image. CopyImage does not support `aws:ResourceTag`. */
export function untaggedImage(image: Image, region = image.region): IamResource {
  return {
    arn: publicArn(region, 'image', image.id),
    context: {
      'aws:ResourceAccount': image.account,
      'ec2:ImageID': image.id,
      'ec2:ImageType': 'machine',
      'ec2:Owner': image.ownerAlias ?? image.account,
      'ec2:Public': String(image.launchPermissions.groups.has('all')),
      'ec2:RootDeviceType': image.attributes.rootDeviceType,
    },
  };
}

export function imageResource(ec2: Ec2Context, viewer: string, image: Image): IamResource {
  return withTags(ec2, viewer, image, untaggedImage(image));
}

export function snapshotResource(ec2: Ec2Context, viewer: string, snapshot: Snapshot): IamResource {
  return withTags(ec2, viewer, snapshot, untaggedSnapshot(snapshot));
}

export function untaggedSnapshot(snapshot: Snapshot, region = snapshot.region): IamResource {
  return {
    arn: publicArn(region, 'snapshot', snapshot.id),
    context: {
      'aws:ResourceAccount': snapshot.account,
      'ec2:SnapshotID': snapshot.id,
      'ec2:Owner': snapshot.ownerAlias ?? snapshot.account,
      'ec2:ParentVolume': ownArn(snapshot, 'volume', snapshot.volumeId),
      'ec2:SnapshotTime': wholeSeconds(snapshot.createdAt).replace('.000', ''),
      'ec2:VolumeSize': String(snapshot.volumeSize),
    },
  };
}

export function volumeResource(ec2: Ec2Context, viewer: string, volume: Volume): IamResource {
  return withTags(ec2, viewer, volume, {
    arn: ownArn(volume, 'volume', volume.id),
    context: {
      'ec2:VolumeID': volume.id,
      'ec2:AvailabilityZone': volume.availabilityZone,
      'ec2:Encrypted': String(volume.encrypted),
      'ec2:VolumeSize': String(volume.size),
      'ec2:VolumeType': volume.type,
    },
  });
}

export function instanceResource(ec2: Ec2Context, viewer: string, instance: Instance): IamResource {
  return withTags(ec2, viewer, instance, {
    arn: ownArn(instance, 'instance', instance.id),
    context: {
      'ec2:InstanceID': instance.id,
      'ec2:InstanceType': instance.instanceType,
      'ec2:AvailabilityZone': instance.availabilityZone,
      'ec2:RootDeviceType': instance.attributes.rootDeviceType,
    },
  });
}

export function spotRequestResource(ec2: Ec2Context, viewer: string, request: SpotRequest): IamResource {
  return withTags(ec2, viewer, request, { arn: ownArn(request, 'spot-instances-request', request.id), context: {} });
}

function withTags(ec2: Ec2Context, viewer: string, resource: Resource, described: IamResource): IamResource {
  const tags = ec2.state.tags.list(viewer, resource.id).map(tag => [`aws:ResourceTag/${tag.Key}`, tag.Value ?? '']);
  return { arn: described.arn, context: { ...described.context, ...Object.fromEntries(tags) as Record<string, string> } };
}
