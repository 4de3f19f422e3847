import { Fn, Lazy, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Sharing } from '../contract';

/** With whom an image is shared: filled while the app is defined, rendered when it is synthesized. */
export class SharedPrincipals {
  private readonly accounts = new Set<string>();
  private readonly organizations = new Set<string>();
  private readonly organizationalUnits = new Set<string>();

  public constructor(private readonly keys: readonly kms.IKey[]) {}

  public addAccounts(accounts: readonly string[]): void {
    for (const account of accounts) {
      if (!Token.isUnresolved(account) && !/^\d{12}$/.test(account)) {
        throw new Error(`an account must have an id of 12 digits, got ${JSON.stringify(account)}: write the id, with its zeros`);
      }
      if (!this.accounts.has(account)) {
        this.accounts.add(account);
        this.allowKeys(new iam.AccountPrincipal(account));
      }
    }
  }

  public addOrganizations(arns: readonly string[]): void {
    for (const arn of arns) {
      if (!Token.isUnresolved(arn) && !/:organization\/o-[a-z0-9]+$/.test(arn)) {
        throw new Error(
          `an organization must be given by an ARN such as "arn:aws:organizations::123456789012:organization/o-abc123def4", got ${JSON.stringify(arn)}: ` +
          'look it up with aws organizations describe-organization',
        );
      }
      if (!this.organizations.has(arn)) {
        this.organizations.add(arn);
        this.allowKeys(new iam.AnyPrincipal(), { StringEquals: { 'aws:PrincipalOrgID': arnResourcePart(arn, 1) } });
      }
    }
  }

  public addOrganizationalUnits(arns: readonly string[]): void {
    for (const arn of arns) {
      if (!Token.isUnresolved(arn) && !/:ou\/o-[a-z0-9]+\/ou-[a-z0-9-]+$/.test(arn)) {
        throw new Error(
          `an organizational unit must be given by an ARN such as "arn:aws:organizations::123456789012:ou/o-abc123def4/ou-ab12-cd34ef56", got ${JSON.stringify(arn)}: ` +
          'look it up with aws organizations list-organizational-units-for-parent',
        );
      }
      if (!this.organizationalUnits.has(arn)) {
        this.organizationalUnits.add(arn);
        this.allowKeys(new iam.AnyPrincipal(), { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${arnResourcePart(arn, 1)}/*/${arnResourcePart(arn, 2)}/*` } });
      }
    }
  }

  /** Properties of the custom resource; none as long as nothing is shared. */
  public get properties(): Sharing {
    const list = (values: Set<string>) => Lazy.list({ produce: () => [...values] }, { omitEmpty: true });
    return {
      SharedAccounts: list(this.accounts),
      SharedOrganizations: list(this.organizations),
      SharedOrganizationalUnits: list(this.organizationalUnits),
    };
  }

  /**
   * What somebody else needs of a key to copy or launch what is under it, through EC2 of whatever Region it is copied to. Nothing happens to an
   * imported key: its owner must allow the same.
   */
  private allowKeys(principal: iam.IPrincipal, condition: Record<string, Record<string, unknown>> = {}): void {
    const viaEc2 = { ...condition, StringLike: { 'kms:ViaService': 'ec2.*' } };
    const allow = (actions: string[], conditions: Record<string, Record<string, unknown>>) => (key: kms.IKey) =>
      key.addToResourcePolicy(new iam.PolicyStatement({ principals: [principal], actions, resources: ['*'], conditions }));
    this.keys.forEach(allow(['kms:DescribeKey'], condition));
    this.keys.forEach(allow(['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'], viaEc2));
    this.keys.forEach(allow(['kms:CreateGrant'], { ...viaEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } }));
  }
}

/** `o-abc123def4` of `arn:…:organization/o-abc123def4`, also where the ARN is known only when the stack deploys. */
function arnResourcePart(arn: string, index: number): string {
  return Fn.select(index, Fn.split('/', arn));
}
