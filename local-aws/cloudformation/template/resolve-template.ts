import type { Parameter, Tag } from '@aws-sdk/client-cloudformation';
import { checkTemplate } from './checks';
import { dependencies } from './dependency-graph';
import { evaluateCondition, Scope } from './intrinsic-functions';
import { parameterValues, refOfParameter, SsmLookup } from './parameters';
import { Json, parseTemplate, Template } from './template';
import { AwsError } from '../../aws-call';
import { dnsSuffixOf, partitionOf } from '../../regions/partition';
import { Environment } from '../resource-types/resource-type';
import { ParameterValue, DesiredState } from '../stacks/stack';

/** The values outside of a stack that its intrinsic functions can use. */
export interface TemplateEnvironment {
  ssm(environment: Environment): SsmLookup;
  zones(region: string): string[];
  exported(environment: Environment, name: string): string | undefined;
  typeExists(type: string): boolean;
}

/** The stack of a desired state. */
export interface StackIdentity {
  readonly name: string;
  readonly id: string;
  readonly environment: Environment;
}

/** The values of `Ref` and `Fn::GetAtt` for the resources of a stack. */
export interface Resources {
  ref(logicalId: string): Json | undefined;
  getAtt(logicalId: string, attribute: string): Json;
}

const noResources: Resources = {
  ref: () => undefined,
  getAtt: logicalId => {
    throw new AwsError('ValidationError', `Template format error: Unresolved dependencies [${logicalId}]. Cannot reference resources in the Conditions block of the template`);
  },
};

/** Parses a template and resolves its parameters, conditions, rules and order of resources. */
export function resolveTemplate(
  stack: StackIdentity,
  body: string,
  given: readonly Parameter[],
  previous: Readonly<Record<string, ParameterValue>>,
  tags: readonly Tag[],
  templateEnvironment: TemplateEnvironment,
): DesiredState {
  const template = parseTemplate(body);
  checkTemplate(template, templateEnvironment.typeExists);
  const parameters = parameterValues(template, given, previous, templateEnvironment.ssm(stack.environment));
  const conditions: Record<string, boolean> = {};
  const early: DesiredState = {
    template,
    body,
    parameters,
    conditions,
    tags: Object.fromEntries(tags.map(tag => [tag.Key ?? '', tag.Value ?? ''])),
    resources: new Map(),
    dependencies: new Map(),
  };
  const scope = scopeOf(stack, early, noResources, templateEnvironment);
  for (const name of Object.keys(template.Conditions ?? {})) {
    conditions[name] = scope.condition(name);
  }
  checkRules(template, scope);
  const resources = new Map(Object.entries(template.Resources).filter(([, definition]) =>
    definition.Condition === undefined || scope.condition(definition.Condition)));
  return { ...early, resources, dependencies: dependencies(resources) };
}

export function scopeOf(stack: StackIdentity, target: DesiredState, resources: Resources, templateEnvironment: TemplateEnvironment): Scope {
  const { account, region } = stack.environment;
  const pseudo: Readonly<Record<string, Json>> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': partitionOf(region),
    'AWS::URLSuffix': dnsSuffixOf(region),
    'AWS::StackName': stack.name,
    'AWS::StackId': stack.id,
    'AWS::NotificationARNs': [],
  };
  const evaluating = new Set<string>();
  const scope: Scope = {
    mappings: target.template.Mappings ?? {},
    ref: name => {
      const parameter = target.parameters[name];
      return parameter === undefined
        ? pseudo[name] ?? resources.ref(name)
        : refOfParameter(target.template.Parameters![name], parameter);
    },
    getAtt: (logicalId, attribute) => resources.getAtt(logicalId, attribute),
    condition: name => {
      const expression = target.template.Conditions?.[name];
      if (expression === undefined || evaluating.has(name)) {
        throw new AwsError('ValidationError', `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`);
      }
      evaluating.add(name);
      try {
        return target.conditions[name] ?? evaluateCondition(expression, scope);
      } finally {
        evaluating.delete(name);
      }
    },
    importValue: name => {
      const value = templateEnvironment.exported(stack.environment, name);
      if (value === undefined) {
        throw new AwsError('ValidationError', `No export named ${name} found. Rollback requested by user.`);
      }
      return value;
    },
    zones: templateEnvironment.zones,
    dynamicReference: (service, reference) => {
      const value = service === 'ssm' ? templateEnvironment.ssm(stack.environment)(reference) : undefined;
      if (value === undefined) {
        throw new AwsError('ValidationError', `Unable to resolve the dynamic reference {{resolve:${service}:${reference}}}`);
      }
      return value;
    },
  };
  return scope;
}

function checkRules(template: Template, scope: Scope): void {
  for (const rule of Object.values(template.Rules ?? {})) {
    if (rule.RuleCondition !== undefined && !evaluateCondition(rule.RuleCondition, scope)) {
      continue;
    }
    for (const { Assert: assert, AssertDescription: description } of rule.Assertions) {
      if (!evaluateCondition(assert, scope)) {
        throw new AwsError('ValidationError', `Template error: rule assertion failed: ${description ?? JSON.stringify(assert)}`);
      }
    }
  }
}
