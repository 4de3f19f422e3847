import { checkPolicy } from './role';
import { checkTagPolicies, TagPolicy } from './tag-policies';
import { AwsError } from '../aws-call';

/** A policy that is attached to an account, or to the root of the organization. */
interface Attached<T> {
  readonly document: T;
  /** All accounts by default. */
  readonly account?: string;
}

/** Where an account is in an organization. */
export interface Membership {
  readonly organizationArn: string;
  /** The organizational unit, if it is in one. */
  readonly organizationalUnitArn?: string;
}

/** The organization of all accounts. `FullAWSAccess` is attached to its root, so that a service control policy only needs what it denies. */
export class Organization {
  private readonly serviceControlPolicies = new Map<string, Attached<object>>();
  private readonly tagPolicies = new Map<string, Attached<TagPolicy>>();
  private readonly members = new Map<string, Membership>();
  private fullAccess = true;

  /** Without it, no condition and no sharing names the organization of an account. */
  public join(account: string, membership: Membership): void {
    this.members.set(account, membership);
  }

  /** The organization and the organizational unit of an account, as AMIs are shared with them. */
  public arnsOf(account: string): string[] {
    const { organizationArn, organizationalUnitArn } = this.members.get(account) ?? {};
    return [organizationArn, organizationalUnitArn].flatMap(arn => arn ?? []);
  }

  /** `aws:PrincipalOrgID` and `aws:PrincipalOrgPaths`. The root has an ID of its own in the path. */
  public conditionKeysOf(account: string): Record<string, string> {
    const { organizationArn, organizationalUnitArn } = this.members.get(account) ?? {};
    const id = organizationArn?.split('/').pop();
    return id === undefined ? {} : {
      'aws:PrincipalOrgID': id,
      'aws:PrincipalOrgPaths': `${id}/r-ab12/${organizationalUnitArn === undefined ? '' : `${organizationalUnitArn.split('/').pop()}/`}`,
    };
  }

  public attachServiceControlPolicy(name: string, document: object, account?: string): void {
    checkPolicy(document);
    if (JSON.stringify(document).length > 5120) {
      throw new AwsError('ConstraintViolationException', 'You have exceeded the maximum policy size.');
    }
    this.serviceControlPolicies.set(name, { document, account });
  }

  /** Detaches `FullAWSAccess`: then the other service control policies must allow what the accounts may do. */
  public detachFullAccess(): void {
    this.fullAccess = false;
  }

  public attachTagPolicy(name: string, document: TagPolicy, account?: string): void {
    this.tagPolicies.set(name, { document, account });
  }

  public detach(name: string): void {
    this.serviceControlPolicies.delete(name);
    this.tagPolicies.delete(name);
  }

  /** None if everything is allowed. */
  public serviceControlPoliciesOf(account: string): { readonly name: string; readonly policy: object }[] {
    const attached = attachedTo(this.serviceControlPolicies, account).map(([name, { document }]) => ({ name, policy: document }));
    return this.fullAccess && attached.length > 0 ? [FULL_ACCESS, ...attached] : attached;
  }

  /** Refuses tags of a resource such as `ec2:instance` that the tag policies of an account do not allow. */
  public checkTags(account: string, resourceType: string, tags: ReadonlyMap<string, string>): void {
    checkTagPolicies(attachedTo(this.tagPolicies, account).map(([, { document }]) => document), resourceType, tags);
  }

  public reset(): void {
    this.serviceControlPolicies.clear();
    this.tagPolicies.clear();
    this.members.clear();
    this.fullAccess = true;
  }
}

const FULL_ACCESS = { name: 'FullAWSAccess', policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } };

function attachedTo<T>(policies: ReadonlyMap<string, Attached<T>>, to: string): [string, Attached<T>][] {
  return [...policies].filter(([, { account }]) => account === undefined || account === to);
}
