export { DeployedImageProps } from './deployed-image';
export { EncryptedAmiCopy, EncryptedAmiCopyProps } from './encrypted-ami-copy';
