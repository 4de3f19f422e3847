import { createValidatedPolicy, validateResourcePolicy } from '@cloud-copilot/iam-policy';
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { AuthorizationQuestion } from '../aws-call';

/** A policy by the name it has in its role. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: object;
}

/** One evaluation: who asks what, of a resource of which account, under which policies. */
export interface Evaluation {
  readonly principalArn: string;
  readonly resourceAccount: string;
  readonly question: AuthorizationQuestion;
  readonly identityPolicies: readonly NamedPolicy[];
  /** The policy of the resource itself: a key's, or a role's trust policy. */
  readonly resourcePolicy?: object;
}

/**
 * What an action is asked about that has no resource-level permissions. IAM lets only statements on `*` allow it, but the evaluator
 * takes a request for `*` as a request for anything that a statement names; nobody names this.
 */
const NO_RESOURCE = 'arn:none:none:none:none:none';

/**
 * Stands for the id of a resource that the request creates. The ARN that IAM is asked about has a `*` there (`…:instance/*`), which a statement
 * matches only if its pattern covers every id; the evaluator takes a `*` in a request for any id that a statement names.
 */
const NEW_ID = 'id-of-a-new-resource';

/** Whether the policies allow it: by a statement, and no statement denies it. */
export function allowed({ principalArn, resourceAccount, question, identityPolicies, resourcePolicy }: Evaluation): boolean {
  const resource = concrete(question.resource);
  const relevant = (policy: object) => withTypeOf(resource, statementsOn(policy, question.action));
  const result = runUnsafeSimulation({
    request: {
      principal: principalArn,
      action: question.action,
      resource: { resource, accountId: resourceAccount },
      contextVariables: mutable(question.context),
    },
    identityPolicies: identityPolicies.map(({ name, policy }) => ({ name, policy: relevant(policy) })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    // The evaluator reads the name of a resource policy from its metadata and fails without.
    resourcePolicy: resourcePolicy && createValidatedPolicy(relevant(resourcePolicy), validateResourcePolicy, { name: 'resource' }),
  }, {});
  return result === 'Allowed';
}

function concrete(resource: string): string {
  return resource === '*' ? NO_RESOURCE : resource.replaceAll('*', NEW_ID);
}

const narrowed = new WeakMap<object, Map<string, object>>();

/** The policy with only those statements that speak of the action: the others take time and decide nothing. */
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

// A pattern for several types of resource, such as `arn:aws:ec2:us-east-1:123456789012:*/*`, which the documentation of EC2 uses.
const ANY_TYPE = /^arn:(?:[^:]*:){4}[^:/]*[*?][^:/]*[:/]/;

/** The policy with such a pattern replaced by the resource that it matches: the evaluator takes none for a match. */
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
