import {
  DeleteSnapshotCommand, DeleteVolumeCommand, DeregisterImageCommand, Image, Instance, Snapshot, TerminateInstancesCommand, Volume,
} from '@aws-sdk/client-ec2';
import { AwsClients } from '../aws/clients';
import { IMAGE_NOT_FOUND_CODES, INSTANCE_NOT_FOUND_CODES, hasErrorCode, SNAPSHOT_NOT_FOUND_CODES, VOLUME_NOT_FOUND_CODES } from '../aws/error-codes';
import { findOwnImages, findOwnSnapshots, ownerTagOf } from '../aws/find-images';
import { findOwnInstances, findOwnVolumes } from '../aws/find-instances';

/** Something that carries an owner tag, and is there. */
export interface OwnedResource {
  readonly id: string;
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Already on its way out. */
  readonly isDeleting?: boolean;
  /** An instance has it: as long as one of ours is going, it is not worth asking. */
  readonly isAttached?: boolean;
  /** It holds nothing, and cannot be removed while something is there that is not ours. */
  readonly hasFailed?: boolean;
}

/** One class of what a request can own. */
export interface OwnedResourceType {
  /** Errors that say that it is gone. */
  readonly notFoundCodes: readonly string[];
  /** Errors that end by themselves. */
  readonly retryableCodes: readonly string[];
  /** Whether it has to be seen gone; otherwise it is enough that EC2 has accepted to remove it. */
  readonly mustDisappear: boolean;
  /** What belongs to an owner; to several, with a `*`. */
  find(aws: AwsClients, owner: string): Promise<OwnedResource[]>;
  remove(aws: AwsClients, id: string): Promise<void>;
}

/** Deregistering a pending image cancels what is making it. */
export const images: OwnedResourceType = {
  find: async (aws, owner) => (await findOwnImages(aws, owner)).filter(({ State }) => State !== 'deregistered')
    .map(image => owned(image, image.ImageId, image.CreationDate)),
  remove: async (aws, ImageId) => {
    const { DeleteSnapshotResults } = await aws.ec2.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
    // the call succeeds although snapshots stay: those that stayed are found by their own tags
    console.info({ message: 'snapshots of a deregistered image', ImageId, DeleteSnapshotResults });
  },
  notFoundCodes: IMAGE_NOT_FOUND_CODES,
  retryableCodes: [],
  mustDisappear: false,
};

/** A snapshot that is deleted while it is pending goes when it is complete. */
export const snapshots: OwnedResourceType = {
  find: async (aws, owner) => (await findOwnSnapshots(aws, owner))
    .map(snapshot => ({ ...owned(snapshot, snapshot.SnapshotId, snapshot.StartTime), hasFailed: snapshot.State === 'error' })),
  remove: async (aws, SnapshotId) => {
    await aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
  },
  notFoundCodes: SNAPSHOT_NOT_FOUND_CODES,
  // "The snapshot snap-… is currently in use by ami-…", for a moment after that image was deregistered
  retryableCodes: ['InvalidSnapshot.InUse'],
  mustDisappear: false,
};

export const instances: OwnedResourceType = {
  find: async (aws, owner) => (await findOwnInstances(aws, owner)).filter(({ State }) => State?.Name !== 'terminated')
    .map(instance => ({ ...owned(instance, instance.InstanceId, instance.LaunchTime), isDeleting: instance.State?.Name === 'shutting-down' })),
  remove: async (aws, InstanceId) => {
    await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  },
  notFoundCodes: INSTANCE_NOT_FOUND_CODES,
  retryableCodes: [],
  mustDisappear: true,
};

export const volumes: OwnedResourceType = {
  find: async (aws, owner) => (await findOwnVolumes(aws, owner))
    .map(volume => ({ ...owned(volume, volume.VolumeId, volume.CreateTime), isDeleting: volume.State === 'deleting', isAttached: volume.State === 'in-use' })),
  remove: async (aws, VolumeId) => {
    await aws.ec2.send(new DeleteVolumeCommand({ VolumeId }));
  },
  notFoundCodes: VOLUME_NOT_FOUND_CODES,
  // "Volume vol-… is currently attached to i-…", as long as the instance is shutting down
  retryableCodes: ['VolumeInUse', 'IncorrectState'],
  mustDisappear: true,
};

export function isGone(removable: OwnedResourceType, error: unknown): boolean {
  return hasErrorCode(error, removable.notFoundCodes);
}

function owned(resource: Image | Snapshot | Instance | Volume, id: string | undefined, createdAt: Date | string | undefined): OwnedResource {
  return { id: id ?? '', owner: ownerTagOf(resource) ?? '', createdAt: createdAt === undefined ? 0 : new Date(createdAt).getTime() };
}
