/** The custom resource types. Changing a name would replace every deployed AMI. */
export const RESOURCE_TYPES = {
  encryptedAmiCopy: 'Custom::EncryptedAmiCopy',
  multiKeyAmi: 'Custom::MultiKeyAmi',
  instanceAmi: 'Custom::InstanceAmi',
  amiSharing: 'Custom::AmiSharing',
} as const;
