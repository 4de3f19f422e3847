import { ValueRules } from './properties/property-rules';

/** The tag with which every resource is created: `<stack id>/<physical id>`. */
export const OWNER_TAG = 'cdk-encrypted-ami:owner';

/** The tag of resources that the handler needs only to create the AMI, and deletes when the AMI is available. */
export const STEP_TAG = 'cdk-encrypted-ami:step';

/** The tag with the device of the AMI that a volume or a snapshot is for. */
export const DEVICE_TAG = 'cdk-encrypted-ami:device';

/**
 * The tag with the ID of its resource. Tags that any tool copied to another resource have the ID of the first one, so this tag distinguishes the tags that
 * the handler wrote from copied ones.
 */
export const ID_TAG = 'cdk-encrypted-ami:id';

/** The tag of a builder instance with CloudFormation's ID of the request, from which its client token follows. */
export const REQUEST_TAG = 'cdk-encrypted-ami:request';

/** The tag of a finished AMI with the removal policy of its resource. An AMI without it was never returned to CloudFormation. */
export const REMOVAL_POLICY_TAG = 'cdk-encrypted-ami:removal-policy';

/** The tag of a finished AMI that replaces another, with the physical ID of the other one, which a rollback may ask for. */
export const REPLACES_TAG = 'cdk-encrypted-ami:replaces';

/**
 * The beginning of the tags of an AMI with what was shared before a construct shared it: one tag for each construct, two at most. A tag ends in
 * letters and digits that follow from the stack, the construct and the AMI, so that a tag that was copied to another AMI counts for nothing.
 */
export const SHARING_TAG_PREFIX = 'cdk-encrypted-ami:sharing-';

/** The tag of a snapshot of a finished AMI with its device and its key, for people: the handler never reads it to decide anything. */
export const ENCRYPTION_TAG = 'cdk-encrypted-ami:encryption';

/** Tags with this prefix are reserved for the library. */
export const RESERVED_TAG_PREFIX = 'cdk-encrypted-ami:';

/** EC2 allows 50 tags on a resource, of which the library reserves ten. */
export const MAX_USER_TAGS = 40;

/** One tag, as CloudFormation writes it. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export const TAG_RULES: ValueRules<Tag> = {
  Key: { type: 'string', required: true },
  Value: { type: 'string', required: true },
};

/** On a resource that a Delete could not delete: the id of its AMI. Later requests of the stack try again. */
export const LEFTOVER_TAG = 'cdk-encrypted-ami:leftover';
