/** The kind of policy that denies a request. */
export type PolicyKind = 'identity-based policy' | 'resource-based policy' | 'permissions boundary' | 'service control policy';

/** Why a request is denied: a statement denies it, or no policy of this kind allows it. */
export interface Denial {
  readonly by: PolicyKind;
  readonly isExplicit: boolean;
}

/** @see the page "Troubleshoot access denied error messages" of the IAM User Guide */
export function denialWords({ by, isExplicit }: Denial, action: string): string {
  return isExplicit ? `with an explicit deny in ${by === 'identity-based policy' ? 'an' : 'a'} ${by}` : `because no ${by} allows the ${action} action`;
}
