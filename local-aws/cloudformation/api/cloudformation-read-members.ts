import { ReadMembers } from '../../wire/service';

const TEMPLATE = ['TemplateBody', 'TemplateURL', 'Parameters', 'Capabilities', 'Tags'];
const DEPLOYMENT = ['RoleARN', 'NotificationARNs', 'DeploymentConfig.DisableRollback', 'DeploymentConfig.Mode=STANDARD'];
const OPTIONS = [...DEPLOYMENT, 'DisableRollback', 'RetainExceptOnCreate', 'ClientRequestToken'];

/** The members that the local CloudFormation reads: no stack policy, as it would protect nothing, and no resources to import. */
export const readMembers: ReadMembers = {
  CreateStack: ['StackName', ...TEMPLATE, ...OPTIONS, 'OnFailure', 'TimeoutInMinutes', 'EnableTerminationProtection', 'DisableValidation=false'],
  UpdateStack: ['StackName', ...TEMPLATE, ...OPTIONS, 'UsePreviousTemplate'],
  DeleteStack: ['StackName', 'RetainResources', 'RoleARN', 'ClientRequestToken', 'DeploymentConfig.DisableRollback', 'DeploymentConfig.Mode=STANDARD'],
  CreateChangeSet: [
    'StackName', 'ChangeSetName', 'ChangeSetType', 'Description', 'ClientToken', ...TEMPLATE, ...DEPLOYMENT, 'UsePreviousTemplate', 'OnStackFailure',
    // there are no nested stacks that could be left out
    'IncludeNestedStacks',
    // the command line always asks for it: only resources that are in no stack, and have a name that the template gives them, are imported
    'ImportExistingResources',
  ],
  ExecuteChangeSet: ['StackName', 'ChangeSetName', 'ClientRequestToken', 'DisableRollback', 'RetainExceptOnCreate'],
  DeleteChangeSet: ['StackName', 'ChangeSetName'],
  RollbackStack: ['StackName', 'RoleARN', 'ClientRequestToken', 'RetainExceptOnCreate', 'DeploymentConfig.DisableRollback', 'DeploymentConfig.Mode=STANDARD'],
  ContinueUpdateRollback: ['StackName', 'RoleARN', 'ClientRequestToken', 'ResourcesToSkip', 'ForceRollback'],
  CancelUpdateStack: ['StackName', 'ClientRequestToken'],
  ValidateTemplate: ['TemplateBody', 'TemplateURL'],
  GetTemplateSummary: ['TemplateBody', 'TemplateURL', 'StackName'],
  // the CDK's command line asks for property values, and does without them
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
