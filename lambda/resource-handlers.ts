import { AwsClients } from './aws/clients';
import {
  ENCRYPTED_AMI_COPY_RULES, EncryptedAmiCopyProperties, AMI_SHARING_RULES, ImageAttributes, ImageProperties,
  AmiSharingProperties, INSTANCE_AMI_RULES, InstanceAmiProperties, MULTI_KEY_AMI_RULES, MultiKeyAmiProperties, PropertyRules, RESOURCE_TYPES, Sharing,
} from '../src/contract';
import { reconcileCopy } from './copy/reconcile-copy';
import { images, OwnedResourceType, snapshots } from './deletion/owned-resources';
import { reconcileInstanceAmi } from './instance-ami/reconcile-instance-ami';
import { reconcileMultiKeyAmi, ownedResourceTypesOfBuild } from './multi-key/reconcile-multi-key-ami';
import { DeploymentError } from './outcomes';
import { ImageRequest } from './request/image-request';
import { parseEncryptedAmiCopy, parseAmiSharing, parseInstanceAmi, parseMultiKeyAmi } from './request/parse-properties';
import { reconcileSharing, revokeSharing } from './sharing/reconcile-sharing';

/** Properties of every kind; `TimeoutSeconds` only of the kinds that create an AMI. */
export type AnyProperties = Sharing & Partial<Pick<ImageProperties, 'TimeoutSeconds'>>;

/** What there is to know of one custom resource type. */
export interface ResourceHandler<P extends Sharing> {
  readonly rules: PropertyRules<P>;
  parse(properties: Readonly<Record<string, unknown>>): P;
  /** Takes the next step towards the image. Ends with its attributes, with `NotReady`, or with `DeploymentError`. */
  reconcile(aws: AwsClients, request: ImageRequest<P>): Promise<ImageAttributes>;
  /** What a request can own, in the order in which it is removed. */
  ownedResourceTypes(properties: P): readonly OwnedResourceType[];
  /** Undoes what was done to something that stays. */
  revokeSharing?(aws: AwsClients, properties: P, account: string): Promise<void>;
}

const encryptedAmiCopy: ResourceHandler<EncryptedAmiCopyProperties> = {
  rules: ENCRYPTED_AMI_COPY_RULES, parse: parseEncryptedAmiCopy, reconcile: reconcileCopy, ownedResourceTypes: () => [images, snapshots],
};

const instanceAmi: ResourceHandler<InstanceAmiProperties> = {
  rules: INSTANCE_AMI_RULES, parse: parseInstanceAmi, reconcile: reconcileInstanceAmi, ownedResourceTypes: () => [images, snapshots],
};

const multiKeyAmi: ResourceHandler<MultiKeyAmiProperties> = {
  rules: MULTI_KEY_AMI_RULES, parse: parseMultiKeyAmi, reconcile: reconcileMultiKeyAmi, ownedResourceTypes: ownedResourceTypesOfBuild,
};

const amiSharing: ResourceHandler<AmiSharingProperties> = {
  rules: AMI_SHARING_RULES, parse: parseAmiSharing, reconcile: reconcileSharing, ownedResourceTypes: () => [], revokeSharing,
};

const RESOURCE_HANDLERS: Record<string, unknown> = {
  [RESOURCE_TYPES.encryptedAmiCopy]: encryptedAmiCopy,
  [RESOURCE_TYPES.multiKeyAmi]: multiKeyAmi,
  [RESOURCE_TYPES.instanceAmi]: instanceAmi,
  [RESOURCE_TYPES.amiSharing]: amiSharing,
};

export function isKnownResourceType(resourceType: string): boolean {
  return Object.hasOwn(RESOURCE_HANDLERS, resourceType);
}

export function resourceHandlerFor(resourceType: string): ResourceHandler<AnyProperties> {
  const kind = RESOURCE_HANDLERS[resourceType];
  if (!kind) {
    throw new DeploymentError(`the handler does not know the resource type ${resourceType}: deploy the stack again with one version of cdk-encrypted-ami`);
  }
  // what `parse` returns is what `reconcile` of the same kind takes
  return kind as ReturnType<typeof resourceHandlerFor>;
}
