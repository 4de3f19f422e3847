import { DescribeInstancesCommand, DescribeInstancesCommandOutput, Instance, paginateDescribeInstances, paginateDescribeVolumes, Volume } from '@aws-sdk/client-ec2';
import { AwsClients } from './clients';
import { INSTANCE_NOT_FOUND_CODES, hasErrorCode } from './error-codes';
import { OWNER_TAG } from '../../src/contract';

/** The instances of a request, also those that are terminated, as long as EC2 shows them. With a `*`, those of several. */
export function findTaggedInstances(aws: AwsClients, owner: string): Promise<Instance[]> {
  return listInstances(aws, `tag:${OWNER_TAG}`, [owner]);
}

/** The instances that Spot Instance requests have launched, also those that are terminated. */
export function findInstancesOfSpotRequests(aws: AwsClients, requestIds: string[]): Promise<Instance[]> {
  return listInstances(aws, 'spot-instance-request-id', requestIds);
}

async function listInstances(aws: AwsClients, Name: string, Values: string[]): Promise<Instance[]> {
  const instances: Instance[] = [];
  const input = { Filters: [{ Name, Values }] };
  for await (const page of paginateDescribeInstances({ client: aws.ec2, pageSize: 1000 }, input)) {
    instances.push(...instancesOf(page));
  }
  return instances;
}

export async function findInstance(aws: AwsClients, instanceId: string): Promise<Instance | undefined> {
  try {
    return instancesOf(await aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] })))[0];
  } catch (error) {
    if (hasErrorCode(error, INSTANCE_NOT_FOUND_CODES)) {
      return undefined;
    }
    throw error;
  }
}

export async function findTaggedVolumes(aws: AwsClients, owner: string): Promise<Volume[]> {
  const volumes: Volume[] = [];
  const input = { Filters: [{ Name: `tag:${OWNER_TAG}`, Values: [owner] }] };
  for await (const page of paginateDescribeVolumes({ client: aws.ec2, pageSize: 500 }, input)) {
    volumes.push(...page.Volumes ?? []);
  }
  return volumes;
}

function instancesOf({ Reservations = [] }: DescribeInstancesCommandOutput): Instance[] {
  return Reservations.flatMap(({ Instances }) => Instances ?? []);
}
