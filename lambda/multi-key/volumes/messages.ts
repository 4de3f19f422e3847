import { awsWords } from '../../aws/aws-words';

/*
 * Messages about the volumes and snapshots of a build. For their form see lambda/ami/messages.ts. Those that end without a full stop, and begin with a
 * capital letter, are the first sentence of `notUsable`.
 */

interface ForDevice {
  readonly device: string;
}

interface VolumeOfDevice extends ForDevice {
  readonly volumeId: string | undefined;
}

interface SnapshotOfDevice extends ForDevice {
  readonly snapshotId: string | undefined;
}

// reasons to wait

export function volumeInCreation({ device }: ForDevice): string {
  return `the volume for ${device} is being created`;
}

export function volumeInState({ volumeId, device, state }: VolumeOfDevice & { state?: string }): string {
  return `the volume ${volumeId} for ${device} is ${state}`;
}

export function volumeBeforeBuilder({ volumeId, device }: VolumeOfDevice): string {
  return `the volume ${volumeId} for ${device} cannot be attached before the builder instance is running`;
}

export function volumeInAttachment({ volumeId, device }: VolumeOfDevice): string {
  return `the volume ${volumeId} for ${device} is being attached`;
}

export function volumeNotAttachedYet({ volumeId, device }: VolumeOfDevice, error: unknown): string {
  return `the volume ${volumeId} for ${device} cannot be attached yet${awsWords('EC2', error)}`;
}

export function copyInCreation({ device }: ForDevice): string {
  return `the snapshot for ${device} is being copied`;
}

export function snapshotInCreation({ device }: ForDevice): string {
  return `the snapshot for ${device} is being created`;
}

export function snapshotAccepted({ snapshotId, device }: SnapshotOfDevice): string {
  return `EC2 has accepted the snapshot ${snapshotId} for ${device}, but does not list it yet`;
}

/** The response of CopySnapshot or CreateSnapshot was lost. */
export function snapshotMayExist({ device }: ForDevice): string {
  return `EC2 may have started a snapshot for ${device} already`;
}

export function noSnapshotIdReturned({ device }: ForDevice): string {
  return `EC2 returned no ID of the snapshot for ${device}`;
}

export function snapshotInState({ snapshotId, device, state, progress }: SnapshotOfDevice & { state: string; progress?: string }): string {
  return `the snapshot ${snapshotId} for ${device} is ${state}${progress ? ` at ${progress}` : ''}`;
}

export function noAvailabilityZone(): string {
  return 'DescribeAvailabilityZones returned no Availability Zone';
}

// EC2 has refused a call

export function createVolumeRefused({ device, isAboutVolume }: ForDevice & { isAboutVolume: boolean }, error: unknown): string {
  return `EC2 does not create the volume for ${device}.` +
    `${isAboutVolume ? ' Change its `size`, `volumeType`, `iops` or `throughput`.' : ''}${awsWords('EC2', error)}`;
}

export function attachVolumeRefused({ volumeId, device, isAboutDevice }: VolumeOfDevice & { isAboutDevice: boolean }, error: unknown): string {
  return `EC2 does not attach the volume ${volumeId} as ${device}.` +
    `${isAboutDevice ? ' Choose another `deviceName`, or other `instanceTypes`.' : ''}${awsWords('EC2', error)}`;
}

export function copySnapshotRefused({ snapshotId, device }: SnapshotOfDevice, error: unknown): string {
  return `EC2 does not copy the snapshot ${snapshotId} for ${device}.${awsWords('EC2', error)}`;
}

// a volume or a snapshot has failed

/** `problem` has no full stop, `cause` is a sentence, `words` is a result of `awsWords` or `ec2Reason`. */
export function notUsable({ problem, cause, words }: { problem: string; cause: string; words: string }): string {
  return `${problem}. ${cause}${words}`;
}

/** "The client token you have provided is associated with a resource that is already deleted" */
export function volumeDeleted({ device }: ForDevice): string {
  return `EC2 deleted the volume for ${device} while creating it, which it does when a key cannot be used`;
}

export function volumeFailed({ volumeId, device }: VolumeOfDevice): string {
  return `The volume ${volumeId} for ${device} is in the state error`;
}

export function volumeNotAttachable({ volumeId, device }: VolumeOfDevice): string {
  return `The volume ${volumeId} cannot be attached as ${device}`;
}

export function snapshotFailed({ snapshotId, device }: SnapshotOfDevice): string {
  return `The snapshot ${snapshotId} for ${device} is in the state error`;
}

export function snapshotDisappeared({ snapshotId, device }: SnapshotOfDevice): string {
  return `The snapshot ${snapshotId} for ${device} disappeared: somebody deleted it, or removed its tags. ` +
    'Find out who in CloudTrail (DeleteSnapshot, DeleteTags), and deploy again.';
}

/** The volume or snapshot keeps the key that it has where no other was requested. */
export function keyCouldNotBeUsed({ keyArn, hint }: { keyArn?: string; hint: string }): string {
  return `Its key ${keyArn === undefined ? '' : `${keyArn} `}could not be used. Check CloudTrail for denied KMS calls.${hint}`;
}

export function originalNotCompleted({ originalId }: { originalId: string | undefined }): string {
  return `It is a copy of the snapshot ${originalId}, which is not completed. Deploy again when it is completed.`;
}

export function originalGone({ originalId }: { originalId: string | undefined }): string {
  return `It is a copy of the snapshot ${originalId}, which no longer exists, or is no longer shared with this account. Use a snapshot that exists.`;
}
