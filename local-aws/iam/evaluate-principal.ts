import { evaluate, EvaluationResult, NamedPolicy } from './evaluation';
import { AuthorizationQuestion, Principal } from '../aws-call';

/** Identity policies alone. The evaluator leaves KMS actions to the key policy. Here the key policy is assumed to leave them to IAM. */
export function evaluateIdentity(
  principal: Principal, question: AuthorizationQuestion, identityPolicies: readonly NamedPolicy[],
): EvaluationResult {
  const { account, arn } = principal;
  return evaluate({
    principalArn: arn,
    resourceAccount: account,
    question,
    identityPolicies,
    resourcePolicy: question.action.startsWith('kms:') ? delegatingTo(account, arn.split(':')[1]) : undefined,
  });
}

/** A key policy and identity policies together. */
export function evaluateKey(
  principal: Principal, keyPolicy: string, question: AuthorizationQuestion, identityPolicies: readonly NamedPolicy[],
): EvaluationResult {
  return evaluate({
    principalArn: principal.arn,
    resourceAccount: question.resource.split(':')[4],
    question,
    identityPolicies,
    resourcePolicy: parsed(keyPolicy),
  });
}

const parsedPolicies = new Map<string, object>();

function parsed(policy: string): object {
  const known = parsedPolicies.get(policy) ?? JSON.parse(policy) as object;
  parsedPolicies.set(policy, known);
  return known;
}

function delegatingTo(account: string, partition: string): object {
  const statement = { Effect: 'Allow', Principal: { AWS: rootOf(account, partition) }, Action: 'kms:*', Resource: '*' };
  return parsed(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
}

export function rootOf(account: string, partition: string): string {
  return `arn:${partition}:iam::${account}:root`;
}
