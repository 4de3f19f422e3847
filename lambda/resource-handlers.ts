import { Aws } from './aws/clients';
import {
  ENCRYPTED_AMI_COPY_RULES, EncryptedAmiCopyProperties, AMI_SHARING_RULES, ImageAttributes, ImageProperties,
  AmiSharingProperties, INSTANCE_AMI_RULES, InstanceAmiProperties, MULTI_KEY_AMI_RULES, MultiKeyAmiProperties, PropertyRules, RESOURCE_TYPES, Sharing,
} from '../src/contract';
import { advanceCopy } from './copy/reconcile-copy';
import { images, Removable, snapshots } from './deletion/owned-resources';
import { advanceInstanceImage } from './instance-ami/reconcile-instance-ami';
import { advanceMultiKey, removablesOfBuild } from './multi-key/reconcile-multi-key-ami';
import { Failure } from './outcomes';
import { ImageRequest } from './request/image-request';
import { parseEncryptedAmiCopy, parseAmiSharing, parseInstanceAmi, parseMultiKeyAmi } from './request/parse-properties';
import { advanceSharing, takeBack } from './sharing/reconcile-sharing';

/** Properties of every kind; `TimeoutSeconds` only of the kinds that create an AMI. */
export type AnyProperties = Sharing & Partial<Pick<ImageProperties, 'TimeoutSeconds'>>;

/** What there is to know of one custom resource type. */
export interface Kind<P extends Sharing> {
  readonly rules: PropertyRules<P>;
  parse(properties: Readonly<Record<string, unknown>>): P;
  /** Takes the next step towards the image. Ends with its attributes, with `NotYet`, or with `Failure`. */
  advance(aws: Aws, request: ImageRequest<P>): Promise<ImageAttributes>;
  /** What a request can own, in the order in which it is removed. */
  removables(properties: P): readonly Removable[];
  /** Undoes what was done to something that stays. */
  takeBack?(aws: Aws, properties: P, account: string): Promise<void>;
}

const encryptedAmiCopy: Kind<EncryptedAmiCopyProperties> = {
  rules: ENCRYPTED_AMI_COPY_RULES, parse: parseEncryptedAmiCopy, advance: advanceCopy, removables: () => [images, snapshots],
};

const instanceAmi: Kind<InstanceAmiProperties> = {
  rules: INSTANCE_AMI_RULES, parse: parseInstanceAmi, advance: advanceInstanceImage, removables: () => [images, snapshots],
};

const multiKeyAmi: Kind<MultiKeyAmiProperties> = {
  rules: MULTI_KEY_AMI_RULES, parse: parseMultiKeyAmi, advance: advanceMultiKey, removables: removablesOfBuild,
};

const amiSharing: Kind<AmiSharingProperties> = {
  rules: AMI_SHARING_RULES, parse: parseAmiSharing, advance: advanceSharing, removables: () => [], takeBack,
};

const KINDS: Record<string, unknown> = {
  [RESOURCE_TYPES.encryptedAmiCopy]: encryptedAmiCopy,
  [RESOURCE_TYPES.multiKeyAmi]: multiKeyAmi,
  [RESOURCE_TYPES.instanceAmi]: instanceAmi,
  [RESOURCE_TYPES.amiSharing]: amiSharing,
};

export function isKnown(resourceType: string): boolean {
  return Object.hasOwn(KINDS, resourceType);
}

export function kindOf(resourceType: string): Kind<AnyProperties> {
  const kind = KINDS[resourceType];
  if (!kind) {
    throw new Failure(`the handler does not know the resource type ${resourceType}: deploy the stack again with one version of cdk-encrypted-ami`);
  }
  // what `parse` returns is what `advance` of the same kind takes
  return kind as ReturnType<typeof kindOf>;
}
