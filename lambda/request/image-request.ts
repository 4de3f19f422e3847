import { Memory } from './memory';
import { ImageProperties, Sharing } from '../../src/contract';

/** A request for one AMI. */
export interface ImageRequest<P extends Sharing> {
  readonly properties: P;
  /** The value of the owner tag. */
  readonly owner: string;
  /** The owner tags of all images of this stack begin so. */
  readonly ownerPrefix: string;
  /** The logical id of the resource. */
  readonly logicalId: string;
  /** The account that the stack is in. */
  readonly account: string;
  /** CloudFormation's id of the request: nobody can compute what is made from it before the request is sent. */
  readonly requestId: string;
  /** The attempt that creates, or has created, the AMI. */
  readonly attemptId: string;
  /** The AMI that CloudFormation knows by the physical id; none while there is none. */
  readonly imageId?: string;
  /** The physical id of the AMI that this one replaces. */
  readonly replaces?: string;
  /** When the execution began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long the request may take, in milliseconds. */
  readonly limitMs: number;
  /** When the request has to be answered, in milliseconds since 1970. */
  readonly deadline: number;
  /** The step may change it for the steps that follow. */
  readonly memory: Memory;
  /** Whether the AMI has yet to be created, or exists and is only changed. */
  readonly isNewImage: boolean;
  /** Whether CloudFormation rolls the stack back. */
  readonly isRollback: boolean;
  /** Whether CloudFormation deletes the resource. */
  readonly isDelete: boolean;
  /** Another attempt of the resource, which has ended with an AMI. */
  readonly isOtherAttempt?: boolean;
  /** The properties before an Update, as far as they can be read: the update undoes what is no longer declared, and nothing else. */
  readonly oldProperties: Partial<P>;
  /** Throws `RequestCanceled` if CloudFormation does not wait for the AMI any more. Precedes each call that creates something. */
  throwIfCanceled(): Promise<void>;
}

/** The name of the AMI: the user's, or a prefix and the attempt id, which no other request has. */
export function imageNameOf({ properties, attemptId }: Pick<ImageRequest<ImageProperties>, 'properties' | 'attemptId'>): string {
  return properties.ImageName ?? `${namePrefixOf(properties)}-${attemptId}`;
}

/** The name of an image that a re-keyed `InstanceAmi` creates on the way: the user's name is for the image that stays. */
export function intermediateNameOf({ properties, attemptId }: Pick<ImageRequest<ImageProperties>, 'properties' | 'attemptId'>): string {
  return `${namePrefixOf(properties)}-${attemptId}-1`;
}

/** The beginning of the names of the images that a request creates. */
function namePrefixOf({ ImageNamePrefix, GeneratedNamePrefix }: ImageProperties): string {
  return ImageNamePrefix ?? GeneratedNamePrefix;
}
