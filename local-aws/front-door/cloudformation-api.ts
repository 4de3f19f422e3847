import * as sdk from '@aws-sdk/client-cloudformation';
import { S3Buckets } from './s3-buckets';
import { summaryOf } from './template-summary';
import { apart, WallTime } from './wall-time';
import { Authorizer, AwsError, Call, Principal } from '../call';
import { CloudFormation } from '../cloudformation/cloud-formation';
import { Environment } from '../cloudformation/resource-type';
import { SchemaService } from '../wire/service';

/**
 * CloudFormation's query API before the engine: finds templates that were uploaded to S3, and passes the rest on. The command line, which
 * lives on this machine, is told the machine's time, and a function of a stack that of the local AWS.
 */
export function cloudFormationService(engine: CloudFormation, buckets: S3Buckets, wallTime: WallTime, authorizer: Authorizer): SchemaService {
  const on = <I extends object, O extends object | void>(operation: (environment: Environment, input: I) => O) =>
    ({ principal, region, input }: Call): object => {
      const answer = operation({ account: principal.account, region }, withTemplate(buckets, input) as I) ?? {};
      return isOfStack(principal) ? answer : wallTime.inAnswer(answer) as object;
    };
  const events = on<sdk.DescribeStackEventsInput, object>((environment, input) => engine.describeStackEvents(environment, input));
  return {
    name: 'cloudformation',
    protocol: 'awsQuery',
    schemas: { ...sdk },
    operations: {
      CreateChangeSet: on<sdk.CreateChangeSetInput, object>((environment, input) => engine.createChangeSet(environment, input)),
      DescribeChangeSet: on<sdk.DescribeChangeSetInput, object>((environment, input) => engine.describeChangeSet(environment, input)),
      ExecuteChangeSet: on<sdk.ExecuteChangeSetInput, void>((environment, input) => engine.executeChangeSet(environment, input)),
      DeleteChangeSet: on<sdk.DeleteChangeSetInput, void>((environment, input) => engine.deleteChangeSet(environment, input)),
      CreateStack: on<sdk.CreateStackInput, object>((environment, input) => engine.createStack(environment, input)),
      UpdateStack: on<sdk.UpdateStackInput, object>((environment, input) => engine.updateStack(environment, input)),
      DeleteStack: on<sdk.DeleteStackInput, void>((environment, input) => engine.deleteStack(environment, input)),
      DescribeStacks: call => {
        authorize(authorizer, call);
        return on<sdk.DescribeStacksInput, object>((environment, input) => engine.describeStacks(environment, input))(call);
      },
      DescribeStackEvents: call => {
        const answer: sdk.DescribeStackEventsOutput = events(call);
        return { ...answer, StackEvents: apart(answer.StackEvents ?? []) };
      },
      DescribeStackResources: on<sdk.DescribeStackResourcesInput, object>((environment, input) => engine.describeStackResources(environment, input)),
      ListStackResources: on<sdk.ListStackResourcesInput, object>((environment, input) => engine.listStackResources(environment, input)),
      ListStacks: on<sdk.ListStacksInput, object>((environment, input) => engine.listStacks(environment, input)),
      ListExports: on<sdk.ListExportsInput, object>(environment => engine.listExports(environment)),
      GetTemplate: on<sdk.GetTemplateInput, object>((environment, input) => engine.getTemplate(environment, input)),
      GetTemplateSummary: on<sdk.GetTemplateSummaryInput, object>((environment, { TemplateBody, StackName }) =>
        summaryOf(TemplateBody ?? String(engine.getTemplate(environment, { StackName, TemplateStage: 'Original' }).TemplateBody))),
      UpdateTerminationProtection: on<sdk.UpdateTerminationProtectionInput, object>((environment, input) =>
        engine.updateTerminationProtection(environment, input)),
    },
  };
}

/** Not the administrator of the account, and not the command line, which gives its sessions a name of its own. */
function isOfStack(principal: Principal): boolean {
  return principal.roleArn !== undefined && !/\/aws-cdk-[^/]*$/.test(principal.arn);
}

/** The one call that functions of a stack make. Those of the command line's roles are not what is tested here. */
function authorize(authorizer: Authorizer, { principal, action, input, region }: Call): void {
  const name = String(input.StackName ?? '*');
  const resource = name.startsWith('arn:') ? name : `arn:aws:cloudformation:${region}:${principal.account}:stack/${name}/*`;
  if (isOfStack(principal) && !authorizer.allows(principal, { action: `cloudformation:${action}`, resource, context: { 'aws:RequestedRegion': region } })) {
    throw new AwsError('AccessDenied', `User: ${principal.arn} is not authorized to perform: cloudformation:${action} on resource: ${resource} `
      + `because no identity-based policy allows the cloudformation:${action} action`, 403);
  }
}

/** The input with the template itself where it names an address. */
function withTemplate(buckets: S3Buckets, input: Record<string, unknown>): Record<string, unknown> {
  const { TemplateURL, ...rest } = input;
  if (typeof TemplateURL !== 'string') {
    return input;
  }
  if (input.TemplateBody !== undefined) {
    throw new AwsError('ValidationError', 'You cannot specify more than one input template.');
  }
  try {
    return { ...rest, TemplateBody: buckets.getByUrl(TemplateURL).body.toString('utf8') };
  } catch (error) {
    throw new AwsError('ValidationError', `S3 error: ${error instanceof Error ? error.message : String(error)}`);
  }
}
