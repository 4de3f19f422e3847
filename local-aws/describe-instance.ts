import { DescribeInstancesCommand, EC2Client, Instance } from '@aws-sdk/client-ec2';

/** Undefined while EC2 does not find the instance, which is new or terminated. */
export async function describeInstance(ec2: EC2Client, instanceId: string): Promise<Instance | undefined> {
  try {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
    return Reservations?.[0]?.Instances?.[0];
  } catch (error) {
    if ((error as Error).name === 'InvalidInstanceID.NotFound') {
      return undefined;
    }
    throw error;
  }
}
