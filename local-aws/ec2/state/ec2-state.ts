import { randomBytes } from 'crypto';
import { ClientTokens } from './client-tokens';
import { Image, Instance, KeyPair, Snapshot, SpotRequest, Volume } from './records';
import { Schedule } from './schedule';
import { AccountAndRegion } from '../../aws-call';
import { LaunchTemplates } from '../launch-templates/launch-templates';
import { Networks } from '../networks/networks';
import { TagStore } from '../tags/tag-store';

/** Encryption by default of an account and Region. */
export interface EncryptionDefaults {
  enabled: boolean;
  /** The key of `ModifyEbsDefaultKmsKeyId`; none means `aws/ebs`. */
  keyId?: string;
}

/** EC2's resources and settings of all accounts and Regions. */
export class Ec2State {
  public readonly images = new Map<string, Image>();
  public readonly snapshots = new Map<string, Snapshot>();
  public readonly volumes = new Map<string, Volume>();
  public readonly instances = new Map<string, Instance>();
  public readonly spotRequests = new Map<string, SpotRequest>();
  public readonly keyPairs = new Map<string, KeyPair>();
  public readonly networks = new Networks();
  public readonly launchTemplates = new LaunchTemplates();
  public readonly tags = new TagStore();
  public readonly tokens = new ClientTokens();
  public readonly schedule = new Schedule();
  private readonly encryption = new Map<string, EncryptionDefaults>();

  public encryptionDefaults({ account, region }: AccountAndRegion): EncryptionDefaults {
    const key = `${account} ${region}`;
    let defaults = this.encryption.get(key);
    if (!defaults) {
      defaults = { enabled: false };
      this.encryption.set(key, defaults);
    }
    return defaults;
  }

  /** The images with the snapshot in their block device mapping. */
  public imagesUsing(snapshotId: string): Image[] {
    return [...this.images.values()]
      .filter(image => image.state !== 'deregistered' && image.devices.some(device => device.ebs?.snapshotId === snapshotId));
  }

  public removeSnapshot(id: string): void {
    this.snapshots.delete(id);
    this.tags.delete(id);
  }

  public removeVolume(id: string): void {
    this.volumes.delete(id);
    this.tags.delete(id);
  }

  public volumesOf(instanceId: string): Volume[] {
    return [...this.volumes.values()].filter(volume => volume.attachment?.instanceId === instanceId);
  }
}

/** A new ID such as `ami-` with 17 hexadecimal digits. */
export function newResourceId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}

export function inAccountAndRegion<T extends AccountAndRegion>(all: Map<string, T>, place: AccountAndRegion): T[] {
  return [...all.values()].filter(one => one.region === place.region && one.account === place.account);
}
