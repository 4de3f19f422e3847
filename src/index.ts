export { MultiKeyMethod } from './contract';
export { CommonAmiProps as DeployedImageProps } from './ami/ami-base';
export { EncryptedAmiCopy, EncryptedAmiCopyProps } from './copy/encrypted-ami-copy';
export { ImageSharing, ImageSharingProps } from './sharing/ami-sharing';
export { InstanceAmi, InstanceAmiProps, InstanceBootMode, InstanceDevice } from './instance-ami/instance-ami';
export { MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from './multi-key/multi-key-ami-builder';
export { KeyedDevice, KeyedVolume } from './multi-key/block-devices';
