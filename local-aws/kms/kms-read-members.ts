import { ReadMembers } from '../wire/service';

/** The request members that the local KMS reads. */
export const readMembers: ReadMembers = {
  CreateKey: ['Description', 'KeySpec', 'CustomerMasterKeySpec', 'KeyUsage', 'Origin', 'MultiRegion', 'Policy', 'BypassPolicyLockoutSafetyCheck', 'Tags'],
  DescribeKey: ['KeyId'],
  ListKeys: ['Limit'],
  GetKeyPolicy: ['KeyId', 'PolicyName=default'],
  PutKeyPolicy: ['KeyId', 'Policy', 'PolicyName=default', 'BypassPolicyLockoutSafetyCheck'],
  EnableKey: ['KeyId'],
  DisableKey: ['KeyId'],
  ScheduleKeyDeletion: ['KeyId', 'PendingWindowInDays'],
  CancelKeyDeletion: ['KeyId'],
  EnableKeyRotation: ['KeyId', 'RotationPeriodInDays=365'],
  DisableKeyRotation: ['KeyId'],
  GetKeyRotationStatus: ['KeyId'],
  UpdateKeyDescription: ['KeyId', 'Description'],
  CreateAlias: ['AliasName', 'TargetKeyId'],
  UpdateAlias: ['AliasName', 'TargetKeyId'],
  DeleteAlias: ['AliasName'],
  ListAliases: ['KeyId'],
  TagResource: ['KeyId', 'Tags'],
  UntagResource: ['KeyId', 'TagKeys'],
  ListResourceTags: ['KeyId'],
};
