import {
  CopyImageCommand, CopySnapshotCommand, CreateImageCommand, CreateSnapshotCommand, CreateTagsCommand, CreateVolumeCommand, DescribeImagesCommand,
  DescribeInstancesCommand, DescribeSnapshotsCommand, DescribeVolumesCommand, EC2Client, RunInstancesCommand, Tag, waitUntilImageAvailable,
} from '@aws-sdk/client-ec2';
import { Deployment } from '../helpers/deployment';

/** A request of the handler, as others can see it in CloudTrail, in tags, or in the console. */
export interface Seen {
  readonly owner: string;
  /** Only of a build with an instance. */
  readonly requestId?: string;
  readonly source: string;
  readonly device: string;
  /** The AMI of the stack, once it exists. */
  readonly imageId?: string;
  /** The builder instance, while it runs. */
  readonly builderId?: string;
}

export type Forgery = (bystanders: Bystanders, seen: Seen) => Promise<void>;

const OWNER = 'cdk-encrypted-ami:owner';
const REQUEST = 'cdk-encrypted-ami:request';
const DEVICE = 'cdk-encrypted-ami:device';
const ID = 'cdk-encrypted-ami:id';

/** Resources that other people, or their tools, have made with our tags. */
export class Bystanders {
  private readonly ids = { images: new Set<string>(), snapshots: new Set<string>(), volumes: new Set<string>(), instances: new Set<string>() };
  private readonly client: EC2Client;
  private count = 0;

  public constructor(private readonly account: Deployment) {
    this.client = new EC2Client(account.aws.clientOptions());
  }

  public get images(): readonly string[] {
    return [...this.ids.images];
  }

  public get all(): readonly string[] {
    return Object.values(this.ids).flatMap(ids => [...ids]);
  }

  public get counts() {
    const { images, snapshots, volumes, instances } = this.ids;
    return { images: images.size, snapshots: snapshots.size, volumes: volumes.size, instances: instances.size };
  }

  public async copyAmi(imageId: string, tags: readonly Tag[] | 'copied', withId = false): Promise<void> {
    const { ImageId } = await this.client.send(new CopyImageCommand({
      SourceImageId: imageId,
      SourceRegion: this.account.aws.region,
      Name: this.name(),
      ...tags === 'copied' ? { CopyImageTags: true } : { TagSpecifications: [{ ResourceType: 'image', Tags: [...tags] }, { ResourceType: 'snapshot', Tags: [...tags] }] },
    }));
    this.ids.images.add(ImageId!);
    await this.forgeId(withId, ImageId!);
    await waitUntilImageAvailable({ client: this.client, maxWaitTime: 60, minDelay: 0.02, maxDelay: 0.1 } as never, { ImageIds: [ImageId!] });
    const { Images } = await this.client.send(new DescribeImagesCommand({ ImageIds: [ImageId!] }));
    Images![0].BlockDeviceMappings!.forEach(({ Ebs }) => this.ids.snapshots.add(Ebs!.SnapshotId!));
  }

  /** As AWS Backup does: an AMI of a running instance, with the tags of the instance. */
  public async backUp(instanceId: string, tags: readonly Tag[]): Promise<void> {
    const { ImageId } = await this.client.send(new CreateImageCommand({
      InstanceId: instanceId,
      Name: this.name(),
      NoReboot: true,
      TagSpecifications: [{ ResourceType: 'image', Tags: [...tags] }, { ResourceType: 'snapshot', Tags: [...tags] }],
    }));
    this.ids.images.add(ImageId!);
    await waitUntilImageAvailable({ client: this.client, maxWaitTime: 60, minDelay: 0.02, maxDelay: 0.1 } as never, { ImageIds: [ImageId!] });
    const { Images } = await this.client.send(new DescribeImagesCommand({ ImageIds: [ImageId!] }));
    Images![0].BlockDeviceMappings!.forEach(({ Ebs }) => this.ids.snapshots.add(Ebs!.SnapshotId!));
  }

  public async copySnapshot(snapshotId: string, tags: readonly Tag[], withId = false): Promise<void> {
    const { SnapshotId } = await this.client.send(new CopySnapshotCommand({
      SourceSnapshotId: snapshotId, SourceRegion: this.account.aws.region, TagSpecifications: [{ ResourceType: 'snapshot', Tags: [...tags] }],
    }));
    this.ids.snapshots.add(SnapshotId!);
    await this.forgeId(withId, SnapshotId!);
  }

  public async createVolume(snapshotId: string | undefined, tags: readonly Tag[], withId = false): Promise<string> {
    const { VolumeId } = await this.client.send(new CreateVolumeCommand({
      AvailabilityZone: `${this.account.aws.region}a`,
      SnapshotId: snapshotId,
      Size: snapshotId ? undefined : 1,
      TagSpecifications: [{ ResourceType: 'volume', Tags: [...tags] }],
    }));
    this.ids.volumes.add(VolumeId!);
    await this.forgeId(withId, VolumeId!);
    return VolumeId!;
  }

  /** As Data Lifecycle Manager does: a snapshot of a volume, with the tags of the volume. */
  public async snapshotVolume(volumeId: string, tags: readonly Tag[], withId = false): Promise<void> {
    const { SnapshotId } = await this.client.send(new CreateSnapshotCommand({ VolumeId: volumeId, TagSpecifications: [{ ResourceType: 'snapshot', Tags: [...tags] }] }));
    this.ids.snapshots.add(SnapshotId!);
    await this.forgeId(withId, SnapshotId!);
  }

  public async launch(imageId: string, tags: readonly Tag[], withId = false): Promise<void> {
    const { Instances } = await this.client.send(new RunInstancesCommand({
      ImageId: imageId, InstanceType: 't3.small', MinCount: 1, MaxCount: 1, TagSpecifications: [{ ResourceType: 'instance', Tags: [...tags] }],
    }));
    const id = Instances![0].InstanceId!;
    this.ids.instances.add(id);
    await this.forgeId(withId, id);
    for (let volumes: string[] = []; volumes.length === 0;) {
      const { Reservations } = await this.client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      volumes = Reservations![0].Instances![0].BlockDeviceMappings!.map(({ Ebs }) => Ebs!.VolumeId!);
      volumes.forEach(volume => this.ids.volumes.add(volume));
    }
  }

  /** The snapshots of an AMI, with its tags. */
  public async describe(imageId: string): Promise<{ tags: Tag[]; snapshots: string[] }> {
    const { Images } = await this.client.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    const [image] = Images!;
    return { tags: image.Tags ?? [], snapshots: image.BlockDeviceMappings!.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []) };
  }

  public async volumesOf(instanceId: string): Promise<string[]> {
    const { Volumes } = await this.client.send(new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [instanceId] }] }));
    return Volumes!.map(({ VolumeId }) => VolumeId!);
  }

  /** State and tags of each of them, which nobody else may change. */
  public async states(): Promise<Record<string, string>> {
    const { images, snapshots, volumes, instances } = this.ids;
    const states: Record<string, string> = {};
    const note = (id: string | undefined, state: string | undefined, tags: readonly Tag[] = []) => {
      states[id!] = `${state} ${tags.map(({ Key, Value }) => `${Key}=${Value}`).sort().join(' ')}`;
    };
    const [{ Images = [] }, { Snapshots = [] }, { Volumes = [] }, { Reservations = [] }] = await Promise.all([
      this.client.send(new DescribeImagesCommand({ Owners: ['self'] })),
      this.client.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] })),
      this.client.send(new DescribeVolumesCommand({})),
      this.client.send(new DescribeInstancesCommand({})),
    ]);
    Images.filter(({ ImageId }) => images.has(ImageId!)).forEach(one => note(one.ImageId, one.State, one.Tags));
    Snapshots.filter(({ SnapshotId }) => snapshots.has(SnapshotId!)).forEach(one => note(one.SnapshotId, 'there', one.Tags));
    Volumes.filter(({ VolumeId }) => volumes.has(VolumeId!)).forEach(one => note(one.VolumeId, 'there', one.Tags));
    Reservations.flatMap(({ Instances }) => Instances!).filter(({ InstanceId }) => instances.has(InstanceId!))
      .forEach(one => note(one.InstanceId, ['pending', 'running'].includes(one.State!.Name!) ? 'there' : one.State!.Name, one.Tags));
    return states;
  }

  private name(): string {
    this.count += 1;
    return `bystander-${this.count}`;
  }

  private async forgeId(withId: boolean, id: string): Promise<void> {
    if (withId) {
      await this.client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: ID, Value: id }] }));
    }
  }
}

const owned = ({ owner, requestId }: Seen): Tag[] => [
  { Key: OWNER, Value: owner }, ...requestId === undefined ? [] : [{ Key: REQUEST, Value: requestId }],
];
const forDevice = (seen: Seen): Tag[] => [...owned(seen), { Key: DEVICE, Value: seen.device }];

/** Forgeries that need to know the request only, while it runs or later. */
export const PREPARED: Readonly<Record<string, Forgery>> = {
  'an AMI of the same source with our owner tag': (them, seen) => them.copyAmi(seen.source, owned(seen)),
  'an AMI of the same source with our owner tag and its own id': (them, seen) => them.copyAmi(seen.source, owned(seen), true),
  'a snapshot of the same source for the same device': async (them, seen) => them.copySnapshot((await them.describe(seen.source)).snapshots[0], forDevice(seen)),
  'a snapshot of the same source for the same device with its own id': async (them, seen) =>
    them.copySnapshot((await them.describe(seen.source)).snapshots[0], forDevice(seen), true),
  'an empty volume for the same device with its own id': async (them, seen) => void await them.createVolume(undefined, forDevice(seen), true),
  'a snapshot of a volume for the same device': async (them, seen) => them.snapshotVolume(await them.createVolume(undefined, forDevice(seen)), forDevice(seen), true),
  'an instance of the same source with our owner tag': (them, seen) => them.launch(seen.source, owned(seen)),
  'an instance of the same source with our owner tag and its own id': (them, seen) => them.launch(seen.source, owned(seen), true),
};

/** Products of people and tools that copy tags of what we have made. */
export const COPIED: Readonly<Record<string, Forgery>> = {
  'a copy of our AMI with its tags': async (them, seen) => seen.imageId ? them.copyAmi(seen.imageId, 'copied') : undefined,
  'a copy of our AMI with its tags on image and snapshots': async (them, seen) => seen.imageId ? them.copyAmi(seen.imageId, (await them.describe(seen.imageId)).tags) : undefined,
  'a copy of a snapshot with its tags': async (them, seen) => {
    const { tags, snapshots } = seen.imageId ? await them.describe(seen.imageId) : { tags: [], snapshots: [] };
    await Promise.all(snapshots.slice(0, 1).map(id => them.copySnapshot(id, tags)));
  },
  'a volume restored from a snapshot with its tags': async (them, seen) => {
    const { tags, snapshots } = seen.imageId ? await them.describe(seen.imageId) : { tags: [], snapshots: [] };
    await Promise.all(snapshots.slice(0, 1).map(id => them.createVolume(id, tags)));
  },
  'an instance launched from our AMI with its tags': async (them, seen) => seen.imageId ? them.launch(seen.imageId, (await them.describe(seen.imageId)).tags) : undefined,
};
