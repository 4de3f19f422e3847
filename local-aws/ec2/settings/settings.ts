import { isMalformedId } from './malformed-ids';

/** Durations in EC2, in milliseconds of the local AWS unless the name says otherwise. */
export interface Timing {
  /** The time before a copy begins. */
  copyStart: number;
  copyMebibytesPerSecond: number;
  /** The time until a copied snapshot shows its size and its key. */
  copyMetadata: number;
  snapshotStart: number;
  snapshotMebibytesPerSecond: number;
  /** The time from the last snapshot's completion until the image is available. */
  imageRegistration: number;
  /** The time until a resource with an unusable key fails. */
  keyFailure: number;
  volumeCreation: number;
  attachment: number;
  instanceStart: number;
  instanceStop: number;
  instanceTermination: number;
  /** The run time of an instance's user data, up to the shutdown. */
  userData: number;
  /** The time from boot until GetConsoleOutput returns output without `Latest`. */
  consolePosted: number;
  /** The time until a persistent Spot Instance request launches another instance for one that was terminated. */
  spotRelaunch: number;
  /** The time until EC2 terminates the stopped instance of a Spot Instance request that was canceled. */
  spotCancellation: number;
  /** The time that DescribeInstances shows a terminated instance. */
  terminatedInstanceShown: number;
}

/** The delays of eventual consistency. */
interface Consistency {
  /** The number of Describe calls that do not find a new resource. */
  readsUntilVisible: number;
  /** The time in milliseconds that Describe calls do not find a new resource. */
  untilVisible: number;
  /** The time that filters, owners and readers do not find a new or newly shared snapshot that its ID finds. */
  listsLag: number;
  /** Does a list begin with an empty page and a token? A page of EC2 "might contain fewer items than specified": it filters what a page has read. */
  emptyFirstPages: boolean;
  /** The time that an account can still read a snapshot after it is no longer shared; 65 to 300 s were observed. */
  revocationLag: number;
  /** The time that DescribeImages still shows a deregistered image; zero in the recordings. */
  deregisteredShown: number;
  /** The time after that in which DescribeImages by ID returns an empty list, before it returns NotFound. */
  deregisteredEmpty: number;
  /** The time that the name of a deregistered image stays in use. */
  nameReleased: number;
  /** The time that the snapshots of a deregistered image stay in use. */
  snapshotReleased: number;
}

interface Limits {
  /** CreateSnapshot refuses a second snapshot of a volume within this time, in milliseconds: "15 seconds" in EC2's list of error codes. */
  snapshotOfVolumeInterval: number;
  concurrentCopies: number;
  concurrentSnapshotCopies: number;
  /** The throughput of all time-based copies of an account from one Region to another. */
  timeBasedMebibytesPerSecond: number;
  /** The token buckets of RequestLimitExceeded. */
  throttling: boolean;
  /** `EnableImageBlockPublicAccess`, which is on for every new account. */
  blockPublicImages: boolean;
  /** The account refuses launches that do not require tokens for metadata. */
  httpTokensEnforced: boolean;
  /** The accounts and aliases of the Allowed AMIs settings; `undefined` while they are disabled. */
  allowedImageOwners: readonly string[] | undefined;
}

/** A Local Zone. Its name begins with the name of its Region. */
export interface LocalZone {
  readonly name: string;
  readonly id: string;
  /** True if the account has enabled the zone. New accounts have enabled none. */
  enabled: boolean;
  /** True if the zone has S3 storage, which snapshots need. */
  localSnapshots: boolean;
  requiresEncryption: boolean;
}

/** Locations of snapshots outside the Region. */
interface SnapshotLocations {
  /** The ARNs of Outposts. */
  outposts: string[];
  localZones: LocalZone[];
}

/** The bucket that EC2 uses for the S3-backed images of an account in a Region. */
interface BundleBucket {
  /** The account that owns the bucket, if it is not the account itself: names of buckets are global. */
  account: string | undefined;
}

/** The outcome of user data at the first boot. No script runs here. */
interface UserDataOutcome {
  /** The lines on the console, after `timing.userData`; by default each command, one in a second. */
  console: string[] | undefined;
  /** True if the instance shuts itself down after `timing.userData`; by default if a command looks like it. */
  shutsDown: boolean | undefined;
}

/** The IDs that EC2 reports as malformed. */
interface Ids {
  /** True if EC2 reports an ID as malformed although its form is right. */
  isMalformed: (id: string) => boolean;
}

export interface Settings {
  readonly timing: Timing;
  readonly consistency: Consistency;
  readonly limits: Limits;
  readonly locations: SnapshotLocations;
  readonly ids: Ids;
  readonly userData: UserDataOutcome;
  readonly bundleBucket: BundleBucket;
}

/** A setting without a value is undefined, and not left out: a reset restores what stands here. */
export function defaultSettings(): Settings {
  return {
    timing: {
      copyStart: 20_000,
      copyMebibytesPerSecond: 100,
      copyMetadata: 2_000,
      snapshotStart: 15_000,
      snapshotMebibytesPerSecond: 120,
      imageRegistration: 5_000,
      keyFailure: 10_000,
      volumeCreation: 3_000,
      attachment: 2_000,
      instanceStart: 12_000,
      instanceStop: 15_000,
      instanceTermination: 20_000,
      userData: 30_000,
      consolePosted: 60_000,
      spotRelaunch: 5_000,
      spotCancellation: 2_000,
      terminatedInstanceShown: 60 * 60 * 1000,
    },
    consistency: {
      readsUntilVisible: 0,
      untilVisible: 0,
      listsLag: 0,
      emptyFirstPages: false,
      revocationLag: 0,
      deregisteredShown: 0,
      deregisteredEmpty: 60_000,
      nameReleased: 5_000,
      snapshotReleased: 3_000,
    },
    limits: {
      snapshotOfVolumeInterval: 15_000,
      concurrentCopies: 300,
      concurrentSnapshotCopies: 20,
      timeBasedMebibytesPerSecond: 2000,
      throttling: false,
      blockPublicImages: true,
      httpTokensEnforced: false,
      allowedImageOwners: undefined,
    },
    ids: { isMalformed: isMalformedId },
    userData: { console: undefined, shutsDown: undefined },
    bundleBucket: { account: undefined },
    locations: {
      outposts: [],
      localZones: [
        { name: 'us-east-1-atl-2a', id: 'use1-atl2-az1', enabled: false, localSnapshots: true, requiresEncryption: true },
        { name: 'us-east-1-bos-1a', id: 'use1-bos1-az1', enabled: false, localSnapshots: true, requiresEncryption: false },
        { name: 'us-east-1-bos-1b', id: 'use1-bos1-az2', enabled: false, localSnapshots: true, requiresEncryption: false },
        { name: 'us-east-1-mia-1a', id: 'use1-mia1-az1', enabled: false, localSnapshots: false, requiresEncryption: false },
        { name: 'eu-central-1-ist-1a', id: 'euc1-ist1-az1', enabled: false, localSnapshots: true, requiresEncryption: false },
      ],
    },
  };
}
