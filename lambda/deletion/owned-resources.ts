import {
  DeleteSnapshotCommand, DeleteVolumeCommand, DeregisterImageCommand, Image, Instance, Snapshot, TerminateInstancesCommand, Volume,
} from '@aws-sdk/client-ec2';
import { Aws } from '../aws/clients';
import { IMAGE_GONE, INSTANCE_GONE, is, SNAPSHOT_GONE, VOLUME_GONE } from '../aws/error-codes';
import { findOwnImages, findOwnSnapshots, ownerTagOf } from '../aws/find-images';
import { findOwnInstances, findOwnVolumes } from '../aws/find-instances';

/** Something that carries an owner tag, and is there. */
export interface Owned {
  readonly id: string;
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Already on its way out. */
  readonly going?: boolean;
  /** An instance has it: as long as one of ours is going, it is not worth asking. */
  readonly held?: boolean;
  /** It holds nothing, and cannot be removed while something is there that is not ours. */
  readonly hollow?: boolean;
}

/** One class of what a request can own. */
export interface Removable {
  /** Errors that say that it is gone. */
  readonly gone: readonly string[];
  /** Errors that end by themselves. */
  readonly busy: readonly string[];
  /** Whether it has to be seen gone; otherwise it is enough that EC2 has accepted to remove it. */
  readonly seenGone: boolean;
  /** What belongs to an owner; to several, with a `*`. */
  find(aws: Aws, owner: string): Promise<Owned[]>;
  remove(aws: Aws, id: string): Promise<void>;
}

/** Deregistering a pending image cancels what is making it. */
export const images: Removable = {
  find: async (aws, owner) => (await findOwnImages(aws, owner)).filter(({ State }) => State !== 'deregistered')
    .map(image => owned(image, image.ImageId, image.CreationDate)),
  remove: async (aws, ImageId) => {
    const { DeleteSnapshotResults } = await aws.ec2.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
    // the call succeeds although snapshots stay: those that stayed are found by their own tags
    console.info({ message: 'snapshots of a deregistered image', ImageId, DeleteSnapshotResults });
  },
  gone: IMAGE_GONE,
  busy: [],
  seenGone: false,
};

/** A snapshot that is deleted while it is pending goes when it is complete. */
export const snapshots: Removable = {
  find: async (aws, owner) => (await findOwnSnapshots(aws, owner))
    .map(snapshot => ({ ...owned(snapshot, snapshot.SnapshotId, snapshot.StartTime), hollow: snapshot.State === 'error' })),
  remove: async (aws, SnapshotId) => {
    await aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
  },
  gone: SNAPSHOT_GONE,
  // "The snapshot snap-… is currently in use by ami-…", for a moment after that image was deregistered
  busy: ['InvalidSnapshot.InUse'],
  seenGone: false,
};

export const instances: Removable = {
  find: async (aws, owner) => (await findOwnInstances(aws, owner)).filter(({ State }) => State?.Name !== 'terminated')
    .map(instance => ({ ...owned(instance, instance.InstanceId, instance.LaunchTime), going: instance.State?.Name === 'shutting-down' })),
  remove: async (aws, InstanceId) => {
    await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  },
  gone: INSTANCE_GONE,
  busy: [],
  seenGone: true,
};

export const volumes: Removable = {
  find: async (aws, owner) => (await findOwnVolumes(aws, owner))
    .map(volume => ({ ...owned(volume, volume.VolumeId, volume.CreateTime), going: volume.State === 'deleting', held: volume.State === 'in-use' })),
  remove: async (aws, VolumeId) => {
    await aws.ec2.send(new DeleteVolumeCommand({ VolumeId }));
  },
  gone: VOLUME_GONE,
  // "Volume vol-… is currently attached to i-…", as long as the instance is shutting down
  busy: ['VolumeInUse', 'IncorrectState'],
  seenGone: true,
};

export function isGone(removable: Removable, error: unknown): boolean {
  return is(error, removable.gone);
}

function owned(resource: Image | Snapshot | Instance | Volume, id: string | undefined, madeAt: Date | string | undefined): Owned {
  return { id: id ?? '', owner: ownerTagOf(resource) ?? '', madeAt: madeAt === undefined ? 0 : new Date(madeAt).getTime() };
}
