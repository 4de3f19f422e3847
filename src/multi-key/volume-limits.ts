import { Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import { EbsDeviceVolumeType } from 'aws-cdk-lib/aws-ec2';
import * as messages from './messages';

interface Limits {
  /** GiB. */
  readonly size: readonly [number, number];
  readonly iops?: readonly [number, number];
  readonly iopsRequired?: boolean;
  /** IOPS for each GiB. */
  readonly iopsPerGibibyte?: number;
  /** MiB/s. */
  readonly throughput?: readonly [number, number];
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
  readonly volumeType: EbsDeviceVolumeType;
  readonly size?: Size;
  readonly iops?: number;
  readonly throughput?: number;
}

/** Refuses options that CreateVolume would refuse, by the type of the volume. */
export function validateVolume(options: VolumeOptions): void {
  const volume = `the ${options.volumeType} volume ${options.deviceName}`;
  const size = options.size && !options.size.isUnresolved() ? options.size.toGibibytes({ rounding: SizeRoundingBehavior.NONE }) : undefined;
  if (size !== undefined && !Number.isInteger(size)) {
    throw new Error(messages.sizeNotWhole(volume, options.size!));
  }
  const limits = LIMITS[options.volumeType];
  if (!limits) {
    return;
  }
  const [iops, throughput] = [ifResolved(options.iops), ifResolved(options.throughput)];
  validateRange('size', volume, 'GiB', size, limits.size);
  validateSupported('iops', volume, options.iops, limits.iops);
  validateRange('iops', volume, 'IOPS', iops, limits.iops);
  if (limits.iopsRequired && options.iops === undefined) {
    throw new Error(messages.optionRequired('iops', volume, range(limits.iops!)));
  }
  validateSupported('throughput', volume, options.throughput, limits.throughput);
  validateRange('throughput', volume, 'MiB/s', throughput, limits.throughput);
  if (iops !== undefined && size !== undefined && limits.iopsPerGibibyte && iops > Math.max(size * limits.iopsPerGibibyte, limits.iops![0])) {
    throw new Error(messages.tooManyIopsPerGibibyte(volume, iops, size, limits.iopsPerGibibyte));
  }
  if (throughput !== undefined && (options.iops === undefined || iops !== undefined) && throughput > (iops ?? GP3_BASELINE_IOPS) / 4) {
    throw new Error(messages.tooMuchThroughput(volume, throughput, iops ?? GP3_BASELINE_IOPS));
  }
}

function ifResolved(value: number | undefined): number | undefined {
  return value === undefined || Token.isUnresolved(value) ? undefined : value;
}

function validateSupported(option: string, volume: string, value: number | undefined, limits: readonly [number, number] | undefined): void {
  if (value !== undefined && !limits) {
    throw new Error(messages.optionNotSupported(option, volume, value));
  }
}

function validateRange(option: string, volume: string, unit: string, value: number | undefined, limits: readonly [number, number] | undefined): void {
  if (value !== undefined && limits && (!Number.isInteger(value) || value < limits[0] || value > limits[1])) {
    throw new Error(messages.optionOutOfRange(option, volume, value, `${range(limits)} ${unit}`));
  }
}

function range([min, max]: readonly [number, number]): string {
  return `${min} to ${max}`;
}
