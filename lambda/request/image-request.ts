import { Memory } from './memory';
import { ImageProperties, Sharing, Tag } from '../../src/contract';

/** What CloudFormation wants of one image. */
export interface ImageRequest<P extends Sharing> {
  readonly properties: P;
  /** The value of the owner tag. */
  readonly owner: string;
  /** The owner tags of all images of this stack begin so. */
  readonly ownerPrefix: string;
  /** The account that the stack is in. */
  readonly account: string;
  readonly physicalId: string;
  /** When the execution began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long the request may take, in milliseconds. */
  readonly limitMs: number;
  /** When the request has to be answered, in milliseconds since 1970. */
  readonly deadline: number;
  /** What the step may change for the steps that follow. */
  readonly memory: Memory;
  /** Whether the image has yet to be made, or is there and only changes. */
  readonly isNewImage: boolean;
  /** The tags before an Update: those that are not wanted any more are taken away, and no others. */
  readonly oldTags: readonly Tag[];
  /** The sharing before an Update: what is not wanted any more is taken back, and nothing else. */
  readonly oldSharing: Sharing;
  /** Throws `RequestCanceled` if CloudFormation does not wait for the image any more. */
  throwIfCanceled(): Promise<void>;
}

/** The name of the AMI: the user's, or a prefix and the physical id, which no other request has. */
export function imageNameOf({ properties, physicalId }: ImageRequest<ImageProperties>): string {
  return properties.ImageName ?? `${namePrefixOf(properties)}-${physicalId}`;
}

/** What the names of the images that a request creates begin with. */
export function namePrefixOf({ ImageNamePrefix, GeneratedNamePrefix }: ImageProperties): string {
  return ImageNamePrefix ?? GeneratedNamePrefix;
}
