/**
 * Behavior that AWS does not document and no known recording shows: the possible answers, and how to settle the question.
 * The first answer is the default. Code that uses EC2 must work with each of them.
 */
export const ALTERNATIVES = {
  /** Does a failed image keep its tags? Settled by DescribeImages of a failed image. */
  failedImageKeepsTags: [true, false],
  /** Does a failed image keep its name, so that it stays in use? Consoles have shown another name. Settled by DescribeImages of a failed image. */
  failedImageKeepsName: [true, false],
  /** Which snapshots of a failed image remain? Settled by DescribeSnapshots after a failed CopyImage. */
  failedImageKeepsSnapshots: ['with-tags', 'without-tags', 'none'],
  /** The code in the StateReason of an image that failed because of a key. Posts quote the message only. Settled by such a StateReason. */
  failedReasonCode: ['Client.InternalError', 'Client.InvalidKMSKey.InvalidState', 'Server.InternalError'],
  /** Does that message name the key problem? The second answer is recorded for CopySnapshot. Settled by such a StateReason. */
  failedReasonMessage: [
    'Copy image failed with an internal error',
    'Given key ID is not accessible. You must have DescribeKey permissions on the default CMK',
  ],
  /**
   * Are `[ ] ' @` and the space allowed in names? The documentation of the parameter lists them, the text of `InvalidAMIName.Malformed` does not.
   * Settled by a CreateImage with such a name.
   */
  namesWithAllCharacters: [true, false],
  /** Does CopyImage refuse a name that is in use, as RegisterImage does? Settled by a second CopyImage with the same name. */
  copyNamesAreUnique: [true, false],
  /** The response of CopyImage to the client token of a failed or deregistered image. Settled by the same call after DeregisterImage. */
  tokenOfDeletedImage: ['old-id', 'mismatch', 'new-image'],
  /** The block device mapping of a pending copy. Settled by a recording of the first minute after CopyImage. */
  snapshotIdsAppear: ['at-once', 'when-available', 'devices-without-ids'],
  /**
   * The `Progress` of a pending copy in DescribeSnapshots: does it grow evenly, stay at the first percent, or is it missing? Settled by a recording
   * of a copy that takes minutes.
   */
  copyProgress: ['even', 'stands', 'absent'],
  /** Does DescribeImages by ID show a disabled image without `IncludeDisabled`? Settled by the call after DisableImage. */
  describeDisabledById: [true, false],
  /**
   * CopyImage of an encrypted image to another Region without a key, where the source's key does not exist. CopySnapshot uses the default key.
   * Settled by a recording of such a CopyImage.
   */
  crossRegionWithoutKey: ['default-key', 'failed'],
  /** The error of CopyImage with a key and without `Encrypted`. CreateVolume returns the first. Settled by such a CopyImage. */
  kmsKeyIdWithoutEncrypted: ['InvalidParameterDependency', 'InvalidParameterCombination', 'InvalidRequest'],
  /**
   * The Region in the ARNs of source image and source snapshots when IAM authorizes CopyImage between Regions. For CopySnapshot it is the Region
   * of the call. Settled by the decoded message of a denied CopyImage.
   */
  sourceArnRegion: ['source', 'destination', 'both'],
  /** The Region whose EC2 uses the source's key in a copy between Regions. Settled by `invokedBy` of the key's CloudTrail events. */
  sourceViaService: ['source', 'destination'],
  /**
   * Does CopyImage return an error for a key that is disabled, does not exist or is not allowed, as CopySnapshot does? Reports from years ago
   * say that the copy fails later. Settled by a recording of a CopyImage with such a key.
   */
  copyImageChecksKey: [false, true],
  /** CopyImage with `Encrypted=false` while encryption by default is on. Settled by such a CopyImage. */
  encryptedFalseWithEncryptionByDefault: ['ignored', 'error'],
  /** The error of DeregisterImage for a protected image. Settled by DeregisterImage after EnableImageDeregistrationProtection. */
  deregisterProtectedCode: ['OperationNotPermitted', 'InvalidRequest'],
  /** The time at which the deletion of a pending snapshot takes effect. Settled by DescribeSnapshots after DeleteSnapshot of a pending snapshot. */
  pendingSnapshotDeleted: ['when-complete', 'at-once'],
  /** The pending snapshots of a copy after DeregisterImage without them. Settled by DescribeSnapshots after that call. */
  snapshotsOfCanceledCopy: ['kept', 'deleted'],
  /** Does the caller need `ec2:CreateTags` for copied tags? Settled by CopyImage with CopyImageTags by a role without it. */
  copiedTagsNeedCreateTags: [true, false],
  /**
   * Does the request context for source image and source snapshots contain the tags of the request? Settled by the decoded message of a denied
   * CopyImage.
   */
  requestTagsOnSource: [false, true],
  /**
   * The authorization of a request for a resource that does not exist: either none, or one without resource tags, which a condition on tags
   * denies. Settled by DeregisterImage and DeleteSnapshot of a nonexistent ID by a role with such a condition.
   */
  missingResource: ['not-found', 'unauthorized'],
  /** The error of CreateImage for an instance that is neither running nor stopped. Settled by CreateImage of a stopping instance. */
  createImageStateCode: ['IncorrectInstanceState', 'IncorrectState'],
  /**
   * The state reason of a launch that failed because of a key. The first was recorded in 2026, the second is in the EC2 User Guide and in older
   * reports.
   */
  launchFailureReason: [
    'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
    'Client.InternalError: Client error on launch',
  ],
  /** Does the copy of a root snapshot keep the billing codes of the operating system? Settled by an image registered with such a copy. */
  copiedSnapshotKeepsLicense: [true, false],
  /** A time-based copy with more data than EBS can copy in the duration. Settled by a copy of more than 440 GiB in 15 minutes. */
  durationTooShort: ['late', 'refused'],
  /** The error of a time-based copy when no throughput is left. Settled by a copy beyond the quota. */
  noThroughputCode: ['ResourceLimitExceeded', 'InvalidRequest'],
  /** The error code of CopyImage for an Outpost or a Local Zone that EC2 does not copy to. Settled by such a CopyImage. */
  unsupportedDestinationCode: ['InvalidParameterValue', 'UnsupportedOperation', 'InvalidRequest'],
  /** The form in which DescribeSnapshots shows the Local Zone of a snapshot. Settled by such a call. */
  localZoneShownBy: ['name', 'id'],
  /** `DeleteOnTermination` of data volumes that a launch adds without naming it. Settled by DescribeInstances after such a launch. */
  launchedVolumesDeletedOnTermination: [false, true],
  /**
   * Does a launch need permission for the image's snapshots, as a copy does, when the request names another key for a volume? A launch without a key
   * needs none. Settled by RunInstances with a key from an image of AWS Marketplace.
   */
  launchWithKeyReadsSnapshots: [false, true],
  /**
   * RunInstances with HttpEndpoint "disabled" and HttpTokens "required". The AWS CLI's examples show an instance with both; Terraform's provider does not
   * send both for an instance that exists. Settled by such a RunInstances.
   */
  tokensOfDisabledMetadata: ['taken', 'refused'],
  /**
   * Does an instance that a persistent Spot Instance request launches for one that was terminated have the tags and the client token of the launch? Settled by
   * DescribeInstances after TerminateInstances of a tagged instance.
   */
  relaunchedSpotInstance: ['tagged', 'untagged'],
  /**
   * Whose permissions does EC2 need for the keys of the volumes of a Spot Instance that RunInstances launches: also those of AWSServiceRoleForEC2Spot, as the EC2 User
   * Guide says, or only those of the caller? Settled by a launch with a key that the role may not use.
   */
  spotLaunchUsesKeysAs: ['caller-and-role', 'caller'],
  /** A shutdown from the operating system after the Spot Instance request was canceled: the instance cannot be stopped then. Settled by such a shutdown. */
  shutdownAfterSpotCancellation: ['terminates', 'stops'],
} as const;

type Alternatives = typeof ALTERNATIVES;

/** One answer for each question. Tests can change them at any time. */
export type UndocumentedBehavior = { -readonly [Name in keyof Alternatives]: Alternatives[Name][number] };

type Alternative = [keyof UndocumentedBehavior, UndocumentedBehavior[keyof UndocumentedBehavior]];

export function defaultSwitches(): UndocumentedBehavior {
  return Object.fromEntries(Object.entries(ALTERNATIVES).map(([name, answers]) => [name, answers[0]])) as unknown as UndocumentedBehavior;
}

/** Every answer that is not the default, as `[name, answer]`, so that tests can run with each of them. */
export function nonDefaultAlternatives(): Alternative[] {
  return Object.entries(ALTERNATIVES)
    .flatMap(([name, answers]) => answers.slice(1).map((answer): Alternative => [name as keyof UndocumentedBehavior, answer]));
}
