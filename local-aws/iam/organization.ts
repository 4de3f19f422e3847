import { checkPolicy } from './role';
import { checkTagPolicies, TagPolicy } from './tag-policies';
import { AwsError } from '../aws-call';

/** A policy that is attached to an account, or to the root of the organization. */
interface Attached<T> {
  readonly document: T;
  /** All accounts by default. */
  readonly account?: string;
}

/** The organization of all accounts. `FullAWSAccess` is attached to its root, so that a service control policy only needs what it denies. */
export class Organization {
  private readonly serviceControlPolicies = new Map<string, Attached<object>>();
  private readonly tagPolicies = new Map<string, Attached<TagPolicy>>();
  private fullAccess = true;

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
    this.fullAccess = true;
  }
}

const FULL_ACCESS = { name: 'FullAWSAccess', policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } };

function attachedTo<T>(policies: ReadonlyMap<string, Attached<T>>, to: string): [string, Attached<T>][] {
  return [...policies].filter(([, { account }]) => account === undefined || account === to);
}
