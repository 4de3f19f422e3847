import { Fn, Lazy, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import * as messages from './messages';
import { Sharing } from '../contract';
import { shareKey } from '../keys/share-key';

/** The accounts, organizations and organizational units that an AMI is shared with. Added to while the app is defined, rendered when it is synthesized. */
export class SharedPrincipals {
  private readonly accounts = new Set<string>();
  private readonly organizations = new Set<string>();
  private readonly organizationalUnits = new Set<string>();

  public constructor(private readonly scope: Construct, private readonly keys: readonly kms.IKey[]) {}

  public addAccounts(...accounts: string[]): void {
    requireOne('shareWithAccounts', 'account ID', accounts);
    this.requireShareable();
    for (const account of accounts) {
      if (!Token.isUnresolved(account) && !/^\d{12}$/.test(account)) {
        throw new Error(messages.accountIdMalformed(account));
      }
    }
    const added = [...new Set(accounts)].filter(account => !this.accounts.has(account));
    added.forEach(account => this.accounts.add(account));
    this.keys.forEach(key => shareKey(this.scope, key, { accountIds: added }));
  }

  public addOrganizations(...arns: string[]): void {
    requireOne('shareWithOrganizations', 'ARN of an organization', arns);
    this.requireShareable();
    for (const arn of arns) {
      if (!Token.isUnresolved(arn) && !/:organization\/o-[a-z0-9]+$/.test(arn)) {
        throw new Error(messages.organizationArnMalformed(arn));
      }
      if (!this.organizations.has(arn)) {
        this.organizations.add(arn);
        this.keys.forEach(key => shareKey(this.scope, key, { organizationId: arnResourcePart(arn, 1) }));
      }
    }
  }

  public addOrganizationalUnits(...arns: string[]): void {
    requireOne('shareWithOrganizationalUnits', 'ARN of an organizational unit', arns);
    this.requireShareable();
    for (const arn of arns) {
      if (!Token.isUnresolved(arn) && !/:ou\/o-[a-z0-9]+\/ou-[a-z0-9-]+$/.test(arn)) {
        throw new Error(messages.organizationalUnitArnMalformed(arn));
      }
      if (!this.organizationalUnits.has(arn)) {
        this.organizationalUnits.add(arn);
        const organizationalUnitPath = `${arnResourcePart(arn, 1)}/*/${arnResourcePart(arn, 2)}/*`;
        this.keys.forEach(key => shareKey(this.scope, key, { organizationalUnitPath }));
      }
    }
  }

  public get accountIds(): readonly string[] {
    return [...this.accounts];
  }

  /** All of them. */
  public get values(): readonly string[] {
    return [...this.accounts, ...this.organizations, ...this.organizationalUnits];
  }

  /** Properties of the custom resource, without empty ones. */
  public get properties(): Sharing {
    const list = (values: Set<string>) => Lazy.list({ produce: () => [...values] }, { omitEmpty: true });
    return {
      SharedAccountIds: list(this.accounts),
      SharedOrganizationArns: list(this.organizations),
      SharedOrganizationalUnitArns: list(this.organizationalUnits),
    };
  }

  /** Snapshots that are encrypted with the AWS managed key can be shared with nobody. */
  private requireShareable(): void {
    if (this.keys.some(isEbsKey)) {
      throw new Error(messages.ebsKeyNotShareable());
    }
  }
}

/** With an empty list the role would be allowed to share, without sharing. */
function requireOne(method: string, element: string, values: readonly string[]): void {
  if (values.length === 0) {
    throw new Error(messages.nobodyToShareWith(method, element));
  }
}

/** `o-abc123def4` of `arn:…:organization/o-abc123def4`, also where the ARN is known only when the stack deploys. */
function arnResourcePart(arn: string, index: number): string {
  return Fn.select(index, Fn.split('/', arn));
}

/** Whether a key is the AWS managed key of EBS, as far as it is known at synthesis. */
function isEbsKey(key: kms.IKey): boolean {
  return (key as Partial<kms.IAlias>).aliasName === 'alias/aws/ebs';
}
