import * as sdk from '@aws-sdk/client-cloudformation';
import { readMembers } from './cloudformation-read-members';
import { pageOf } from './pages';
import { summaryOf, validationOf } from './template-summary';
import { Authorizer, AwsError, Call, Principal } from '../../aws-call';
import { partitionOf } from '../../regions/partition';
import { S3Buckets } from '../../s3/buckets';
import { apart, WallTime } from '../../time/wall-time';
import { Operation, SchemaService } from '../../wire/service';
import { CloudFormation } from '../cloud-formation';
import { Environment } from '../resource-types/resource-type';

export interface CloudFormationServiceParts {
  readonly engine: CloudFormation;
  readonly buckets: S3Buckets;
  readonly wallTime: WallTime;
  readonly authorizer: Authorizer;
  /** The buckets of all accounts. */
  readonly roleArns: () => readonly string[];
}

type Handler = (environment: Environment, input: object) => object | void;

/**
 * The query API of CloudFormation. It reads templates from S3 and calls the engine. The command line runs with the machine's time, so its
 * responses have that time. Functions of a stack get the time of the local AWS.
 */
export function cloudFormationService({ engine, buckets, wallTime, authorizer, roleArns }: CloudFormationServiceParts): SchemaService {
  const on = (handler: Handler): Operation => call => {
    authorize(authorizer, call);
    refuseMissingRole(call.input.RoleARN, roleArns());
    const answer = handler({ account: call.principal.account, region: call.region }, withTemplate(buckets, call.input)) ?? {};
    const timed = isOfStack(call.principal) ? answer : wallTime.inAnswer(answer) as object;
    return pageOfAnswer(call, timed as Record<string, unknown>);
  };
  const handlers: Record<string, Handler> = {
    CreateChangeSet: (environment, input) => engine.createChangeSet(environment, input as sdk.CreateChangeSetInput),
    DescribeChangeSet: (environment, input) => engine.describeChangeSet(environment, input as sdk.DescribeChangeSetInput),
    ListChangeSets: (environment, input) => engine.listChangeSets(environment, input as sdk.ListChangeSetsInput),
    ExecuteChangeSet: (environment, input) => engine.executeChangeSet(environment, input as sdk.ExecuteChangeSetInput),
    DeleteChangeSet: (environment, input) => engine.deleteChangeSet(environment, input as sdk.DeleteChangeSetInput),
    CreateStack: (environment, input) => engine.createStack(environment, input as sdk.CreateStackInput),
    UpdateStack: (environment, input) => engine.updateStack(environment, input as sdk.UpdateStackInput),
    DeleteStack: (environment, input) => engine.deleteStack(environment, input as sdk.DeleteStackInput),
    CancelUpdateStack: (environment, input) => engine.cancelUpdateStack(environment, input as sdk.CancelUpdateStackInput),
    ContinueUpdateRollback: (environment, input) => engine.continueUpdateRollback(environment, input as sdk.ContinueUpdateRollbackInput),
    RollbackStack: (environment, input) => engine.rollbackStack(environment, input as sdk.RollbackStackInput),
    DescribeStacks: (environment, input) => engine.describeStacks(environment, input as sdk.DescribeStacksInput),
    DescribeStackEvents: (environment, input) => engine.describeStackEvents(environment, input as sdk.DescribeStackEventsInput),
    DescribeStackResource: (environment, input) => engine.describeStackResource(environment, input as sdk.DescribeStackResourceInput),
    DescribeStackResources: (environment, input) => engine.describeStackResources(environment, input as sdk.DescribeStackResourcesInput),
    ListStackResources: (environment, input) => engine.listStackResources(environment, input as sdk.ListStackResourcesInput),
    ListStacks: (environment, input) => engine.listStacks(environment, input as sdk.ListStacksInput),
    ListExports: environment => engine.listExports(environment),
    GetTemplate: (environment, input) => engine.getTemplate(environment, input as sdk.GetTemplateInput),
    GetTemplateSummary: (environment, input) => summaryOf(templateOf(engine, environment, input as sdk.GetTemplateSummaryInput)),
    ValidateTemplate: (_environment, input) => validationOf((input as sdk.ValidateTemplateInput).TemplateBody, type => engine.typeExists(type)),
    UpdateTerminationProtection: (environment, input) =>
      engine.updateTerminationProtection(environment, input as sdk.UpdateTerminationProtectionInput),
  };
  return {
    name: 'cloudformation',
    protocol: 'awsQuery',
    schemas: { ...sdk },
    reads: readMembers,
    operations: Object.fromEntries(Object.entries(handlers).map(([action, handler]) => [action, on(handler)])),
  };
}

/** The paginated lists. */
const LISTS: Readonly<Record<string, string>> = {
  DescribeStackEvents: 'StackEvents',
  DescribeStacks: 'Stacks',
  ListChangeSets: 'Summaries',
  ListExports: 'Exports',
  ListStackResources: 'StackResourceSummaries',
  ListStacks: 'StackSummaries',
};

function pageOfAnswer({ action, input }: Call, answer: Record<string, unknown>): object {
  const list = LISTS[action];
  if (list === undefined) {
    return answer;
  }
  const all = action === 'DescribeStackEvents' ? apart(answer[list] as sdk.StackEvent[]) : answer[list] as unknown[];
  const { items, NextToken } = pageOf<unknown>(all, input.NextToken as string | undefined);
  return { ...answer, [list]: items, NextToken };
}

function templateOf(engine: CloudFormation, environment: Environment, { TemplateBody, StackName }: sdk.GetTemplateSummaryInput): string {
  if (TemplateBody !== undefined) {
    return TemplateBody;
  }
  if (engine.stack(environment, StackName!, true).status === 'REVIEW_IN_PROGRESS') {
    throw new AwsError('ValidationError', 'GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.');
  }
  return engine.getTemplate(environment, { StackName, TemplateStage: 'Original' }).TemplateBody!;
}

/** True for the administrator of the account, and for the command line, which names its sessions itself. */
function isOfStack(principal: Principal): boolean {
  return principal.roleArn !== undefined && !/\/aws-cdk-[^/]*$/.test(principal.arn);
}

/** Authorizes calls of a stack's functions. The command line's roles are not checked: the tests are not about them. */
function authorize(authorizer: Authorizer, { principal, action, input, region }: Call): void {
  const name = String(input.StackName ?? '*');
  const resource = name.startsWith('arn:') ? name : `arn:${partitionOf(region)}:cloudformation:${region}:${principal.account}:stack/${name}/*`;
  if (isOfStack(principal) && !authorizer.allows(principal, { action: `cloudformation:${action}`, resource, context: { 'aws:RequestedRegion': region } })) {
    throw new AwsError('AccessDenied', `User: ${principal.arn} is not authorized to perform: cloudformation:${action} on resource: ${resource} `
      + `because no identity-based policy allows the cloudformation:${action} action`, 403);
  }
}

/** Checks that the role exists. The local CloudFormation does not assume it, and acts as the account's administrator. */
function refuseMissingRole(roleArn: unknown, roleArns: readonly string[]): void {
  if (roleArn !== undefined && !roleArns.includes(String(roleArn))) {
    throw new AwsError('ValidationError', `Role ${String(roleArn)} is invalid or cannot be assumed`);
  }
}

/** Replaces the template URL in the input by the template. */
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
    throw new AwsError('ValidationError', `S3 error: ${(error as Error).message}`);
  }
}
