import {
  CopyImageCommand, CopyImageCommandInput, DescribeImagesCommand, DescribeInstancesCommand, DescribeSnapshotsCommand, DescribeVolumesCommand,
  Image, Instance, RunInstancesCommand, RunInstancesCommandInput, Snapshot, Volume,
} from '@aws-sdk/client-ec2';
import { client, aws } from './each-test';
import { region } from './test-aws';

/** The calls that many tests begin with, with what they need filled in. */

export async function run(input: Partial<RunInstancesCommandInput> = {}, by = client): Promise<Instance> {
  const { Instances } = await by.send(new RunInstancesCommand({
    ImageId: aws.ec2.seedImage('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...input,
  }));
  return Instances![0];
}

export async function describedInstance(id: string): Promise<Instance> {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations![0].Instances![0];
}

/** The volumes that are attached to an instance. */
export async function volumesOf(id: string): Promise<Volume[]> {
  const { Volumes } = await client.send(new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [id] }] }));
  return Volumes!;
}

export async function copy(input: Partial<CopyImageCommandInput> = {}, by = client): Promise<string> {
  const { ImageId } = await by.send(new CopyImageCommand({
    Name: 'copy', SourceRegion: region, SourceImageId: aws.ec2.seedImage('al2023-x86_64').id, ...input,
  }));
  return ImageId!;
}

export async function describedImage(id: string, by = client): Promise<Image> {
  const { Images } = await by.send(new DescribeImagesCommand({ ImageIds: [id] }));
  return Images![0];
}

export async function snapshotsOf(image: Image, by = client): Promise<Snapshot[]> {
  const ids = image.BlockDeviceMappings!.map(device => device.Ebs!.SnapshotId!);
  const { Snapshots } = await by.send(new DescribeSnapshotsCommand({ SnapshotIds: ids }));
  return ids.map(id => Snapshots!.find(snapshot => snapshot.SnapshotId === id)!);
}

/** The encryption and the key of each snapshot. */
export async function keysOf(id: string, by = client): Promise<(string | false)[]> {
  return (await snapshotsOf(await describedImage(id, by), by)).map(snapshot => snapshot.Encrypted! && snapshot.KmsKeyId!);
}
