import { createValidatedPolicy, validateResourcePolicy } from '@cloud-copilot/iam-policy';
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { AuthorizationQuestion } from '../aws-call';

export type EvaluationResult = ReturnType<typeof runUnsafeSimulation>;

/** A policy with its name in the role. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: object;
}

/** One evaluation: principal, action, resource, account of the resource, and policies. */
export interface Evaluation {
  readonly principalArn: string;
  readonly resourceAccount: string;
  readonly question: AuthorizationQuestion;
  readonly identityPolicies: readonly NamedPolicy[];
  /** The policy of the resource itself: a key policy or a trust policy. */
  readonly resourcePolicy?: object;
}

/**
 * The resource of an action without resource-level permissions. IAM allows it only by statements on `*`, but the evaluator treats a request
 * for `*` as matching every resource of a statement. No statement names this value.
 */
const NO_RESOURCE = 'arn:none:none:none:none:none';

/**
 * The ID of a resource that the request creates. Its ARN in IAM has a `*` (`…:instance/*`), which a statement matches only if its pattern
 * covers every ID. The evaluator treats a `*` in a request as matching every ID of a statement.
 */
const NEW_ID = 'id-of-a-new-resource';

/** True if a statement of the policies allows the action, and none denies it. */
export function allowed(evaluation: Evaluation): boolean {
  return evaluate(evaluation) === 'Allowed';
}

export function evaluate({ principalArn, resourceAccount, question, identityPolicies, resourcePolicy }: Evaluation): EvaluationResult {
  const resource = concrete(question.resource);
  const relevant = (policy: object) => withTypeOf(resource, statementsOn(policy, question.action));
  return runUnsafeSimulation({
    request: {
      principal: principalArn,
      action: question.action,
      resource: { resource, accountId: resourceAccount },
      contextVariables: mutable(question.context),
    },
    identityPolicies: identityPolicies.map(({ name, policy }) => ({ name, policy: relevant(policy) })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    // The evaluator reads the name of a resource policy from its metadata and fails without it.
    resourcePolicy: resourcePolicy && createValidatedPolicy(relevant(resourcePolicy), validateResourcePolicy, { name: 'resource' }),
  }, {});
}

function concrete(resource: string): string {
  return resource === '*' ? NO_RESOURCE : resource.replaceAll('*', NEW_ID);
}

const narrowed = new WeakMap<object, Map<string, object>>();

/** The policy with the statements about the action only: the others take time and decide nothing. */
function statementsOn(policy: object, action: string): object {
  const byAction = narrowed.get(policy) ?? new Map<string, object>();
  narrowed.set(policy, byAction);
  const known = byAction.get(action);
  if (known) {
    return known;
  }
  const statements = list((policy as { Statement?: unknown }).Statement) as { Action?: unknown; NotAction?: unknown }[];
  const speaking = { ...policy, Statement: statements.filter(({ Action }) => Action === undefined || list(Action).some(matches(action))) };
  byAction.set(action, speaking);
  return speaking;
}

// A pattern for several resource types, such as `arn:aws:ec2:us-east-1:123456789012:*/*` in EC2's documentation.
const ANY_TYPE = /^arn:(?:[^:]*:){4}[^:/]*[*?][^:/]*[:/]/;

/** Replaces such a pattern by the resource that it matches, because the evaluator does not match it. */
function withTypeOf(resource: string, policy: object): object {
  const statements = list((policy as { Statement?: unknown }).Statement) as Record<'Resource' | 'NotResource', unknown>[];
  const isGeneral = (pattern: unknown) => ANY_TYPE.test(String(pattern));
  if (!statements.some(({ Resource, NotResource }) => [Resource, NotResource].flat().some(isGeneral))) {
    return policy;
  }
  const resolve = (patterns: unknown) => list(patterns).map(pattern => isGeneral(pattern) && matches(resource)(pattern) ? resource : pattern);
  return {
    ...policy,
    Statement: statements.map(statement => ({
      ...statement,
      ...statement.Resource !== undefined && { Resource: resolve(statement.Resource) },
      ...statement.NotResource !== undefined && { NotResource: resolve(statement.NotResource) },
    })),
  };
}

function matches(text: string): (pattern: unknown) => boolean {
  return pattern => new RegExp(`^${String(pattern).replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'i').test(text);
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function mutable(context: AuthorizationQuestion['context']): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]));
}
