import { Capability, GetTemplateSummaryOutput, ValidateTemplateOutput } from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../aws-call';
import { checkTemplate } from '../template/checks';
import { parseTemplate } from '../template/template';

/** GetTemplateSummary: reads the template without deploying it. */
export function summaryOf(body: string): GetTemplateSummaryOutput {
  const template = parseTemplate(body);
  const resources = Object.values(template.Resources);
  const capabilities = capabilitiesOf(resources);
  return {
    Description: template.Description,
    Parameters: Object.entries(template.Parameters ?? {}).map(([ParameterKey, definition]) => ({
      ParameterKey,
      DefaultValue: definition.Default === undefined ? undefined : String(definition.Default),
      ParameterType: definition.Type,
      NoEcho: String(definition.NoEcho ?? false) === 'true',
      Description: definition.Description,
      ParameterConstraints: definition.AllowedValues ? { AllowedValues: definition.AllowedValues.map(String) } : {},
    })),
    Capabilities: capabilities,
    CapabilitiesReason: capabilities.length > 0 ? `The following resource(s) require capabilities: [${iamTypes(resources).join(', ')}]` : undefined,
    ResourceTypes: [...new Set(resources.map(({ Type }) => Type))],
    Version: template.AWSTemplateFormatVersion,
    Metadata: template.Metadata && JSON.stringify(template.Metadata),
  };
}

/** ValidateTemplate: checks the template without deploying it. */
export function validationOf(body: string | undefined, typeExists: (type: string) => boolean): ValidateTemplateOutput {
  if (body === undefined) {
    throw new AwsError('ValidationError', 'Either Template URL or Template Body must be specified.');
  }
  checkTemplate(parseTemplate(body), typeExists);
  const { Description: description, Parameters = [], Capabilities = [], CapabilitiesReason } = summaryOf(body);
  return {
    Description: description,
    Parameters: Parameters.map(({ ParameterKey, DefaultValue, NoEcho, Description }) => ({ ParameterKey, DefaultValue, NoEcho, Description })),
    ...Capabilities.length > 0 && { Capabilities, CapabilitiesReason },
  };
}

/** A template with IAM resources needs CAPABILITY_IAM, and with custom names CAPABILITY_NAMED_IAM. */
function capabilitiesOf(resources: readonly { readonly Type: string; readonly Properties?: object }[]): Capability[] {
  const named = resources.some(({ Type, Properties }) =>
    Type.startsWith('AWS::IAM::') && Object.keys(Properties ?? {}).some(property => ['RoleName', 'UserName', 'GroupName', 'ManagedPolicyName'].includes(property)));
  return named ? ['CAPABILITY_NAMED_IAM'] : iamTypes(resources).length > 0 ? ['CAPABILITY_IAM'] : [];
}

function iamTypes(resources: readonly { readonly Type: string }[]): string[] {
  return [...new Set(resources.map(({ Type }) => Type).filter(type => type.startsWith('AWS::IAM::')))];
}
