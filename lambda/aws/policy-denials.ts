import { awsErrorDetails } from './error-codes';

/**
 * AWS names the kind of the policy that denied a request, "with an explicit deny in a service control policy" or "because no permissions boundary allows
 * the ec2:CopyImage action": the page "Troubleshoot access denied error messages" of the IAM User Guide. Where several policies deny it, it names one.
 */
const DENIALS: readonly [RegExp, string][] = [
  [
    /\bservice control policy\b/i,
    'A service control policy of the organization denies it. If the policy demands tags, encryption, instance types or Regions, choose such; ' +
    'otherwise ask the administrators of the organization to exempt the role.',
  ],
  [/\bresource control policy\b/i, 'A resource control policy of the organization denies it. Ask the administrators of the organization to exempt the role.'],
  [/\bpermissions boundary\b/i, 'The permissions boundary of the role does not allow it. Allow the action in the boundary, or use another one.'],
  [/\bVPC endpoint policy\b/i, 'The policy of a VPC endpoint does not allow it. Allow the action in that policy.'],
  [/\bexplicit deny in an? identity-based policy\b/i, 'A policy that is attached to the role denies it. Remove that statement, or the policy.'],
];

/** The kind of policy that denies what the policies of the role may allow, with what to do; undefined if AWS names none. */
export function explainPolicyDenial(error: unknown): string | undefined {
  const { message } = awsErrorDetails(error);
  return DENIALS.find(([words]) => words.test(message))?.[1];
}

/** No policy of the role allows the request, although the stack gave it one. */
export function isDeniedByMissingStatement(error: unknown): boolean {
  return /\bno identity-based policy allows\b/i.test(awsErrorDetails(error).message);
}
