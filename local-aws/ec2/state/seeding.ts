import { createHash } from 'crypto';
import { ArchitectureValues, BootModeValues, ProductCode, VolumeType } from '@aws-sdk/client-ec2';
import { Image, ImageAttributes, License, noPermissions, Snapshot } from './records';
import { Ec2State } from './ec2-state';
import { AccountAndRegion } from '../../kms/arns';

const gibibyte = 1024 ** 3;
const defaultIops: Partial<Record<VolumeType, number>> = { gp3: 3000, io1: 100, io2: 100 };

/** A device of an image that is simply there. */
export interface DeviceSettings {
  readonly deviceName: string;
  /** In GiB; 8 by default. */
  readonly size?: number;
  /** How much of it is used, in GiB; a quarter by default. */
  readonly used?: number;
  readonly type?: VolumeType;
  /** By default those that the type cannot be without: 3000 of gp3, 100 of io1 and io2. */
  readonly iops?: number;
  readonly throughput?: number;
  readonly deleteOnTermination?: boolean;
  /** The ARN of the key of its snapshot, which is not encrypted if there is none. */
  readonly kmsKeyId?: string;
  /** A volume that starts empty: it has no snapshot. */
  readonly blank?: boolean;
  /** For an instance store volume, `ephemeral0`; it has no snapshot. */
  readonly virtualName?: string;
  /** A snapshot that exists, instead of one of its own. */
  readonly snapshotId?: string;
  /** Where its snapshot is, if not in the Region: on an Outpost, or in a Local Zone, by its name. */
  readonly outpostArn?: string;
  readonly localZone?: string;
}

export interface ImageSettings extends Partial<AccountAndRegion> {
  readonly id?: string;
  /** Some old images have none; give those an id. */
  readonly name?: string;
  /** Some old images do not tell since when they exist. */
  readonly undated?: boolean;
  readonly description?: string;
  readonly ownerAlias?: 'amazon' | 'aws-marketplace';
  readonly architecture?: ArchitectureValues;
  readonly devices?: readonly DeviceSettings[];
  /** That of the first device by default. */
  readonly rootDeviceName?: string;
  readonly bootMode?: BootModeValues;
  readonly tpmSupport?: 'v2.0';
  readonly uefiData?: string;
  readonly imdsSupport?: 'v2.0';
  readonly windows?: boolean;
  readonly instanceStore?: boolean;
  /** Where an image is that is backed by S3; `bundles` by default. */
  readonly bucket?: string;
  readonly productCodes?: readonly ProductCode[];
  readonly billingProducts?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly state?: Image['state'];
  /** The public parameter of Systems Manager that names it. */
  readonly publicParameter?: string;
  /** May everybody launch it, and restore its snapshots? */
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

/** Puts images and snapshots there that nobody asked EC2 for. Their ids follow from their names, so that they stay the same. */
export class Seeding {
  private made = 0;

  public constructor(private readonly world: Ec2State, private readonly home: AccountAndRegion, private readonly createdAt: number) {}

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
    this.world.images.set(id, image);
    this.world.tags.put(place.account, id, Object.entries(settings.tags ?? {}));
    return image;
  }

  public snapshot(settings: SnapshotSettings & { readonly ownerAlias?: string; readonly licence?: License } = {}): Snapshot {
    const place = { account: settings.account ?? this.home.account, region: settings.region ?? this.home.region };
    const id = settings.id ?? this.id('snap', place, String(this.made));
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
      license: settings.licence,
      outpostArn: settings.outpostArn,
      localZone: settings.localZone,
    };
    this.world.snapshots.set(id, snapshot);
    this.world.tags.put(place.account, id, Object.entries(settings.tags ?? {}));
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
    const snapshot = this.world.snapshots.get(device.snapshotId ?? '') ?? this.snapshot({
      ...place,
      id: this.id('snap', place, `${imageId} ${deviceName}`),
      size: device.size,
      used: device.used,
      kmsKeyId: device.kmsKeyId,
      outpostArn: device.outpostArn,
      localZone: device.localZone,
      ownerAlias: image.ownerAlias,
      licence: deviceName === (image.devices?.[0].deviceName ?? deviceName) ? licenceOf(image) : undefined,
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
    this.made += 1;
    return `${prefix}-0${createHash('sha256').update(`${prefix} ${account} ${region} ${name}`).digest('hex').slice(0, 16)}`;
  }
}

function attributesOf(settings: ImageSettings): ImageAttributes {
  return {
    architecture: settings.architecture ?? 'x86_64',
    rootDeviceName: settings.rootDeviceName ?? settings.devices?.[0]?.deviceName ?? (settings.instanceStore ? '/dev/sda1' : '/dev/xvda'),
    rootDeviceType: settings.instanceStore ? 'instance-store' : 'ebs',
    virtualizationType: 'hvm',
    enaSupport: !settings.instanceStore,
    sriovNetSupport: 'simple',
    bootMode: settings.bootMode,
    tpmSupport: settings.tpmSupport,
    uefiData: settings.uefiData,
    imdsSupport: settings.imdsSupport,
    ...licenceOf(settings),
  };
}

function licenceOf(settings: ImageSettings): License {
  return {
    platform: settings.windows ? 'windows' : undefined,
    platformDetails: settings.windows ? 'Windows' : 'Linux/UNIX',
    usageOperation: settings.windows ? 'RunInstances:0002' : 'RunInstances',
    productCodes: settings.productCodes ?? [],
    billingProducts: settings.billingProducts ?? (settings.windows ? ['bp-6ba54002'] : []),
  };
}
