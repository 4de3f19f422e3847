import { TypeContext } from './context';
import { number, object, requiredText, serviceFailure, text, texts } from './properties';
import { Environment, ResourceFailure, ResourceType } from './resource-type';
import { Roles } from './roles';
import { FunctionDefinition } from '../../lambda/function';
import { partitionOf } from '../../regions/partition';
import { JsonObject } from '../template/template';

/** The resource types of Lambda and CloudWatch Logs. */
export function lambdaTypes(context: TypeContext, roles: Roles): Record<string, ResourceType> {
  const { lambda } = context;
  const put = (environment: Environment, name: string, properties: JsonObject) => {
    const definition = functionDefinition(context, roles, environment, name, properties);
    return { physicalId: name, attributes: { Arn: lambda.put(definition).arn } };
  };
  return {
    'AWS::Lambda::Function': {
      replacementProperties: ['FunctionName', 'PackageType'],
      create: request => {
        const name = text(request.properties, 'FunctionName') ?? request.name(64);
        if (lambda.has(request.environment, name)) {
          throw new ResourceFailure(`Resource handler returned message: "Function already exist: ${name} (Service: Lambda, Status Code: 409)"`);
        }
        return put(request.environment, name, request.properties);
      },
      update: request => put(request.environment, request.physicalId, request.properties),
      delete: request => lambda.delete(String(request.attributes.Arn)),
    },
    'AWS::Lambda::Permission': {
      create: request => ({ physicalId: request.name(128), attributes: { Id: request.name(128) } }),
    },
    'AWS::Logs::LogGroup': {
      replacementProperties: ['LogGroupName'],
      create: request => {
        const { account, region } = request.environment;
        const name = text(request.properties, 'LogGroupName') ?? request.name(512);
        try {
          lambda.logStore.create(name, number(request.properties, 'RetentionInDays'));
        } catch (error) {
          throw serviceFailure(error, 'CloudWatchLogs');
        }
        return { physicalId: name, attributes: { Arn: `arn:${partitionOf(region)}:logs:${region}:${account}:log-group:${name}:*` } };
      },
      update: request => {
        lambda.logStore.setRetention(request.physicalId, number(request.properties, 'RetentionInDays'));
        return { physicalId: request.physicalId };
      },
      delete: request => lambda.logStore.delete(request.physicalId),
    },
  };
}

function functionDefinition(context: TypeContext, roles: Roles, environment: Environment, name: string, properties: JsonObject): FunctionDefinition {
  const roleArn = requiredText(properties, 'Role');
  if (!roles.trusts(roleArn, 'lambda.amazonaws.com')) {
    throw new ResourceFailure('Resource handler returned message: "The role defined for the function cannot be assumed by Lambda. (Service: Lambda, Status Code: 400)"');
  }
  const runtime = text(properties, 'Runtime') ?? '';
  if (!runtime.startsWith('nodejs')) {
    throw new ResourceFailure(`the local AWS runs functions of the Node runtimes only, not ${runtime === '' ? 'container images' : runtime}`);
  }
  if (properties.Layers !== undefined && texts(properties, 'Layers').length > 0) {
    throw new ResourceFailure('the local AWS does not know layers: the function would not find what they bring');
  }
  const code = object(properties, 'Code');
  const inline = text(code, 'ZipFile');
  const logging = object(properties, 'LoggingConfig');
  return {
    ...environment,
    name,
    handler: requiredText(properties, 'Handler'),
    runtime,
    roleArn,
    directory: inline === undefined ? uploaded(context, code) : context.lambda.inlineCode(inline),
    timeout: number(properties, 'Timeout') ?? 3,
    memory: number(properties, 'MemorySize') ?? 128,
    variables: Object.fromEntries(Object.entries(object(object(properties, 'Environment'), 'Variables')).map(([key, value]) => [key, String(value)])),
    logGroup: text(logging, 'LogGroup') ?? `/aws/lambda/${name}`,
    logFormat: text(logging, 'LogFormat') ?? 'Text',
    reservedConcurrency: number(properties, 'ReservedConcurrentExecutions'),
    logLevel: text(logging, 'ApplicationLogLevel') ?? 'INFO',
  };
}

function uploaded(context: TypeContext, code: JsonObject): string {
  try {
    return context.codeOf(requiredText(code, 'S3Bucket'), requiredText(code, 'S3Key'));
  } catch (error) {
    const { name, message } = error as Error;
    throw new ResourceFailure(`Resource handler returned message: "Error occurred while GetObject. S3 Error Code: ${name}. S3 Error Message: ${message} `
      + '(Service: Lambda, Status Code: 400)"');
  }
}
