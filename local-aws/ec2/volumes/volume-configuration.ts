import { VolumeType } from '@aws-sdk/client-ec2';
import { AwsError } from '../../aws-call';

/** The volume options of a request, with EC2's defaults for type and size. */
export interface VolumeConfiguration {
  readonly type: VolumeType;
  /** In GiB. */
  readonly size: number;
  readonly iops?: number;
  /** In MiB/s. */
  readonly throughput?: number;
}

interface Limits {
  /** In GiB. */
  readonly size: readonly [number, number];
  /** The largest number of IOPS of a request; none for types without configurable IOPS. */
  readonly iops?: number;
  /** The largest ratio of IOPS to GiB. */
  readonly iopsPerGibibyte?: number;
}

/** @see CreateVolume in the EC2 API reference */
const limitsOf: Readonly<Record<VolumeType, Limits>> = {
  gp2: { size: [1, 16_384] },
  gp3: { size: [1, 65_536], iops: 80_000, iopsPerGibibyte: 500 },
  io1: { size: [4, 16_384], iops: 64_000, iopsPerGibibyte: 50 },
  io2: { size: [4, 65_536], iops: 256_000, iopsPerGibibyte: 1_000 },
  st1: { size: [125, 16_384] },
  sc1: { size: [125, 16_384] },
  standard: { size: [1, 1_024] },
};
const LEAST_IOPS = 100;
const GP3_IOPS = 3_000;
const GP3_THROUGHPUT = 125;
const GP3_MOST_THROUGHPUT = 2_000;
/** The largest ratio of MiB/s to IOPS. */
const GP3_THROUGHPUT_PER_IOPS = 0.25;

/** True for types with configurable IOPS: only these have IOPS in a block device mapping. */
export function hasConfigurableIops(type: VolumeType): boolean {
  return limitsOf[type]?.iops !== undefined;
}

/** Checks the options of a volume. Order and words are those of recorded CreateVolume errors. */
export function checkVolumeConfiguration(volume: VolumeConfiguration): void {
  checkType(volume.type);
  checkPositive(volume);
  checkSupported(volume);
  checkSize(volume);
  if (hasConfigurableIops(volume.type)) {
    checkIops(volume);
  }
  if (volume.type === 'gp3') {
    checkThroughput(volume);
  }
}

/** Computes IOPS and throughput of a volume. EC2 raises values of gp3 that are below its baseline to the baseline. */
export function performanceOf({ type, size, iops, throughput }: VolumeConfiguration): { iops?: number; throughput?: number } {
  switch (type) {
    case 'gp2': return { iops: Math.min(16_000, Math.max(LEAST_IOPS, size * 3)) };
    case 'gp3': return { iops: Math.max(GP3_IOPS, iops ?? 0), throughput: Math.max(GP3_THROUGHPUT, throughput ?? 0) };
    default: return { iops };
  }
}

function checkType(type: VolumeType): void {
  if (!(type in limitsOf)) {
    throw new AwsError('UnknownVolumeType', `Unsupported volume type '${type}' for volume creation. `);
  }
}

function checkPositive({ size, iops, throughput }: VolumeConfiguration): void {
  const negative = Object.entries({ size, iops, throughput }).find(([, value]) => value !== undefined && value < 0);
  if (negative) {
    throw new AwsError('InvalidParameterValue', `Value (${negative[1]}) for parameter ${negative[0]} is invalid. Value must be a positive integer.`);
  }
}

function checkSupported({ type, iops, throughput }: VolumeConfiguration): void {
  if ((type === 'io1' || type === 'io2') && iops === undefined) {
    throw new AwsError('InvalidParameterCombination', `The parameter iops must be specified for ${type} volumes.`);
  }
  if (!hasConfigurableIops(type) && iops !== undefined) {
    throw new AwsError('InvalidParameterCombination', `The parameter iops is not supported for ${type} volumes.`);
  }
  if (type !== 'gp3' && throughput !== undefined) {
    throw new AwsError('InvalidParameterCombination', `The throughput parameter is not supported for ${type} volumes.`);
  }
}

function checkSize({ type, size }: VolumeConfiguration): void {
  const [least, most] = limitsOf[type].size;
  if (size < least) {
    throw new AwsError(
      'InvalidParameterValue',
      `The volume size is invalid for ${type} volumes: ${size} GiB. ${type} volumes must be at least ${least} GiB in size. ` +
      'Please specify a volume size above the minimum limit.',
    );
  }
  if (size > most) {
    throw new AwsError('InvalidParameterValue', `Volume of ${size}GiB is too large for volume type ${type}; maximum is ${most}GiB`);
  }
}

function checkIops({ type, size, iops }: VolumeConfiguration): void {
  const { iops: most = 0, iopsPerGibibyte = 0 } = limitsOf[type];
  if (iops === undefined) {
    return;
  }
  if (iops < LEAST_IOPS) {
    throw new AwsError('InvalidParameterValue', `Volume iops of ${iops} is too low; minimum is ${LEAST_IOPS}.`);
  }
  if (iops > most) {
    throw new AwsError('InvalidParameterValue', `Volume iops of ${iops} is too high; maximum is ${most}.`);
  }
  // a gp3 volume of any size may have the baseline
  if (iops / size > iopsPerGibibyte && !(type === 'gp3' && iops === GP3_IOPS)) {
    throw new AwsError('InvalidParameterValue', `Iops to volume size ratio of ${(iops / size).toFixed(6)} is too high; maximum is ${iopsPerGibibyte}`);
  }
}

function checkThroughput(volume: VolumeConfiguration): void {
  const { iops = GP3_IOPS, throughput = GP3_THROUGHPUT } = performanceOf(volume);
  if (throughput > GP3_MOST_THROUGHPUT) {
    throw new AwsError('InvalidParameterValue', `Volume throughput of ${throughput} is too high; maximum is ${GP3_MOST_THROUGHPUT}.`);
  }
  if (throughput / iops > GP3_THROUGHPUT_PER_IOPS) {
    throw new AwsError(
      'InvalidParameterValue',
      `Throughput (MiBps) to iops ratio of ${(throughput / iops).toFixed(6)} is too high; maximum is ${GP3_THROUGHPUT_PER_IOPS.toFixed(6)} MiBps per iops`,
    );
  }
}
