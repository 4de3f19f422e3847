import * as schemas from '@aws-sdk/client-ec2';
import { Authorizer } from '../aws-call';
import { Clock } from '../clock';
import { CapacityShortages } from './settings/capacity-shortages';
import { Ec2Context } from './state/ec2-context';
import { operations } from './operations';
import { Ec2Permissions } from './authorization/ec2-authorization';
import { RequestQuotas } from './requests/request-quotas';
import { readMembers } from './requests/ec2-read-members';
import { Image, Snapshot } from './state/records';
import { ImageSettings, Seeding, SnapshotSettings } from './state/seeding';
import { defaultSettings, Settings } from './settings/settings';
import { SnapshotDeletionFailures } from './settings/snapshot-deletion-failures';
import { SeedImages, SeedImageName } from './state/seed-images';
import { defaultSwitches, UndocumentedBehavior } from './settings/undocumented-behavior';
import { Ec2State } from './state/ec2-state';
import { AccountAndRegion } from '../kms/arns';
import { Kms } from '../kms/kms';
import { SchemaService } from '../wire/service';

export interface Ec2Options {
  readonly clock: Clock;
  readonly kms: Kms;
  readonly authorizer: Authorizer;
  /** The ARN of the account's instance profile that has this name or ARN; without it, there is none. */
  readonly instanceProfileArn?: (account: string, nameOrArn: string) => string | undefined;
  /** Whose own images are there from the start, and where; 123456789012 in us-east-1. */
  readonly account?: string;
  readonly region?: string;
  /** Where Amazon's images are; other Regions work, but start empty. */
  readonly regions?: readonly string[];
  readonly switches?: Partial<UndocumentedBehavior>;
}

/** How many things there are that were not there from the start. */
export interface Counts {
  readonly images: number;
  readonly snapshots: number;
  readonly volumes: number;
  readonly instances: number;
}

/** An EC2 of all accounts and Regions, as far as images need it. */
export class Ec2 {
  public readonly service: SchemaService;
  /** What AWS does not say how it does it: change it at any time. */
  public readonly switches: UndocumentedBehavior;
  /** How long things take, how consistent answers are, how much is allowed: change it at any time. */
  public readonly settings: Settings = defaultSettings();
  private readonly home: AccountAndRegion;
  private readonly quotas: RequestQuotas;
  private context: Ec2Context;
  private seeding: Seeding;
  private seeded: SeedImages;

  public constructor(private readonly options: Ec2Options) {
    this.home = { account: options.account ?? '123456789012', region: options.region ?? 'us-east-1' };
    this.switches = { ...defaultSwitches(), ...options.switches };
    this.quotas = new RequestQuotas(options.clock);
    ({ context: this.context, seeding: this.seeding, seedImage: this.seeded } = this.fresh());
    this.service = {
      name: 'ec2',
      protocol: 'ec2Query',
      schemas: { ...schemas },
      reads: readMembers,
      operations: Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, call => {
        if (this.settings.limits.throttling) {
          this.quotas.take(call);
        }
        this.settle();
        return operation(this.context, call);
      }])),
    };
  }

  /** Everything as it was at the start, switches and settings too. The keys of KMS have to be reset before. */
  public reset(): void {
    Object.assign(this.switches, defaultSwitches(), this.options.switches);
    const { timing, consistency, limits, places, ids } = defaultSettings();
    Object.assign(this.settings.timing, timing);
    Object.assign(this.settings.consistency, consistency);
    Object.assign(this.settings.limits, limits);
    Object.assign(this.settings.places, places);
    Object.assign(this.settings.ids, ids);
    this.quotas.reset();
    ({ context: this.context, seeding: this.seeding, seedImage: this.seeded } = this.fresh());
  }

  /** One of the images that are there from the start. */
  public seedImage(name: SeedImageName, region = this.home.region): Image {
    return this.seeded.image(name, region);
  }

  /** The public SSM parameters of a Region, which name Amazon's images. */
  public publicParameters(region = this.home.region): Record<string, string> {
    return this.seeded.publicParameters(region);
  }

  /** An image that is simply there, and does not count. */
  public addImage(settings: ImageSettings): Image {
    return this.seeding.image(settings);
  }

  public addSnapshot(settings: SnapshotSettings = {}): Snapshot {
    return this.seeding.snapshot(settings);
  }

  /** Lets an account launch an image, and nothing more. */
  public shareImage(image: Image, account: string): void {
    image.launchPermissions.users.add(account);
  }

  /** Lets an account copy an image too: that takes its snapshots. */
  public shareSnapshots(image: Image, account: string): void {
    for (const { ebs } of image.devices) {
      this.context.world.snapshots.get(ebs?.snapshotId ?? '')?.createVolumePermissions.users.add(account);
    }
  }

  /** Makes the deletion of snapshots along with their image fail, as it may in EC2 although the call succeeds. */
  public get deletionFailures(): SnapshotDeletionFailures {
    return this.context.deletionFailures;
  }

  /** Leaves no room for instances, at once or late. */
  public get capacity(): CapacityShortages {
    return this.context.capacity;
  }

  /** As EC2 knows it, whoever owns it and whatever Describe calls say. */
  public image(id: string): Image | undefined {
    this.settle();
    return this.context.world.images.get(id);
  }

  public snapshot(id: string): Snapshot | undefined {
    this.settle();
    return this.context.world.snapshots.get(id);
  }

  /** Deregistered images, terminated instances and what was there from the start do not count. */
  public counts(): Counts {
    this.settle();
    const { images, snapshots, volumes, instances } = this.context.world;
    return {
      images: [...images.values()].filter(image => !image.seeded && image.state !== 'deregistered').length,
      snapshots: [...snapshots.values()].filter(snapshot => !snapshot.seeded).length,
      volumes: [...volumes.values()].filter(volume => !volume.seeded).length,
      instances: [...instances.values()].filter(instance => !instance.seeded && instance.state !== 'terminated').length,
    };
  }

  private settle(): void {
    this.context.world.schedule.runDueTransitions(this.options.clock.now());
  }

  private fresh(): { context: Ec2Context; seeding: Seeding; seedImage: SeedImages } {
    const { clock, kms, authorizer } = this.options;
    const world = new Ec2State();
    const regions = this.options.regions ?? ['us-east-1', 'us-east-2', 'us-west-2', 'eu-central-1', 'eu-west-1'];
    const seeding = new Seeding(world, this.home, clock.now() - 14 * 24 * 60 * 60 * 1000);
    const context: Ec2Context = {
      clock,
      kms,
      world,
      permissions: new Ec2Permissions(authorizer, this.switches),
      settings: this.settings,
      switches: this.switches,
      deletionFailures: new SnapshotDeletionFailures(),
      capacity: new CapacityShortages(),
      instanceProfileArn: this.options.instanceProfileArn ?? (() => undefined),
    };
    return { context, seeding, seedImage: new SeedImages(seeding, kms, this.home, [...new Set([...regions, this.home.region])]) };
  }
}
