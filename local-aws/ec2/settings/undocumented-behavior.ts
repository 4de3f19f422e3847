/**
 * What AWS does not document and no known recording of it shows, each with the answers that are possible and with what would settle it.
 * The first answer is the default; what is built on EC2 has to work with every one of them.
 */
export const ALTERNATIVES = {
  /** Does an image that failed still carry the tags it was made with? DescribeImages of one that failed would tell. */
  failedImageKeepsTags: [true, false],
  /** Does an image that failed show, and occupy, the name it was asked to have? Consoles were seen to show another; DescribeImages would tell. */
  failedImageKeepsName: [true, false],
  /** What is left of the snapshots of an image that failed: DescribeSnapshots after such a CopyImage would tell. */
  failedImageKeepsSnapshots: ['with-tags', 'without-tags', 'none'],
  /** The code beside the message of an image that failed because of a key: its StateReason would tell, of which posts quote the message only. */
  failedReasonCode: ['Client.InternalError', 'Client.InvalidKMSKey.InvalidState', 'Server.InternalError'],
  /** Whether that message says anything about the key; the second one is known of CopySnapshot. The same StateReason would tell. */
  failedReasonMessage: [
    'Copy image failed with an internal error',
    'Given key ID is not accessible. You must have DescribeKey permissions on the default CMK',
  ],
  /** Whether CopyImage refuses a name that an image of the account has, as RegisterImage is known to: a second CopyImage with the name would tell. */
  copyNamesAreUnique: [true, false],
  /** What CopyImage answers to a token whose image has failed or was deregistered: the call again after DeregisterImage would tell. */
  tokenOfGoneImage: ['old-id', 'mismatch', 'new-image'],
  /** What the mapping of an image shows while its copy is pending: a recording of the first minute of a CopyImage would tell. */
  snapshotIdsAppear: ['at-once', 'when-available', 'devices-without-ids'],
  /** Whether DescribeImages by id shows a disabled image without being asked to include it: the call after DisableImage would tell. */
  describeDisabledById: [true, false],
  /**
   * An encrypted image copied to another Region without naming a key, whose own key cannot exist there. CopySnapshot is known to take the
   * default key; a recording of such a CopyImage would tell.
   */
  crossRegionWithoutKey: ['default-key', 'failed'],
  /** The error of CopyImage for a key without `Encrypted`; CreateVolume is known to answer the first; such a CopyImage would tell. */
  kmsKeyIdWithoutEncrypted: ['InvalidParameterDependency', 'InvalidParameterCombination', 'InvalidRequest'],
  /**
   * Which Region the ARNs of source image and source snapshots have when IAM is asked about CopyImage between Regions. For CopySnapshot
   * it is known to be the Region of the call; the decoded message of a refused CopyImage would tell.
   */
  sourceArnRegion: ['source', 'destination', 'both'],
  /** Which Region's EC2 uses the source's key in a copy between Regions: `invokedBy` of the key's events in CloudTrail would tell. */
  sourceViaService: ['source', 'destination'],
  /**
   * Whether CopyImage refuses at once, as CopySnapshot is known to, a key that is disabled, unknown or not for the caller. Copies were
   * reported to fail late, but years ago: a recording of a CopyImage with such a key would tell.
   */
  copyImageChecksKey: [false, true],
  /** An unencrypted copy asked for explicitly while encryption by default is on: such a CopyImage would tell. */
  encryptedFalseWithEncryptionByDefault: ['ignored', 'error'],
  /** The error for deregistering an image that is protected: DeregisterImage after EnableImageDeregistrationProtection would tell. */
  deregisterProtectedCode: ['OperationNotPermitted', 'InvalidRequest'],
  /** When the deletion of a pending snapshot takes effect: DescribeSnapshots after DeleteSnapshot of one would tell. */
  pendingSnapshotDeleted: ['when-complete', 'at-once'],
  /** What becomes of the pending snapshots of a copy whose image is deregistered without them: DescribeSnapshots after it would tell. */
  snapshotsOfCancelledCopy: ['kept', 'deleted'],
  /** Whether copied tags are tags that the caller needs `ec2:CreateTags` for: CopyImage with CopyImageTags by a role without it would tell. */
  copiedTagsNeedCreateTags: [true, false],
  /**
   * Whether the request's tags are in the context in which IAM decides about source image and source snapshots: the decoded message of a
   * refused CopyImage would tell.
   */
  requestTagsOnSource: [false, true],
  /**
   * What IAM is asked about a resource that is not there: nothing, or a question without any tags, which a condition on tags denies.
   * DeregisterImage and DeleteSnapshot of a missing id by a role with such a condition would tell.
   */
  missingResource: ['not-found', 'unauthorized'],
  /** Which error CreateImage answers for an instance that is neither running nor stopped: CreateImage of one that is stopping would tell. */
  createImageStateCode: ['IncorrectInstanceState', 'IncorrectState'],
  /** What a launch says that failed because of a key: the first was recorded in 2026, the second is in the EC2 User Guide and in older reports. */
  launchFailureReason: [
    'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
    'Client.InternalError: Client error on launch',
  ],
  /** Whether a copy of a root snapshot still tells RegisterImage what the operating system costs: an image registered of one would tell. */
  copiedSnapshotKeepsLicense: [true, false],
  /** A time-based copy that cannot be done in its time, whatever throughput there is: one of more than 440 GiB in 15 minutes would tell. */
  durationTooShort: ['late', 'refused'],
  /** The error for a time-based copy when no throughput is left: one beyond the quota would tell. */
  noThroughputCode: ['ResourceLimitExceeded', 'InvalidRequest'],
  /** With which code CopyImage refuses an Outpost or a Local Zone that it does not copy to. */
  refusedPlaceCode: ['InvalidParameterValue', 'UnsupportedOperation', 'InvalidRequest'],
  /** How DescribeSnapshots shows the Local Zone that a snapshot is in. */
  localZoneShownBy: ['name', 'id'],
  /** Data volumes that a launch names without saying so: are they deleted with the instance? */
  launchedVolumesDeletedOnTermination: [false, true],
} as const;

type Alternatives = typeof ALTERNATIVES;

/** One answer for each question; change any of them at any time. */
export type UndocumentedBehavior = { -readonly [Name in keyof Alternatives]: Alternatives[Name][number] };

export function defaultSwitches(): UndocumentedBehavior {
  return Object.fromEntries(Object.entries(ALTERNATIVES).map(([name, answers]) => [name, answers[0]])) as unknown as UndocumentedBehavior;
}

/** Every answer that is not the default, one at a time, for tests to go through: `[name, answer]`. */
export function nonDefaultAlternatives(): [keyof UndocumentedBehavior, UndocumentedBehavior[keyof UndocumentedBehavior]][] {
  return Object.entries(ALTERNATIVES)
    .flatMap(([name, answers]) => answers.slice(1)
      .map((answer): [keyof UndocumentedBehavior, UndocumentedBehavior[keyof UndocumentedBehavior]] => [name as keyof UndocumentedBehavior, answer]));
}
