import { AwsError } from '../../call';

const TEMPLATE = ['TemplateBody', 'TemplateURL', 'Parameters', 'Capabilities', 'Tags'];
const OPTIONS = ['RoleARN', 'NotificationARNs', 'DisableRollback', 'RetainExceptOnCreate', 'ClientRequestToken', 'DeploymentConfig'];

/** The members that the local CloudFormation reads. */
const READ: Readonly<Record<string, readonly string[]>> = {
  CreateStack: ['StackName', ...TEMPLATE, ...OPTIONS, 'OnFailure', 'TimeoutInMinutes', 'EnableTerminationProtection'],
  UpdateStack: ['StackName', ...TEMPLATE, ...OPTIONS, 'UsePreviousTemplate'],
  DeleteStack: ['StackName', 'RetainResources', 'RoleARN', 'ClientRequestToken', 'DeploymentConfig'],
  CreateChangeSet: [
    'StackName', 'ChangeSetName', 'ChangeSetType', 'Description', 'ClientToken', ...TEMPLATE, ...OPTIONS, 'UsePreviousTemplate', 'OnStackFailure',
    // there are no nested stacks that could be left out
    'IncludeNestedStacks',
    // the command line always asks for it: only resources that are in no stack, and have a name that the template gives them, are imported
    'ImportExistingResources',
  ],
  ExecuteChangeSet: ['StackName', 'ChangeSetName', 'ClientRequestToken', 'DisableRollback', 'RetainExceptOnCreate'],
  DeleteChangeSet: ['StackName', 'ChangeSetName'],
  RollbackStack: ['StackName', 'RoleARN', 'ClientRequestToken', 'RetainExceptOnCreate', 'DeploymentConfig'],
  ContinueUpdateRollback: ['StackName', 'RoleARN', 'ClientRequestToken', 'ResourcesToSkip', 'ForceRollback'],
  CancelUpdateStack: ['StackName', 'ClientRequestToken'],
  ValidateTemplate: ['TemplateBody', 'TemplateURL'],
  GetTemplateSummary: ['TemplateBody', 'TemplateURL', 'StackName'],
};

/** Refuses what would be ignored: a stack policy that protects nothing, resources that are not imported. */
export function refuseUnreadMembers(action: string, input: Readonly<Record<string, unknown>>): void {
  const read = READ[action];
  const unread = Object.keys(input).filter(member => read !== undefined && !read.includes(member) && asksForSomething(input[member]));
  if (unread.length > 0) {
    throw new AwsError('ValidationError', `The local AWS does not know ${unread.join(', ')} of ${action}`);
  }
  const { Mode: mode = 'STANDARD' } = (input.DeploymentConfig ?? {}) as { Mode?: string };
  if (mode !== 'STANDARD') {
    throw new AwsError('ValidationError', `The local AWS does not know the deployment mode ${mode}`);
  }
}

function asksForSomething(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(typeof value === 'object' && Object.keys(value).length === 0);
}
