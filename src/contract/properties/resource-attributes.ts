/** The attributes of every AMI of this library, for `Fn::GetAtt`. */
export interface ImageAttributes {
  readonly ImageId: string;
  readonly ImageName: string;
  readonly Architecture: string;
  readonly RootDeviceName: string;
  readonly RootSnapshotId: string;
  /** In the order of the devices, separated by commas: an attribute of a custom resource is best a plain string. */
  readonly SnapshotIds: string;
}

/** The attributes of a copy. */
export interface EncryptedAmiCopyAttributes extends ImageAttributes {
  /** `true` or `false`, of a time-based copy; else empty. */
  readonly CompletionDurationMet: string;
}
