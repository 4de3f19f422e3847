import { Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import { EbsDeviceVolumeType } from 'aws-cdk-lib/aws-ec2';
import * as messages from './messages';

type Range = readonly [min: number, max: number];

interface Limits {
  /** GiB. */
  readonly size: Range;
  readonly iops?: Range;
  readonly iopsRequired?: boolean;
  /** Of every type with IOPS. */
  readonly iopsPerGibibyte?: number;
  /** MiB/s. */
  readonly throughput?: Range;
}

/** See CreateVolume in the Amazon EC2 API Reference, and the page "Amazon EBS volume types" of the Amazon EBS User Guide. */
const LIMITS: Record<string, Limits> = {
  gp2: { size: [1, 16_384] },
  gp3: { size: [1, 65_536], iops: [3_000, 80_000], iopsPerGibibyte: 500, throughput: [125, 2_000] },
  io1: { size: [4, 16_384], iops: [100, 64_000], iopsRequired: true, iopsPerGibibyte: 50 },
  io2: { size: [4, 65_536], iops: [100, 256_000], iopsRequired: true, iopsPerGibibyte: 1_000 },
  st1: { size: [125, 16_384] },
  sc1: { size: [125, 16_384] },
  standard: { size: [1, 1_024] },
};

/** The IOPS of a gp3 volume without `iops`. */
const GP3_BASELINE_IOPS = 3_000;

export interface VolumeOptions {
  readonly deviceName: string;
  /** Undefined: that of the source AMI, whose limits are not known. */
  readonly volumeType?: EbsDeviceVolumeType;
  readonly size?: Size;
  readonly iops?: number;
  readonly throughput?: number;
}

/** Refuses options that CreateVolume would refuse, by the type of the volume. */
export function validateVolume(options: VolumeOptions): void {
  const volume = options.volumeType ? `the ${options.volumeType} volume ${options.deviceName}` : `the volume ${options.deviceName}`;
  // the number of a token is whole, too
  const size = options.size?.toGibibytes({ rounding: SizeRoundingBehavior.NONE });
  if (size !== undefined && !Number.isInteger(size)) {
    throw new Error(messages.sizeNotWhole(volume, options.size!));
  }
  const limits = LIMITS[String(options.volumeType)];
  if (!limits) {
    return;
  }
  validateOption('size', volume, 'GiB', size, limits.size);
  validateOption('iops', volume, 'IOPS', options.iops, limits.iops);
  if (limits.iopsRequired && options.iops === undefined) {
    throw new Error(messages.optionRequired('iops', volume, range(limits.iops!)));
  }
  validateOption('throughput', volume, 'MiB/s', options.throughput, limits.throughput);
  const iops = numberOrNaN(options.iops);
  if (limits.iops && iops > Math.max(numberOrNaN(size) * limits.iopsPerGibibyte!, limits.iops[0])) {
    throw new Error(messages.tooManyIopsPerGibibyte(volume, iops, size!, limits.iopsPerGibibyte!));
  }
  const iopsInEffect = options.iops === undefined ? GP3_BASELINE_IOPS : iops;
  if (numberOrNaN(options.throughput) > iopsInEffect / 4) {
    throw new Error(messages.tooMuchThroughput(volume, options.throughput!, iopsInEffect));
  }
}

function validateOption(option: string, volume: string, unit: string, value: number | undefined, limits: Range | undefined): void {
  if (value === undefined) {
    return;
  }
  if (!limits) {
    throw new Error(messages.optionNotSupported(option, volume, value));
  }
  if (!Token.isUnresolved(value) && (!Number.isInteger(value) || value < limits[0] || value > limits[1])) {
    throw new Error(messages.optionOutOfRange(option, volume, value, `${range(limits)} ${unit}`));
  }
}

/** NaN, which is above no limit and which nothing is above, if the value is not given, or known only when the stack deploys. */
function numberOrNaN(value: number | undefined): number {
  return Token.isUnresolved(value) ? NaN : Number(value);
}

function range([min, max]: Range): string {
  return `${min} to ${max}`;
}
