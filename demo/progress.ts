import { DescribeImagesCommand, DescribeInstancesCommand, DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { LocalAws } from '../local-aws/local-aws';

/** The operations of CloudFormation and EC2 in progress: `GoldenImage: 31 of 39 resources, snap-0123456789abcdef0 at 40%`. */
export async function describeProgress(aws: LocalAws, ec2: EC2Client): Promise<string> {
  const working = { Filters: [{ Name: 'status', Values: ['pending'] }], OwnerIds: ['self'] };
  const [{ Snapshots = [] }, { Images = [] }, { Reservations = [] }] = await Promise.all([
    ec2.send(new DescribeSnapshotsCommand(working)),
    ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'state', Values: ['pending'] }] })),
    ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['pending', 'stopping', 'shutting-down'] }] })),
  ]);
  const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
  return [
    ...describeStacks(aws),
    ...Images.map(({ ImageId }) => `${ImageId} is pending`),
    ...Snapshots.map(({ SnapshotId, Progress }) => `${SnapshotId} at ${Progress || '0%'}`),
    ...instances.map(({ InstanceId, State }) => `${InstanceId} is ${State?.Name}`),
  ].join(', ') || 'the command line is running';
}

function describeStacks(aws: LocalAws): string[] {
  const { StackSummaries = [] } = aws.cloudFormation.listStacks(aws, {});
  return StackSummaries.filter(({ StackStatus }) => StackStatus?.endsWith('_IN_PROGRESS') && StackStatus !== 'REVIEW_IN_PROGRESS').map(({ StackName, StackStatus }) => {
    const { resources, target } = aws.cloudFormation.stack(aws, StackName!);
    // without those that an update has replaced or removed, which it deletes at its end
    const done = [...resources].filter(([id, { status }]) => status.endsWith('_COMPLETE') && target?.resources.has(id) !== false).length;
    const isDeletion = StackStatus!.startsWith('DELETE');
    return isDeletion ? `${StackName}: ${resources.size} resources left to delete` : `${StackName}: ${done} of ${target?.resources.size ?? resources.size} resources`;
  });
}
