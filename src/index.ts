export { MultiKeyMethod } from './contract';
export { DeployedImageProps } from './deployed-image';
export { EncryptedAmiCopy, EncryptedAmiCopyProps } from './encrypted-ami-copy';
export { ImageSharing, ImageSharingProps } from './image-sharing';
export { InstanceAmi, InstanceAmiProps, InstanceBootMode, InstanceDevice } from './instance-ami';
export { MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from './multi-key-ami-builder';
export { KeyedDevice, KeyedVolume } from './multi-key-devices';
