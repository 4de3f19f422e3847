import * as schemas from '@aws-sdk/client-ec2';
import { AccountAndRegion, Authorizer } from '../aws-call';
import { Clock } from '../time/clock';
import { Ec2Permissions, TagCheck } from './authorization/ec2-authorization';
import { Misbehaviors } from './misbehavior/misbehavior';
import { operations } from './operations';
import { readMembers } from './requests/ec2-read-members';
import { withEmptyFirstPage } from './requests/filters-and-pages';
import { RequestQuotas } from './requests/request-quotas';
import { CapacityShortages } from './settings/capacity-shortages';
import { defaultSettings, Settings } from './settings/settings';
import { SnapshotDeletionFailures } from './settings/snapshot-deletion-failures';
import { defaultSwitches, UndocumentedBehavior } from './settings/undocumented-behavior';
import { Interruption, interruptSpotInstance } from './spot/interruptions';
import { isLive } from './spot/request-states';
import { Ec2Context, ImageParameter } from './state/ec2-context';
import { Ec2State } from './state/ec2-state';
import { Image, Snapshot } from './state/records';
import { SeedImages, SeedImageName } from './state/seed-images';
import { ImageSettings, Seeding, SnapshotSettings } from './state/seeding';
import { Kms } from '../kms/kms';
import { SchemaService } from '../wire/service';

export interface Ec2Options {
  readonly clock: Clock;
  readonly kms: Kms;
  readonly authorizer: Authorizer;
  /** Returns the ARN of an instance profile of the account by name or ARN. Without it, the account has none. */
  readonly instanceProfileArn?: (account: string, nameOrArn: string) => string | undefined;
  /** Returns an SSM parameter of the account. Without it, only public parameters exist. */
  readonly imageParameter?: Ec2Context['imageParameter'];
  /** Returns the organization and the organizational unit of an account. Without it, there are none. */
  readonly organizationArnsOf?: Ec2Context['organizationArnsOf'];
  /** The service-linked roles of IAM. Without them, a launch of Spot Instances needs none. */
  readonly serviceLinkedRoles?: Ec2Context['serviceLinkedRoles'];
  /** The owner and the Region of the seed images; 123456789012 in us-east-1 by default. */
  readonly account?: string;
  readonly region?: string;
  /** The Regions with Amazon's images. Other Regions work, but have no images at first. */
  readonly regions?: readonly string[];
  /** Refuses tags that the tag policies of an account do not allow. Without it, there are no tag policies. */
  readonly checkTags?: TagCheck;
  readonly switches?: Partial<UndocumentedBehavior>;
}

/** The numbers of resources, without the seed images. */
export interface Counts {
  readonly images: number;
  readonly snapshots: number;
  readonly volumes: number;
  readonly instances: number;
  /** Spot Instance requests that have an instance, or can launch one; only if there are any, so that no comparison without them holds. */
  readonly spotRequests?: number;
}

/** EC2 for all accounts and Regions, with the operations that images need. */
export class Ec2 {
  public readonly service: SchemaService;
  /** Behavior that AWS does not document. Tests can change it at any time. */
  public readonly switches: UndocumentedBehavior;
  /** Durations, delays of eventual consistency, and quotas. Tests can change them at any time. */
  public readonly settings: Settings = defaultSettings();
  /** The ways in which EC2 does not do what was requested. Tests can add some at any time. */
  public readonly misbehaviors = new Misbehaviors(() => this.context);
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
        this.runDueTransitions();
        const made = operation(this.context, call);
        const response = made && this.misbehaviors.answer(made, call);
        return response && this.settings.consistency.emptyFirstPages ? withEmptyFirstPage(call.input, response) : response;
      }])),
    };
  }

  /** Deletes everything but the seed images, and restores the settings. Reset KMS first. */
  public reset(): void {
    Object.assign(this.switches, defaultSwitches(), this.options.switches);
    for (const [name, group] of Object.entries(defaultSettings())) {
      Object.assign(this.settings[name as keyof Settings], group);
    }
    this.quotas.reset();
    this.misbehaviors.reset();
    ({ context: this.context, seeding: this.seeding, seedImage: this.seeded } = this.fresh());
  }

  /** Returns a seed image. */
  public seedImage(name: SeedImageName, region = this.home.region): Image {
    return this.seeded.image(name, region);
  }

  /** The public SSM parameters of a Region, which name Amazon's images. */
  public publicParameters(region = this.home.region): Record<string, string> {
    return this.seeded.publicParameters(region);
  }

  /** Adds an image without a request. The counts do not include it. */
  public addImage(settings: ImageSettings): Image {
    return this.seeding.image(settings);
  }

  public addSnapshot(settings: SnapshotSettings = {}): Snapshot {
    return this.seeding.snapshot(settings);
  }

  /** Gives an account launch permission for an image, without its snapshots. */
  public shareImage(image: Image, account: string): void {
    image.launchPermissions.users.add(account);
  }

  /** Shares an image and its snapshots with an account, so that it can copy the image. */
  public shareSnapshots(image: Image, account: string): void {
    for (const { ebs } of image.devices) {
      this.context.state.snapshots.get(ebs?.snapshotId ?? '')?.createVolumePermissions.users.add(account);
    }
  }

  /** Shares a subnet or a security group with an account, as AWS RAM does. */
  public shareNetworkResource(id: string, account: string): void {
    const { sharedWith } = this.context.state.networks;
    sharedWith.set(id, new Set(sharedWith.get(id)).add(account));
  }

  /** Lets the deletion of snapshots together with their image fail, which can happen in EC2 although the call succeeds. */
  public get deletionFailures(): SnapshotDeletionFailures {
    return this.context.deletionFailures;
  }

  /** Lets launches fail for lack of capacity, at once or while the instance is pending. */
  public get capacity(): CapacityShortages {
    return this.context.capacity;
  }

  /** Interrupts a Spot Instance, as EC2 does when it needs the capacity. */
  public interruptSpotInstance(id: string, interruption?: Interruption): void {
    this.runDueTransitions();
    interruptSpotInstance(this.context, id, interruption);
  }

  /** The instances of all accounts, as long as EC2 shows them. */
  public instanceIds(): string[] {
    this.runDueTransitions();
    return [...this.context.state.instances.keys()];
  }

  /** The image in its current state, whatever Describe calls show. */
  public image(id: string): Image | undefined {
    this.runDueTransitions();
    return this.context.state.images.get(id);
  }

  /** The tags that the owner of an image has put on it. */
  public tagsOf({ account, id }: Image): Readonly<Record<string, string>> {
    return Object.fromEntries(this.context.state.tags.of(account, id));
  }

  public snapshot(id: string): Snapshot | undefined {
    this.runDueTransitions();
    return this.context.state.snapshots.get(id);
  }

  /** The state of an instance, whatever Describe calls show. */
  public instanceState(id: string): string | undefined {
    this.runDueTransitions();
    return this.context.state.instances.get(id)?.state;
  }

  /** Does not count deregistered images, terminated instances and seed resources. */
  public counts(): Counts {
    this.runDueTransitions();
    const { images, snapshots, volumes, instances, spotRequests } = this.context.state;
    const live = [...spotRequests.values()].filter(isLive).length;
    return {
      images: [...images.values()].filter(image => !image.seeded && image.state !== 'deregistered').length,
      snapshots: [...snapshots.values()].filter(snapshot => !snapshot.seeded).length,
      volumes: [...volumes.values()].filter(volume => !volume.seeded).length,
      instances: [...instances.values()].filter(instance => !instance.seeded && instance.state !== 'terminated').length,
      ...live > 0 && { spotRequests: live },
    };
  }

  private publicParameter(region: string, name: string): ImageParameter | undefined {
    const value = this.publicParameters(region)[name];
    return value === undefined ? undefined : { value, dataType: 'text', isPublic: true };
  }

  private runDueTransitions(): void {
    this.context.state.schedule.runDueTransitions(this.options.clock.now());
  }

  private fresh(): { context: Ec2Context; seeding: Seeding; seedImage: SeedImages } {
    const { clock, kms, authorizer } = this.options;
    const state = new Ec2State();
    const regions = this.options.regions ?? ['us-east-1', 'us-east-2', 'us-west-2', 'eu-central-1', 'eu-west-1'];
    const seeding = new Seeding(state, this.home, clock.now() - 14 * 24 * 60 * 60 * 1000);
    const context: Ec2Context = {
      clock,
      kms,
      state,
      permissions: new Ec2Permissions(authorizer, this.switches, this.options.checkTags),
      settings: this.settings,
      switches: this.switches,
      deletionFailures: new SnapshotDeletionFailures(),
      capacity: new CapacityShortages(),
      misbehaviors: this.misbehaviors,
      instanceProfileArn: this.options.instanceProfileArn ?? (() => undefined),
      serviceLinkedRoles: this.options.serviceLinkedRoles,
      organizationArnsOf: account => this.options.organizationArnsOf?.(account) ?? [],
      imageParameter: (place, name) => this.options.imageParameter?.(place, name) ?? this.publicParameter(place.region, name),
    };
    return { context, seeding, seedImage: new SeedImages(seeding, kms, this.home, [...new Set([...regions, this.home.region])]) };
  }
}
