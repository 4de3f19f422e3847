import { Snapshot } from '@aws-sdk/client-ec2';
import { AwsClients } from './aws/clients';
import {
  ENCRYPTED_AMI_COPY_RULES, EncryptedAmiCopyProperties, AMI_SHARING_RULES, ImageAttributes, ImageProperties,
  AmiSharingProperties, INSTANCE_AMI_RULES, InstanceAmiProperties, MULTI_KEY_AMI_RULES, MultiKeyAmiProperties, PropertyRules, RESOURCE_TYPES, Sharing,
} from '../src/contract';
import { completionDurationWithinHour } from './copy/check-completion-duration';
import { findOwnCopies } from './copy/own-copies';
import { reconcileCopy } from './copy/reconcile-copy';
import { imagesOf, OwnedResourceType, snapshotsOf } from './deletion/owned-resources';
import { findInstanceImages } from './instance-ami/own-instance-images';
import { reconcileInstanceAmi } from './instance-ami/reconcile-instance-ami';
import { reconcileMultiKeyAmi, ownedResourceTypesOfBuild } from './multi-key/reconcile-multi-key-ami';
import { DeploymentError } from './outcomes';
import { ImageRequest } from './request/image-request';
import { unknownResourceType } from './request/messages';
import { parseEncryptedAmiCopy, parseAmiSharing, parseInstanceAmi, parseLeniently, parseMultiKeyAmi } from './request/parse-properties';
import { reconcileSharing, revokeSharing } from './sharing/reconcile-sharing';

/** Properties of every resource type; `TimeoutSeconds` only of those that create an AMI. */
export type AnyProperties = Sharing & Partial<Pick<ImageProperties, 'TimeoutSeconds' | 'RemovalPolicy'>>;

/** The handler of one custom resource type. */
export interface ResourceHandler<P extends Sharing> {
  readonly rules: PropertyRules<P>;
  /** Whether the resource creates an AMI, so that the physical id names it. */
  readonly createsImage: boolean;
  parse(properties: Readonly<Record<string, unknown>>): P;
  /** The properties that can be read, for a Delete: what a later version requires, it must not need to delete. */
  parseLeniently(properties: Readonly<Record<string, unknown>>): P;
  /** Takes the next step towards the AMI. Ends with its attributes, with `NotReady`, or with `DeploymentError`. */
  reconcile(aws: AwsClients, request: ImageRequest<P>): Promise<ImageAttributes>;
  /** The types of resources that a request can own, in the order of their deletion. */
  ownedResourceTypes(properties: P): readonly OwnedResourceType<P>[];
  /** The `completionDuration` in minutes with which an AMI with these snapshots is ready within CloudFormation's hour, if it takes longer without. */
  completionDurationWithinHour?(properties: P, snapshots: readonly Snapshot[]): number | undefined;
  /** Undoes changes to an AMI that stays. */
  revokeSharing?(aws: AwsClients, request: ImageRequest<P>): Promise<void>;
}

function defineHandler<P extends Sharing>(definition: Omit<ResourceHandler<P>, 'parseLeniently'>): ResourceHandler<P> {
  return { ...definition, parseLeniently: properties => parseLeniently(properties, definition.rules) as P };
}

const encryptedAmiCopy = defineHandler<EncryptedAmiCopyProperties>({
  rules: ENCRYPTED_AMI_COPY_RULES,
  createsImage: true,
  parse: parseEncryptedAmiCopy,
  reconcile: reconcileCopy,
  completionDurationWithinHour,
  ownedResourceTypes: () => [imagesOf(findOwnCopies), snapshotsOf(findOwnCopies)],
});

const instanceAmi = defineHandler<InstanceAmiProperties>({
  rules: INSTANCE_AMI_RULES,
  createsImage: true,
  parse: parseInstanceAmi,
  reconcile: reconcileInstanceAmi,
  ownedResourceTypes: () => {
    const find = async (aws: AwsClients, request: ImageRequest<InstanceAmiProperties>) =>
      Object.values(await findInstanceImages(aws, request)).filter(image => image !== undefined);
    return [imagesOf(find), snapshotsOf(find)];
  },
});

const multiKeyAmi = defineHandler<MultiKeyAmiProperties>({
  rules: MULTI_KEY_AMI_RULES,
  createsImage: true,
  parse: parseMultiKeyAmi,
  reconcile: reconcileMultiKeyAmi,
  ownedResourceTypes: ownedResourceTypesOfBuild,
});

const amiSharing = defineHandler<AmiSharingProperties>({
  rules: AMI_SHARING_RULES,
  createsImage: false,
  parse: parseAmiSharing,
  reconcile: reconcileSharing,
  ownedResourceTypes: () => [],
  revokeSharing,
});

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
  const handler = RESOURCE_HANDLERS[resourceType];
  if (!handler) {
    throw new DeploymentError(unknownResourceType(resourceType));
  }
  // `parse` returns the properties that `reconcile` of the same handler takes
  return handler as ReturnType<typeof resourceHandlerFor>;
}
