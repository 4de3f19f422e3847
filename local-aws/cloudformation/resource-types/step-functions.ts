import type { EncryptionConfiguration } from '@aws-sdk/client-sfn';
import { TypeContext } from './context';
import { number, object, requiredText, serviceFailure, text } from './properties';
import { CreatedResource, ResourceFailure, ResourceRequest, ResourceType } from './resource-type';
import { Roles } from './roles';
import { partitionOf } from '../../regions/partition';
import { StateMachine, StateMachineSettings } from '../../stepfunctions/state-machine';
import { isObject, JsonObject } from '../template/template';

/** The types of Step Functions. What is logged and traced makes no difference here. */
export function stepFunctionsTypes({ stepFunctions }: TypeContext, roles: Roles): Record<string, ResourceType> {
  return {
    'AWS::StepFunctions::StateMachine': {
      replacementProperties: ['StateMachineName', 'StateMachineType'],
      create: request => {
        const { account, region } = request.environment;
        const name = text(request.properties, 'StateMachineName') ?? request.name(80);
        const arn = `arn:${partitionOf(region)}:states:${region}:${account}:stateMachine:${name}`;
        return put(() => stepFunctions.create(arn, settingsOf(request, roles)));
      },
      update: request => put(() => stepFunctions.update(request.physicalId, settingsOf(request, roles))),
      delete: request => stepFunctions.delete(request.physicalId),
    },
  };
}

function put(call: () => StateMachine): CreatedResource {
  try {
    const { arn, name, revision } = call();
    return { physicalId: arn, attributes: { Arn: arn, Name: name, StateMachineRevisionId: revision.id } };
  } catch (error) {
    throw serviceFailure(error, 'Sfn');
  }
}

function settingsOf({ properties }: ResourceRequest, roles: Roles): StateMachineSettings {
  if (![undefined, 'STANDARD'].includes(text(properties, 'StateMachineType'))) {
    throw new ResourceFailure(`The local AWS does not know StateMachineType ${text(properties, 'StateMachineType')}`);
  }
  const roleArn = requiredText(properties, 'RoleArn');
  if (!roles.trusts(roleArn, 'states.amazonaws.com')) {
    throw new ResourceFailure('Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.');
  }
  return { roleArn, definition: definitionOf(properties), encryption: encryptionOf(properties) };
}

/** `DefinitionString` or `Definition`, in which `${key}` stands for what `DefinitionSubstitutions` has for the key. */
function definitionOf(properties: JsonObject): string {
  const definition = isObject(properties.Definition) ? JSON.stringify(properties.Definition) : requiredText(properties, 'DefinitionString');
  return Object.entries(object(properties, 'DefinitionSubstitutions'))
    .reduce((result, [key, value]) => result.replaceAll(`\${${key}}`, String(value)), definition);
}

function encryptionOf(properties: JsonObject): EncryptionConfiguration | undefined {
  const configuration = object(properties, 'EncryptionConfiguration');
  const type = text(configuration, 'Type');
  return type === undefined ? undefined : {
    type: type as EncryptionConfiguration['type'],
    kmsKeyId: text(configuration, 'KmsKeyId'),
    kmsDataKeyReusePeriodSeconds: number(configuration, 'KmsDataKeyReusePeriodSeconds'),
  };
}
