import { AuthorizationQuestion, Authorizer, AwsError, Call, Principal } from '../aws-call';
import { arnOf, Key } from './key';
import { Keys } from './keys';
import { Denial, denialWords } from '../denial';
import { dnsSuffixOf } from '../regions/partition';

/** The condition keys of a key's use. */
export interface KeyUse {
  /** The Region of the EC2 that uses the key for the caller; none if the caller calls KMS itself. */
  readonly viaEc2In?: string;
  /** The service that uses the key for the caller, if it is not EC2, for example `states.us-east-1.amazonaws.com`. */
  readonly viaService?: string;
  /** The grant is for an AWS service. */
  readonly grantIsForAwsResource?: boolean;
  /** For example `aws:ebs:id`. */
  readonly encryptionContext?: Readonly<Record<string, string>>;
  readonly requestAlias?: string;
}

export class KeyAuthorization {
  public constructor(private readonly keys: Keys, private readonly authorizer: Authorizer) {}

  /** Decides by key policy and identity policies together. */
  public allows(principal: Principal, key: Key, action: string, use: KeyUse = {}): boolean {
    return this.authorizer.allowsKey(principal, key.policy, this.question(principal, key, action, use));
  }

  /** True if a policy would allow the principal the action on the key, or leave the decision to IAM. */
  public admits(principal: Principal, key: Key, policy: string, action: string): boolean {
    return this.authorizer.keyPolicyAdmits(principal, policy, this.question(principal, key, action, {}));
  }

  public principalExists(arn: string, caller: Principal): boolean {
    return this.authorizer.principalExists(arn, caller);
  }

  public require(principal: Principal, key: Key, action: string, use: KeyUse = {}): void {
    if (!this.allows(principal, key, action, use)) {
      throw denied(principal, action, arnOf(key), this.authorizer.keyDenial(principal, key.policy, this.question(principal, key, action, use)));
    }
  }

  /** For actions without a key that exists. */
  public requireForAccount({ principal, region }: Call, action: string, resource = '*'): void {
    const question = { action, resource, context: { 'aws:RequestedRegion': region, 'kms:CallerAccount': principal.account } };
    if (!this.authorizer.allows(principal, question)) {
      throw denied(principal, action, resource, this.authorizer.denial(principal, question));
    }
  }

  private question(principal: Principal, key: Key, action: string, use: KeyUse): AuthorizationQuestion {
    const context: Record<string, string | string[]> = {
      'kms:CallerAccount': principal.account,
      'kms:KeySpec': key.spec,
      'kms:KeyUsage': key.usage,
      'kms:KeyOrigin': key.origin,
      'kms:MultiRegion': String(key.multiRegion !== undefined),
      'kms:ResourceAliases': this.keys.aliasNamesInAuthorization(key),
    };
    for (const [name, value] of key.tags) {
      context[`aws:ResourceTag/${name}`] = value;
    }
    const viaService = use.viaEc2In ? `ec2.${use.viaEc2In}.${dnsSuffixOf(use.viaEc2In)}` : use.viaService;
    if (viaService) {
      context['kms:ViaService'] = viaService;
    }
    if (use.requestAlias) {
      context['kms:RequestAlias'] = use.requestAlias;
    }
    if (use.grantIsForAwsResource !== undefined) {
      context['kms:GrantIsForAWSResource'] = String(use.grantIsForAwsResource);
      context['kms:GrantConstraintType'] = 'EncryptionContextSubset';
    }
    for (const [name, value] of Object.entries(use.encryptionContext ?? {})) {
      context[`kms:EncryptionContext:${name}`] = value;
    }
    if (use.encryptionContext) {
      context['kms:EncryptionContextKeys'] = Object.keys(use.encryptionContext);
    }
    return { action, resource: arnOf(key), context };
  }
}

function denied(principal: Principal, action: string, resource: string, denial: Denial): AwsError {
  return new AwsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${denialWords(denial, action)}`,
  );
}
