import { createHash } from 'crypto';
import { ArchitectureValues, BootModeValues, ProductCode, VolumeType } from '@aws-sdk/client-ec2';
import { Ec2State } from './ec2-state';
import { Image, ImageAttributes, InstanceTypePatterns, License, noPermissions, Snapshot } from './records';
import { AccountAndRegion } from '../../aws-call';

const gibibyte = 1024 ** 3;
const defaultIops: Partial<Record<VolumeType, number>> = { gp3: 3000, io1: 100, io2: 100 };

/** A device of a seed image. */
export interface DeviceSettings {
  readonly deviceName: string;
  /** In GiB; 8 by default. */
  readonly size?: number;
  /** The used part of the volume, in GiB; a quarter of the size by default. */
  readonly used?: number;
  readonly type?: VolumeType;
  /** By default the value that the type requires: 3000 for gp3, 100 for io1 and io2. */
  readonly iops?: number;
  readonly throughput?: number;
  readonly deleteOnTermination?: boolean;
  /** The ARN of the key of its snapshot. The snapshot is unencrypted by default. */
  readonly kmsKeyId?: string;
  /** The volume is empty: it has no snapshot. */
  readonly blank?: boolean;
  /** The name of an instance store volume, such as `ephemeral0`. It has no snapshot. */
  readonly virtualName?: string;
  /** The ID of an existing snapshot, instead of a new one. */
  readonly snapshotId?: string;
  /** The location of its snapshot, if not the Region: an Outpost ARN or the name of a Local Zone. */
  readonly outpostArn?: string;
  readonly localZone?: string;
}

export interface ImageSettings extends Partial<AccountAndRegion> {
  readonly id?: string;
  /** Some old images have no name. Set `id` for those. */
  readonly name?: string;
  /** Some old images have no creation date. */
  readonly undated?: boolean;
  readonly description?: string;
  readonly ownerAlias?: 'amazon' | 'aws-marketplace';
  readonly architecture?: ArchitectureValues;
  readonly devices?: readonly DeviceSettings[];
  /** The root device name; that of the first device by default. */
  readonly rootDeviceName?: string;
  readonly bootMode?: BootModeValues;
  readonly tpmSupport?: 'v2.0';
  readonly uefiData?: string;
  readonly imdsSupport?: 'v2.0';
  readonly windows?: boolean;
  readonly instanceStore?: boolean;
  /** True by default. */
  readonly enaSupport?: boolean;
  /** `hvm` by default. */
  readonly virtualizationType?: ImageAttributes['virtualizationType'];
  readonly instanceTypes?: InstanceTypePatterns;
  /** The bucket of an S3-backed image; `bundles` by default. */
  readonly bucket?: string;
  readonly productCodes?: readonly ProductCode[];
  readonly billingProducts?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly state?: Image['state'];
  /** The public SSM parameter of the image. */
  readonly publicParameter?: string;
  /** Every account is allowed to launch the image and to copy its snapshots. */
  readonly public?: boolean;
}

export interface SnapshotSettings extends Partial<AccountAndRegion> {
  readonly id?: string;
  readonly size?: number;
  readonly used?: number;
  readonly kmsKeyId?: string;
  readonly outpostArn?: string;
  readonly localZone?: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Adds images and snapshots without a request. Their IDs follow from their names, so that they are the same in every run. */
export class Seeding {
  private createdCount = 0;

  public constructor(private readonly state: Ec2State, private readonly home: AccountAndRegion, private readonly createdAt: number) {}

  public image(settings: ImageSettings): Image {
    const place = { account: settings.account ?? this.home.account, region: settings.region ?? this.home.region };
    const id = settings.id ?? this.id('ami', place, settings.name ?? '');
    const image: Image = {
      ...place,
      id,
      createdAt: this.createdAt,
      seeded: true,
      reads: 0,
      name: settings.name ?? '',
      undated: settings.undated,
      publicParameter: settings.publicParameter,
      description: settings.description ?? '',
      ownerAlias: settings.ownerAlias,
      attributes: attributesOf(settings),
      devices: (settings.devices ?? (settings.instanceStore ? [] : [{ deviceName: '/dev/xvda' }])).map(device => this.device(place, id, settings, device)),
      state: settings.state ?? 'available',
      copied: false,
      bucket: settings.instanceStore ? settings.bucket ?? 'bundles' : undefined,
      launchPermissions: noPermissions(),
      protection: 'disabled',
      imdsSupport: settings.imdsSupport,
    };
    if (settings.public) {
      image.launchPermissions.groups.add('all');
    }
    this.state.images.set(id, image);
    this.state.tags.put(place.account, id, Object.entries(settings.tags ?? {}));
    return image;
  }

  public snapshot(settings: SnapshotSettings & { readonly ownerAlias?: string; readonly license?: License } = {}): Snapshot {
    const place = { account: settings.account ?? this.home.account, region: settings.region ?? this.home.region };
    const id = settings.id ?? this.id('snap', place, String(this.createdCount));
    const size = settings.size ?? 8;
    const snapshot: Snapshot = {
      ...place,
      id,
      createdAt: this.createdAt,
      seeded: true,
      reads: 0,
      description: settings.description ?? '',
      ownerAlias: settings.ownerAlias,
      volumeId: this.id('vol', place, id),
      volumeSize: size,
      dataBytes: Math.round((settings.used ?? size / 4) * gibibyte),
      encrypted: settings.kmsKeyId !== undefined,
      kmsKeyId: settings.kmsKeyId,
      state: 'completed',
      completesAt: this.createdAt,
      copied: false,
      createVolumePermissions: noPermissions(),
      newReaders: new Set(),
      formerReaders: new Set(),
      license: settings.license,
      outpostArn: settings.outpostArn,
      localZone: settings.localZone,
    };
    this.state.snapshots.set(id, snapshot);
    this.state.tags.put(place.account, id, Object.entries(settings.tags ?? {}));
    return snapshot;
  }

  private device(place: AccountAndRegion, imageId: string, image: ImageSettings, device: DeviceSettings): Image['devices'][number] {
    const { deviceName, virtualName } = device;
    if (virtualName !== undefined) {
      return { deviceName, virtualName };
    }
    const { type = 'gp3', deleteOnTermination = true } = device;
    const speed = { iops: device.iops ?? defaultIops[type], throughput: device.throughput ?? (type === 'gp3' ? 125 : undefined) };
    if (device.blank) {
      return { deviceName, ebs: { size: device.size ?? 8, type, deleteOnTermination, ...speed } };
    }
    const snapshot = this.state.snapshots.get(device.snapshotId ?? '') ?? this.snapshot({
      ...place,
      id: this.id('snap', place, `${imageId} ${deviceName}`),
      size: device.size,
      used: device.used,
      kmsKeyId: device.kmsKeyId,
      outpostArn: device.outpostArn,
      localZone: device.localZone,
      ownerAlias: image.ownerAlias,
      license: deviceName === (image.devices?.[0].deviceName ?? deviceName) ? licenseOf(image) : undefined,
      description: `Created by CreateImage(${this.id('i', place, imageId)}) for ${imageId}`,
    });
    if (image.public) {
      snapshot.createVolumePermissions.groups.add('all');
    }
    return {
      deviceName,
      ebs: {
        snapshotId: snapshot.id,
        size: device.size ?? snapshot.volumeSize,
        type,
        deleteOnTermination,
        ...speed,
      },
    };
  }

  private id(prefix: string, { account, region }: AccountAndRegion, name: string): string {
    this.createdCount += 1;
    return `${prefix}-0${createHash('sha256').update(`${prefix} ${account} ${region} ${name}`).digest('hex').slice(0, 16)}`;
  }
}

function attributesOf(settings: ImageSettings): ImageAttributes {
  return {
    architecture: settings.architecture ?? 'x86_64',
    rootDeviceName: settings.rootDeviceName ?? settings.devices?.[0]?.deviceName ?? (settings.instanceStore ? '/dev/sda1' : '/dev/xvda'),
    rootDeviceType: settings.instanceStore ? 'instance-store' : 'ebs',
    virtualizationType: settings.virtualizationType ?? 'hvm',
    enaSupport: settings.enaSupport ?? !settings.instanceStore,
    sriovNetSupport: 'simple',
    bootMode: settings.bootMode,
    tpmSupport: settings.tpmSupport,
    uefiData: settings.uefiData,
    imdsSupport: settings.imdsSupport,
    instanceTypes: settings.instanceTypes,
    ...licenseOf(settings),
  };
}

function licenseOf(settings: ImageSettings): License {
  return {
    platform: settings.windows ? 'windows' : undefined,
    platformDetails: settings.windows ? 'Windows' : 'Linux/UNIX',
    usageOperation: settings.windows ? 'RunInstances:0002' : 'RunInstances',
    productCodes: settings.productCodes ?? [],
    billingProducts: settings.billingProducts ?? (settings.windows ? ['bp-6ba54002'] : []),
  };
}
