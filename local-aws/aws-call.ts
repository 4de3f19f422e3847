import { Denial } from './denial';

/** The caller, identified by the access key of the signature. */
export interface Principal {
  readonly accessKeyId: string;
  readonly account: string;
  /** For example `arn:aws:sts::123456789012:assumed-role/Stack-Handler/session`. */
  readonly arn: string;
  /** The role whose policies decide. The administrator of the account has none, and is allowed everything. */
  readonly roleArn?: string;
}

/** One parsed request to one service. */
export interface Call {
  /** The service name in the scope of the signature: `ec2`, `kms`, `cloudformation`, … */
  readonly service: string;
  readonly action: string;
  readonly input: Record<string, unknown>;
  readonly principal: Principal;
  readonly region: string;
  readonly requestId: string;
}

/** An account and a Region: most resources of AWS belong to one of each. */
export interface AccountAndRegion {
  readonly account: string;
  readonly region: string;
}

export function accountAndRegionOf(call: Call): AccountAndRegion {
  return { account: call.principal.account, region: call.region };
}

/** An error response of a service. */
export class AwsError extends Error {
  public constructor(
    public readonly code: string,
    message: string,
    public readonly status = 400,
  ) {
    super(message);
    this.name = code;
  }
}

/** An authorization request: is the caller allowed `action` on `resource` with these condition keys? */
export interface AuthorizationQuestion {
  /** For example `ec2:CopyImage`. */
  readonly action: string;
  readonly resource: string;
  /** For example `aws:RequestTag/Name`, `aws:ResourceTag/Name`, `aws:TagKeys` (a list), `ec2:CreateAction`, `kms:ViaService`. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** Authorizes requests. `iam/` implements it with policies of roles; `allowAll` is for tests that are not about permissions. */
export interface Authorizer {
  /** Decides by the caller's identity policies. */
  allows(principal: Principal, question: AuthorizationQuestion): boolean;
  /** Why `allows` denied a request. */
  denial(principal: Principal, question: AuthorizationQuestion): Denial;
  /** Why `allowsKey` denied a request. */
  keyDenial(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): Denial;
  /** Decides like KMS, by the key policy and the caller's identity policies together. */
  allowsKey(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): boolean;
  /** Decides by the key policy: whether it allows the caller, or leaves the decision to IAM. */
  keyPolicyAdmits(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): boolean;
  /** True if a role or user exists, as far as the service of the caller can know. */
  principalExists(arn: string, caller: Principal): boolean;
}

const NO_POLICY: Denial = { by: 'identity-based policy', isExplicit: false };

export const allowAll: Authorizer = {
  allows: () => true,
  denial: () => NO_POLICY,
  keyDenial: () => NO_POLICY,
  allowsKey: () => true,
  keyPolicyAdmits: () => true,
  principalExists: () => true,
};
