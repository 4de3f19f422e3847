import { isImpossibleId } from './impossible-ids';

/** How long things take in EC2, in milliseconds of the local AWS where nothing else is said. */
export interface Timing {
  /** Before any byte is copied. */
  copyStart: number;
  copyMebibytesPerSecond: number;
  /** Until a copied snapshot shows its size and its key. */
  copyMetadata: number;
  snapshotStart: number;
  snapshotMebibytesPerSecond: number;
  /** From the last snapshot to the image. */
  imageRegistration: number;
  /** Until a bad key turns out to be one. */
  keyFailure: number;
  volumeCreation: number;
  attachment: number;
  instanceStart: number;
  instanceStop: number;
  instanceTermination: number;
  /** How long what an instance is given for its first boot takes, up to where it shuts the machine down. */
  userData: number;
  /** From the boot until the console's output can be had, except by asking for the latest. */
  consolePosted: number;
  /** How long a terminated instance is still described. */
  terminatedInstanceShown: number;
}

/** How far what Describe calls say lags behind what was done. */
interface Consistency {
  /** How many Describe calls do not see a new thing yet. */
  readsUntilVisible: number;
  /** How long they do not see it. */
  untilVisible: number;
  /** How long filters, owners and readers do not find a new snapshot or one that was just shared, while its id does. */
  listsLag: number;
  /** How long an account can still read a snapshot that is shared with it no more; 65 to 300 s were seen. */
  revocationLag: number;
  /** How long a deregistered image is still described; no time at all in the recordings. */
  deregisteredShown: number;
  /** How long asking for it then gives an empty list, before it gives NotFound. */
  deregisteredEmpty: number;
  /** How long its name stays taken. */
  nameReleased: number;
  /** How long its snapshots stay in use. */
  snapshotReleased: number;
}

interface Limits {
  /** Within which CreateSnapshot refuses a second snapshot of one volume, in milliseconds: "15 seconds" in EC2's list of error codes. */
  snapshotOfVolumeInterval: number;
  concurrentCopies: number;
  concurrentSnapshotCopies: number;
  imagesPerRegion: number;
  /** For all time-based copies of an account from one Region to another. */
  timeBasedMebibytesPerSecond: number;
  /** The token buckets that answer RequestLimitExceeded. */
  throttling: boolean;
  /** Whether `EnableImageBlockPublicAccess` is on, as for every new account. */
  blockPublicImages: boolean;
  /** Where Allowed AMIs is enabled: whose images an account may use besides its own, by account or alias. */
  allowedImageOwners?: readonly string[];
}

/** A Local Zone. Its name begins with its Region. */
export interface LocalZone {
  readonly name: string;
  readonly id: string;
  /** Whether the account has enabled it, which none is at first. */
  enabled: boolean;
  /** Whether it has an S3 of its own, without which no snapshot can be there. */
  localSnapshots: boolean;
  requiresEncryption: boolean;
}

/** Where snapshots can be besides in a Region. */
interface Places {
  /** ARNs. */
  outposts: string[];
  localZones: LocalZone[];
}

/** Which ids EC2 does not even look for. */
interface Ids {
  /** Whether EC2 calls an id malformed although its form is right. */
  isImpossible: (id: string) => boolean;
}

export interface Settings {
  readonly timing: Timing;
  readonly consistency: Consistency;
  readonly limits: Limits;
  readonly places: Places;
  readonly ids: Ids;
}

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
      terminatedInstanceShown: 60 * 60 * 1000,
    },
    consistency: {
      readsUntilVisible: 0,
      untilVisible: 0,
      listsLag: 0,
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
      imagesPerRegion: 50_000,
      timeBasedMebibytesPerSecond: 2000,
      throttling: false,
      blockPublicImages: true,
      allowedImageOwners: undefined,
    },
    ids: { isImpossible: isImpossibleId },
    places: {
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
