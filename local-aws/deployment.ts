import { readFileSync } from 'fs';
import { StackEvent } from '@aws-sdk/client-cloudformation';
import { CloudFormation } from './cloudformation/cloud-formation';
import { Environment } from './cloudformation/resource-types/resource-type';
import { Stack } from './cloudformation/stacks/stack';
import { Template } from './cloudformation/template/template';

export interface DeployRequest extends Partial<Environment> {
  readonly stackName: string;
  /** A synthesized template: its file or its content. */
  readonly template: string | object;
  /** The cloud assembly's directory, which contains the code of functions. */
  readonly assetDirectory?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly disableRollback?: boolean;
}

/** The result of a stack operation. */
export interface StackResult {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The events of this operation, oldest first. */
  readonly events: readonly StackEvent[];
  /** Physical IDs by logical ID. */
  readonly resources: Readonly<Record<string, { readonly type: string; readonly physicalId?: string; readonly status: string }>>;
  /** The failures in the events: `LogicalId: reason`. */
  readonly failures: readonly string[];
  readonly unknownTypes: readonly string[];
}

/** Creates or updates a stack, and waits until the operation has finished. */
export async function deployStack(cloudFormation: CloudFormation, environment: Environment, request: DeployRequest): Promise<StackResult> {
  const input = {
    StackName: request.stackName,
    TemplateBody: JSON.stringify(withoutBootstrap(request.template)),
    Parameters: Object.entries(request.parameters ?? {}).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Tags: Object.entries(request.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
    DisableRollback: request.disableRollback,
  };
  if (findStack(cloudFormation, environment, request.stackName)?.status === 'ROLLBACK_COMPLETE') {
    // like the CDK command line: such a stack can only be deleted
    await destroyStack(cloudFormation, environment, request.stackName);
  }
  const existing = findStack(cloudFormation, environment, request.stackName);
  const begin = existing?.events.length ?? 0;
  if (existing === undefined) {
    cloudFormation.createStack(environment, input);
  } else {
    try {
      cloudFormation.updateStack(environment, input);
    } catch (error) {
      // the update has no changes, which is not a failure
      if ((error as Error).message === 'No updates are to be performed.') {
        return resultOf(existing, begin);
      }
      throw error;
    }
  }
  return resultOf(await cloudFormation.settled(environment, request.stackName), begin);
}

/** Deletes a stack and waits until the operation has finished. */
export async function destroyStack(cloudFormation: CloudFormation, environment: Environment, stackName: string): Promise<StackResult> {
  const stack = cloudFormation.stack(environment, stackName);
  const begin = stack.events.length;
  cloudFormation.deleteStack(environment, { StackName: stackName });
  return resultOf(await cloudFormation.settled(environment, stack.id), begin);
}

function findStack(cloudFormation: CloudFormation, environment: Environment, name: string): Stack | undefined {
  try {
    return cloudFormation.stack(environment, name);
  } catch {
    return undefined;
  }
}

function resultOf(stack: Stack, begin: number): StackResult {
  const events = stack.events.slice(begin);
  return {
    status: stack.status,
    outputs: Object.fromEntries(stack.outputs.map(output => [output.key, output.value])),
    events,
    resources: Object.fromEntries([...stack.resources].map(([id, { type, physicalId, status }]) => [id, { type, physicalId, status }])),
    failures: events
      .filter(event => event.ResourceStatus?.endsWith('_FAILED') && event.LogicalResourceId !== stack.name)
      .filter(event => !/^Resource (creation|update) cancelled$/.test(event.ResourceStatusReason!))
      .map(event => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`),
    unknownTypes: [...stack.unknownTypes],
  };
}

/** Removes the parameter and the rule for the bootstrap version: nothing is uploaded here. */
function withoutBootstrap(template: string | object): Template {
  const parsed = (typeof template === 'string' ? JSON.parse(readFileSync(template, 'utf8')) : template) as Template;
  const { BootstrapVersion: _parameter, ...parameters } = parsed.Parameters ?? {};
  const { CheckBootstrapVersion: _rule, ...rules } = parsed.Rules ?? {};
  return { ...parsed, Parameters: parameters, Rules: rules };
}
