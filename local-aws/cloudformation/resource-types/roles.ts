import { Environment, ResourceFailure } from './resource-type';
import { AwsError } from '../../aws-call';
import { Iam } from '../../iam/iam';
import { partitionOf } from '../../regions/partition';
import { isObject } from '../template/template';

/** Quotas of a role: the size of its inline policies, and the number of its managed policies. */
const MOST_CHARACTERS = 10_240;
const MOST_MANAGED = 10;

/** A role as declared by its own resource. */
export interface StackRole {
  readonly account: string;
  readonly partition: string;
  readonly name: string;
  readonly path: string;
  readonly trustPolicy: object;
  readonly inlinePolicies: Readonly<Record<string, object>>;
  readonly managedPolicyArns: readonly string[];
  readonly permissionsBoundary?: string;
}

/** The roles of stacks. The policies of a role come from its resource and from policy resources that name it. */
export class Roles {
  private readonly roles = new Map<string, StackRole>();
  private readonly attached = new Map<string, Map<string, object>>();
  private readonly managed = new Map<string, Set<string>>();

  public constructor(private readonly iam: Iam) {}

  public exists(environment: Environment, name: string): boolean {
    return [...this.roles.values()].some(role => isRoleOf(environment, role) && role.name === name);
  }

  public createOrReplace(arn: string, role: StackRole): void {
    this.roles.set(arn, role);
    this.apply(arn);
  }

  public delete(arn: string): void {
    this.roles.delete(arn);
    this.attached.delete(arn);
    this.managed.delete(arn);
    this.iam.deleteRole(arn);
  }

  /** True if a service is allowed to assume the role. Roles that no stack created are always allowed. */
  public trusts(arn: string, service: string): boolean {
    const role = this.roles.get(arn);
    return role === undefined ? this.iam.roleArns().includes(arn) : servicesIn(role.trustPolicy).includes(service);
  }

  public attach(environment: Environment, roleNames: readonly string[], policyName: string, document: object): void {
    for (const arn of roleNames.map(name => this.arnOf(environment, name))) {
      const policies = new Map(this.attached.get(arn)).set(policyName, document);
      const { name, inlinePolicies } = this.roles.get(arn)!;
      // IAM counts the inline policies of a role together, without white space
      if ([...Object.values(inlinePolicies), ...policies.values()].reduce((sum, one) => sum + JSON.stringify(one).length, 0) > MOST_CHARACTERS) {
        throw new AwsError('LimitExceeded', `Maximum policy size of ${MOST_CHARACTERS} bytes exceeded for role ${name}`, 409);
      }
      this.attached.set(arn, policies);
      this.apply(arn);
    }
  }

  public detach(environment: Environment, roleNames: readonly string[], policyName: string): void {
    for (const [arn, role] of this.roles) {
      if (isRoleOf(environment, role) && roleNames.includes(role.name) && this.attached.get(arn)?.delete(policyName)) {
        this.apply(arn);
      }
    }
  }

  public attachManaged(environment: Environment, roleNames: readonly string[], policyArn: string): void {
    for (const arn of roleNames.map(name => this.arnOf(environment, name))) {
      const policies = new Set(this.managed.get(arn)).add(policyArn);
      if (policies.size > MOST_MANAGED) {
        throw new AwsError('LimitExceeded', `Cannot exceed quota for PoliciesPerRole: ${MOST_MANAGED}`, 409);
      }
      this.managed.set(arn, policies);
      this.apply(arn);
    }
  }

  public detachManaged(policyArn: string): void {
    for (const arn of this.roles.keys()) {
      if (this.managed.get(arn)?.delete(policyArn)) {
        this.apply(arn);
      }
    }
  }

  public arnOf(environment: Environment, name: string): string {
    const found = [...this.roles].find(([, role]) => isRoleOf(environment, role) && role.name === name);
    if (found === undefined) {
      throw new ResourceFailure(`The role with name ${name} cannot be found. (Service: Iam, Status Code: 404, Error Code: NoSuchEntity)`);
    }
    return found[0];
  }

  private apply(arn: string): void {
    const role = this.roles.get(arn)!;
    this.iam.putRole({
      ...role,
      inlinePolicies: { ...role.inlinePolicies, ...Object.fromEntries(this.attached.get(arn) ?? []) },
      managedPolicyArns: [...new Set([...role.managedPolicyArns, ...this.managed.get(arn) ?? []])],
    });
  }
}

/** The names of roles are unique in an account. */
function isRoleOf({ account, region }: Environment, role: StackRole): boolean {
  return role.account === account && role.partition === partitionOf(region);
}

function servicesIn(trustPolicy: object): unknown[] {
  const statements = [(trustPolicy as { Statement: unknown }).Statement].flat();
  return statements.flatMap(statement => {
    const principal = isObject(statement) && statement.Effect === 'Allow' ? statement.Principal : undefined;
    return isObject(principal) ? [principal.Service].flat() : [];
  });
}
