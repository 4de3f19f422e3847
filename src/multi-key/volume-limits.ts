import { Size, Token } from 'aws-cdk-lib';
import { EbsDeviceVolumeType } from 'aws-cdk-lib/aws-ec2';

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
const GP3_BASELINE = 3_000;

export interface VolumeOptions {
  readonly deviceName: string;
  readonly volumeType: EbsDeviceVolumeType;
  readonly size?: Size;
  readonly iops?: number;
  readonly throughput?: number;
}

/** Refuses what CreateVolume would refuse, by the type of the volume. */
export function checkVolume(volume: VolumeOptions): void {
  const limits = LIMITS[volume.volumeType];
  if (!limits) {
    return;
  }
  const of = `of the ${volume.volumeType} volume ${volume.deviceName}`;
  const size = volume.size && !volume.size.isUnresolved() ? volume.size.toGibibytes({ rounding: undefined }) : undefined;
  checkRange(`\`size\` ${of}`, 'GiB', size, limits.size);
  checkSupported(`\`iops\` ${of}`, volume.iops, limits.iops);
  checkRange(`\`iops\` ${of}`, 'IOPS', ifResolved(volume.iops), limits.iops);
  if (limits.iopsRequired && volume.iops === undefined) {
    throw new Error(`\`iops\` ${of} is required. Pass ${range(limits.iops!)}.`);
  }
  checkSupported(`\`throughput\` ${of}`, volume.throughput, limits.throughput);
  checkRange(`\`throughput\` ${of}`, 'MiB/s', ifResolved(volume.throughput), limits.throughput);
  const iops = ifResolved(volume.iops);
  if (iops !== undefined && size !== undefined && limits.iopsPerGibibyte && iops > Math.max(size * limits.iopsPerGibibyte, limits.iops![0])) {
    throw new Error(`\`iops\` ${of} must be at most ${limits.iopsPerGibibyte} per GiB, but is ${iops} for ${size} GiB. Lower it, or increase \`size\`.`);
  }
  const throughput = ifResolved(volume.throughput);
  if (throughput !== undefined && (volume.iops === undefined || iops !== undefined) && throughput > (iops ?? GP3_BASELINE) / 4) {
    throw new Error(`\`throughput\` ${of} must be at most a quarter of its IOPS in MiB/s, but is ${throughput} for ${iops ?? GP3_BASELINE} IOPS. Lower it, or increase \`iops\`.`);
  }
}

function ifResolved(value: number | undefined): number | undefined {
  return value === undefined || Token.isUnresolved(value) ? undefined : value;
}

function checkSupported(subject: string, value: number | undefined, limits: readonly [number, number] | undefined): void {
  if (value !== undefined && !limits) {
    throw new Error(`${subject} cannot be chosen, but is ${value}. Remove it, or use another volume type.`);
  }
}

function checkRange(subject: string, unit: string, value: number | undefined, limits: readonly [number, number] | undefined): void {
  if (value !== undefined && limits && (!Number.isInteger(value) || value < limits[0] || value > limits[1])) {
    throw new Error(`${subject} must be a whole number of ${range(limits)} ${unit}, but is ${value}.`);
  }
}

function range([min, max]: readonly [number, number]): string {
  return `${min} to ${max}`;
}
