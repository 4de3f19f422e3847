export { AmiBase, CommonAmiProps } from './ami/ami-base';
export { IAmi } from './ami/ami';
export { AmiBuildMethod } from './contract';
export { EncryptedAmiCopy, EncryptedAmiCopyProps } from './copy/encrypted-ami-copy';
export { BootModeOverride, InstanceAmi, InstanceAmiProps, InstanceBlockDevice } from './instance-ami/instance-ami';
export { AmiBlockDevice, AmiVolume, EbsVolumeOptions, SnapshotVolumeOptions, SourceVolumeOptions } from './multi-key/block-devices';
export { MultiKeyAmiBuilder } from './multi-key/multi-key-ami-builder';
export { MultiKeyAmiBuilderProps } from './multi-key/multi-key-ami-builder-props';
export { AmiSharing, AmiSharingProps } from './sharing/ami-sharing';
