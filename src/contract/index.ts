/*
 * Properties and attributes of the custom resources. The constructs write the properties, and the handler parses them and returns the attributes.
 */
export { type ImageProperties } from './properties/ami-properties';
export { AMI_SHARING_RULES, type AmiSharingProperties, type Sharing } from './properties/ami-sharing-properties';
export { CopyEncryption, ENCRYPTED_AMI_COPY_RULES, type EncryptedAmiCopyProperties } from './properties/encrypted-ami-copy-properties';
export { INSTANCE_AMI_RULES, type InstanceAmiProperties, type InstanceBlockDeviceProperties } from './properties/instance-ami-properties';
export {
  type AmiBlockDeviceProperties, AmiBuildMethod, BuilderCapacityType, MULTI_KEY_AMI_RULES, type MultiKeyAmiProperties,
  type SourceVolumeProperties, VolumeOrigin,
} from './properties/multi-key-ami-properties';
export { type PropertyRule, type PropertyRules, type ValueRule } from './properties/property-rules';
export { type EncryptedAmiCopyAttributes, type ImageAttributes } from './properties/resource-attributes';
export { RESOURCE_TYPES } from './resource-types';
export {
  DEVICE_TAG, ENCRYPTION_TAG, ID_TAG, LEFTOVER_TAG, MAX_USER_TAGS, OWNER_TAG, REMOVAL_POLICY_TAG, REPLACES_TAG, REQUEST_TAG, RESERVED_TAG_PREFIX,
  SHARING_TAG_PREFIX, STEP_TAG, type Tag,
} from './tags';
