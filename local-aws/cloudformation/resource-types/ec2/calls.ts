import { EC2Client, ResourceType as Taggable, TagSpecification } from '@aws-sdk/client-ec2';
import { JsonObject } from '../../template/template';
import { TypeContext } from '../context';
import { serviceFailure, tags } from '../properties';
import { ResourceRequest } from '../resource-type';

type EnvironmentOf = Pick<ResourceRequest, 'environment'>;

/** Calls EC2. Fails with its error in CloudFormation's words. */
export async function callEc2<T>(context: TypeContext, request: EnvironmentOf, use: (ec2: EC2Client) => Promise<T>): Promise<T> {
  try {
    return await use(context.ec2(request.environment));
  } catch (error) {
    throw serviceFailure(error, 'Ec2');
  }
}

/** Calls EC2 to delete a resource, which succeeds too if EC2 answers with one of the codes of a resource that does not exist. */
export async function deleteUnlessGone(
  context: TypeContext, request: EnvironmentOf, codes: readonly string[], use: (ec2: EC2Client) => Promise<unknown>,
): Promise<void> {
  try {
    await use(context.ec2(request.environment));
  } catch (error) {
    if (!codes.includes((error as Error).name)) {
      throw serviceFailure(error, 'Ec2');
    }
  }
}

export function tagSpecifications(properties: JsonObject, type: Taggable): TagSpecification[] | undefined {
  const Tags = Object.entries(tags(properties)).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length === 0 ? undefined : [{ ResourceType: type, Tags }];
}
