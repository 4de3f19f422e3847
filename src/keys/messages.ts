/* Messages about keys, in the form "Problem (ids): cause. Solution." */

interface KeyPolicyAdvice {
  readonly key: string;
  /** JSON. */
  readonly statements: string;
}

export function keyPolicyUnchanged({ key, statements }: KeyPolicyAdvice): string {
  return `The policy of the key ${key} does not change, because the key is imported: unless it allows this already, instances do not start ("Client.InternalError") and copies fail. ` +
    `Ask the owner of the key to add these statements to its policy: ${statements}.`;
}

/** The principal and the key may be of different accounts. */
export function keyPolicyOfOtherAccount({ key, statements }: KeyPolicyAdvice): string {
  return `The policy of the key ${key} does not change, because the key is imported. If it belongs to another account than the principal, instances do not start ("Client.InternalError") ` +
    `unless it allows this already. In that case, ask the owner of the key to add these statements to its policy: ${statements}.`;
}
