import { ReadMembers } from '../../wire/service';

const TEMPLATE = ['TemplateBody', 'TemplateURL', 'Parameters', 'Capabilities', 'Tags'];
const DEPLOYMENT = ['RoleARN', 'NotificationARNs', 'DeploymentConfig.DisableRollback', 'DeploymentConfig.Mode=STANDARD'];
const OPTIONS = [...DEPLOYMENT, 'DisableRollback', 'RetainExceptOnCreate', 'ClientRequestToken'];

/**
 * The request members that the local CloudFormation reads. It supports neither stack policies, which would protect nothing, nor imports of
 * resources.
 */
export const readMembers: ReadMembers = {
  CreateStack: ['StackName', ...TEMPLATE, ...OPTIONS, 'OnFailure', 'TimeoutInMinutes', 'EnableTerminationProtection', 'DisableValidation=false'],
  UpdateStack: ['StackName', ...TEMPLATE, ...OPTIONS, 'UsePreviousTemplate'],
  DeleteStack: ['StackName', 'RetainResources', 'RoleARN', 'ClientRequestToken', 'DeploymentConfig.DisableRollback', 'DeploymentConfig.Mode=STANDARD'],
  CreateChangeSet: [
    'StackName', 'ChangeSetName', 'ChangeSetType', 'Description', 'ClientToken', ...TEMPLATE, ...DEPLOYMENT, 'UsePreviousTemplate', 'OnStackFailure',
    // the local CloudFormation has no nested stacks that could be excluded
    'IncludeNestedStacks',
    // the command line always sets it. CloudFormation would only import resources with custom names that are in no stack
    'ImportExistingResources',
  ],
  ExecuteChangeSet: ['StackName', 'ChangeSetName', 'ClientRequestToken', 'DisableRollback', 'RetainExceptOnCreate'],
  DeleteChangeSet: ['StackName', 'ChangeSetName'],
  RollbackStack: ['StackName', 'RoleARN', 'ClientRequestToken', 'RetainExceptOnCreate', 'DeploymentConfig.DisableRollback', 'DeploymentConfig.Mode=STANDARD'],
  ContinueUpdateRollback: ['StackName', 'RoleARN', 'ClientRequestToken', 'ResourcesToSkip', 'ForceRollback'],
  CancelUpdateStack: ['StackName', 'ClientRequestToken'],
  ValidateTemplate: ['TemplateBody', 'TemplateURL'],
  GetTemplateSummary: ['TemplateBody', 'TemplateURL', 'StackName'],
  // the CDK command line requests property values, and works without them
  DescribeChangeSet: ['ChangeSetName', 'StackName', 'IncludePropertyValues'],
  ListChangeSets: ['StackName', 'NextToken'],
  DescribeStacks: ['StackName', 'NextToken'],
  DescribeStackEvents: ['StackName', 'NextToken'],
  DescribeStackResource: ['StackName', 'LogicalResourceId'],
  DescribeStackResources: ['StackName', 'LogicalResourceId'],
  ListStackResources: ['StackName', 'NextToken'],
  ListStacks: ['StackStatusFilter', 'NextToken'],
  ListExports: ['NextToken'],
  GetTemplate: ['StackName', 'ChangeSetName', 'TemplateStage'],
  UpdateTerminationProtection: ['StackName', 'EnableTerminationProtection'],
};
