import * as sdk from '@aws-sdk/client-cloudformation';
import { Call } from '../aws-call';
import { SchemaService } from '../wire/service';

/**
 * The CloudFormation operations that functions call. Ministack answers them, except for the status of a resource: it does not show a resource
 * that is being created, and shows the old status during an update. CloudFormation shows that the operation is in progress.
 */
export function withResourceStatus(ministack: sdk.CloudFormationClient): SchemaService {
  const describeStacks = async ({ input }: Call): Promise<sdk.DescribeStacksOutput> => {
    const { Stacks } = await ministack.send(new sdk.DescribeStacksCommand({ StackName: String(input.StackName) }));
    return { Stacks };
  };
  return {
    name: 'cloudformation',
    protocol: 'awsQuery',
    schemas: { ...sdk },
    operations: {
      DescribeStacks: describeStacks,
      DescribeStackResource: async (call): Promise<sdk.DescribeStackResourceOutput> => {
        const [stack] = (await describeStacks(call)).Stacks ?? [];
        return {
          StackResourceDetail: {
            StackId: stack.StackId,
            StackName: stack.StackName,
            LogicalResourceId: String(call.input.LogicalResourceId),
            ResourceType: 'AWS::CloudFormation::CustomResource',
            ResourceStatus: statusOf(stack.StackStatus ?? ''),
            LastUpdatedTimestamp: stack.LastUpdatedTime ?? stack.CreationTime,
          },
        };
      },
    },
  };
}

function statusOf(stackStatus: string): sdk.ResourceStatus {
  const operation = /^(CREATE|UPDATE|DELETE).*_IN_PROGRESS$/.exec(stackStatus)?.[1] as 'CREATE' | 'UPDATE' | 'DELETE' | undefined;
  return operation ? `${operation}_IN_PROGRESS` : 'UPDATE_COMPLETE';
}
