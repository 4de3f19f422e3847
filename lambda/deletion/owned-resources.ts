import {
  DeleteSnapshotCommand, DeleteVolumeCommand, DeregisterImageCommand, Image, Instance, TerminateInstancesCommand, Volume,
} from '@aws-sdk/client-ec2';
import { Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import {
  IMAGE_NOT_FOUND_CODES, INSTANCE_NOT_FOUND_CODES, hasErrorCode, isTransient, SNAPSHOT_NOT_FOUND_CODES, VOLUME_NOT_FOUND_CODES,
} from '../aws/error-codes';
import { describeSnapshots, devicesOf, findTaggedImages, findTaggedSnapshots } from '../aws/find-images';
import { findTaggedInstances, findTaggedVolumes } from '../aws/find-instances';
import { findOwnSnapshots } from '../ownership/own-snapshots';
import { seal, Tagged } from '../ownership/seal';
import { ImageRequest } from '../request/image-request';
import { rememberVolume } from '../request/memory';

/** A resource that a request owns, and that is there. */
export interface OwnedResource {
  readonly id: string;
  /** It is being deleted already. */
  readonly isDeleting?: boolean;
  /** An instance has it: it cannot be deleted before that instance is gone. */
  readonly isAttached?: boolean;
  /** It holds no data, and cannot be deleted while the image that failed with it is there. */
  readonly hasFailed?: boolean;
}

/** A resource that carries an owner tag, whoever has written it. */
interface TaggedResource extends Tagged {
  readonly id: string;
  /** It does not exist any more, but what it belongs to may. */
  readonly isGone?: boolean;
}

/** A type of resource that a request can own. */
export interface OwnedResourceType<P extends Sharing = Sharing> {
  /** Errors that say that it is gone. */
  readonly notFoundCodes: readonly string[];
  /** Errors that end by themselves. */
  readonly retryableCodes: readonly string[];
  /** It takes at least so long to disappear. */
  readonly minSeconds?: number;
  /** Whether instances hold it: as long as they are there, it need not be read again. */
  readonly isHeldByInstances?: boolean;
  /** Whether it has to be seen gone; otherwise it is enough that EC2 has accepted to delete it. */
  readonly mustDisappear: boolean;
  /** Everything with an owner tag, which may be a pattern, whoever has written the tag. */
  list(aws: AwsClients, owner: string): Promise<TaggedResource[]>;
  /** Ends what would create another one in place of one that is deleted. Runs in each round before the others. */
  prepare?(aws: AwsClients, request: ImageRequest<P>): Promise<void>;
  find(aws: AwsClients, request: ImageRequest<P>): Promise<OwnedResource[]>;
  delete(aws: AwsClients, request: ImageRequest<P>, id: string): Promise<void>;
}

/** Finds the images of a request by tag and descent. */
export type FindImages<P extends Sharing> = (aws: AwsClients, request: ImageRequest<P>) => Promise<readonly Image[]>;
/** Finds the builders of a request by tag and descent. */
export type FindBuilders<P extends Sharing> = (aws: AwsClients, request: ImageRequest<P>) => Promise<readonly Instance[]>;
/** Finds the volumes of a request. */
export type FindVolumes<P extends Sharing> = (aws: AwsClients, request: ImageRequest<P>) => Promise<readonly Volume[]>;

/** Deregistering a pending image cancels its creation. */
export function imagesOf<P extends Sharing>(find: FindImages<P>): OwnedResourceType<P> {
  return {
    list: async (aws, owner) => (await findTaggedImages(aws, owner)).filter(({ State }) => State !== 'deregistered').map(one => ({ ...one, id: one.ImageId! })),
    find: async (aws, request) => (await find(aws, request)).map(({ ImageId }) => ({ id: ImageId! })),
    delete: async (aws, request, ImageId) => {
      const image = (await find(aws, request)).find(one => one.ImageId === ImageId);
      await rememberSnapshots(aws, request, image);
      const { DeleteSnapshotResults } = await aws.ec2.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
      // the call succeeds although snapshots stay: those that stayed are found by memory, or by their seal
      console.info({ message: 'snapshots of a deregistered image', ImageId, DeleteSnapshotResults });
    },
    notFoundCodes: IMAGE_NOT_FOUND_CODES,
    retryableCodes: [],
    mustDisappear: false,
  };
}

/** Once the image is deregistered, EC2 does not tell any more which snapshots it had. */
async function rememberSnapshots(aws: AwsClients, { memory, owner }: ImageRequest<Sharing>, image: Image | undefined): Promise<void> {
  const ids = image ? devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []) : [];
  const before = memory.removals?.[owner] ?? { requestedIds: [], snapshotIds: [], rounds: 0 };
  memory.removals = { ...memory.removals, [owner]: { ...before, snapshotIds: [...new Set([...before.snapshotIds, ...ids])] } };
  try {
    await seal(aws, (await describeSnapshots(aws, ids)).map(({ SnapshotId, Tags }) => ({ id: SnapshotId!, Tags })));
  } catch (error) {
    // only a lost answer needs the seal: without the permission, or with a snapshot that is gone, the image is deleted all the same
    if (isTransient(error)) {
      throw error;
    }
  }
}

/** A snapshot that is deleted while it is pending goes when it is complete. */
export function snapshotsOf<P extends Sharing>(find: FindImages<P>, except: readonly string[] = []): OwnedResourceType<P> {
  return {
    list: async (aws, owner) => (await findTaggedSnapshots(aws, owner)).map(one => ({ ...one, id: one.SnapshotId! })),
    find: async (aws, request) => (await findOwnSnapshots(aws, request, await find(aws, request)))
      .filter(({ SnapshotId }) => !except.includes(SnapshotId!))
      .map(({ SnapshotId, State }) => ({ id: SnapshotId!, hasFailed: State === 'error' })),
    delete: async (aws, _request, SnapshotId) => {
      await aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
    },
    notFoundCodes: SNAPSHOT_NOT_FOUND_CODES,
    // "The snapshot snap-… is currently in use by ami-…", for a moment after that image was deregistered
    retryableCodes: ['InvalidSnapshot.InUse'],
    mustDisappear: false,
  };
}

export function instancesOf<P extends Sharing>(find: FindBuilders<P>): OwnedResourceType<P> {
  return {
    list: async (aws, owner) => (await findTaggedInstances(aws, owner)).filter(({ State }) => State?.Name !== 'terminated').map(one => ({ ...one, id: one.InstanceId! })),
    find: async (aws, request) => {
      const present = (await find(aws, request)).filter(({ State }) => State?.Name !== 'terminated');
      for (const { Ebs } of present.flatMap(({ BlockDeviceMappings = [] }) => BlockDeviceMappings)) {
        // a volume that an instance of ours has is ours; once the instance is gone, EC2 does not tell any more which it had
        rememberVolume(request.memory, Ebs!.VolumeId!, Ebs!.VolumeId!);
      }
      return present.map(({ InstanceId, State }) => ({ id: InstanceId!, isDeleting: State?.Name === 'shutting-down' }));
    },
    delete: async (aws, _request, InstanceId) => {
      await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    },
    notFoundCodes: INSTANCE_NOT_FOUND_CODES,
    minSeconds: 12,
    retryableCodes: [],
    mustDisappear: true,
  };
}

export function volumesOf<P extends Sharing>(find: FindVolumes<P>): OwnedResourceType<P> {
  return {
    list: async (aws, owner) => (await findTaggedVolumes(aws, owner)).map(one => ({ ...one, id: one.VolumeId! })),
    find: async (aws, request) => (await find(aws, request))
      .map(({ VolumeId, State }) => ({ id: VolumeId!, isDeleting: State === 'deleting', isAttached: State === 'in-use' })),
    delete: async (aws, _request, VolumeId) => {
      await aws.ec2.send(new DeleteVolumeCommand({ VolumeId }));
    },
    notFoundCodes: VOLUME_NOT_FOUND_CODES,
    isHeldByInstances: true,
    // "Volume vol-… is currently attached to i-…", as long as the instance is shutting down
    retryableCodes: ['VolumeInUse', 'IncorrectState'],
    mustDisappear: true,
  };
}

export function isGone(type: Pick<OwnedResourceType, 'notFoundCodes'>, error: unknown): boolean {
  return hasErrorCode(error, type.notFoundCodes);
}
