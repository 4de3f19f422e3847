/** Who makes a call: known by the access key that signed it. */
export interface Principal {
  readonly accessKeyId: string;
  readonly account: string;
  /** e.g. `arn:aws:sts::123456789012:assumed-role/Stack-Handler/session`. */
  readonly arn: string;
  /** The role whose policies decide; none for the administrator of the account, who may do everything. */
  readonly roleArn?: string;
}

/** One request to one service, parsed. */
export interface Call {
  /** The name in the signature's scope: `ec2`, `kms`, `cloudformation`, … */
  readonly service: string;
  readonly action: string;
  readonly input: Record<string, unknown>;
  readonly principal: Principal;
  readonly region: string;
  readonly requestId: string;
}

/** An answer that is an error, as the service would word it. */
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

/** One question to IAM: may the caller do `action` on `resource`, the condition keys being these? */
export interface AuthorizationQuestion {
  /** e.g. `ec2:CopyImage`. */
  readonly action: string;
  readonly resource: string;
  /** e.g. `aws:RequestTag/Name`, `aws:ResourceTag/Name`, `aws:TagKeys` (a list), `ec2:CreateAction`, `kms:ViaService`. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** Decides by the policies of roles; `iam/` has the real one, `allowAll` is for tests that are not about permissions. */
export interface Authorizer {
  /** By the caller's identity policies alone. */
  allows(principal: Principal, question: AuthorizationQuestion): boolean;
  /** By the key's policy and the caller's identity policies together, as KMS decides. */
  allowsKey(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): boolean;
  /** The same, whatever the caller's identity policies allow: whether the key policy leaves the caller, or IAM, in control of the key. */
  keyPolicyAdmits(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): boolean;
  /** Whether a role or user exists, as far as that can be known to the caller's service. */
  principalExists(arn: string, caller: Principal): boolean;
}

export const allowAll: Authorizer = { allows: () => true, allowsKey: () => true, keyPolicyAdmits: () => true, principalExists: () => true };
