import { createHash } from 'crypto';
import { Denial, PolicyKind } from '../denial';
import { evaluateIdentity, evaluateKey, rootOf } from './evaluate-principal';
import { allowed, NamedPolicy } from './evaluation';
import { awsManagedPolicies } from './managed-policies';
import { Organization } from './organization';
import { characters, checkPolicy, checkRole, Credentials, partitionOfRole, Role, RoleDefinition } from './role';
import { serviceLinkedRole } from './service-linked-roles';
import { AuthorizationQuestion, Authorizer, AwsError, Principal } from '../aws-call';
import { partitionOf } from '../regions/partition';
import { unknownCredentials } from '../unknown-credentials';

interface Session extends Principal {
  readonly userId: string;
}

const EVERYTHING = [{ name: 'AdministratorAccess', policy: awsManagedPolicies.AdministratorAccess }];

/** Roles, their sessions, and the decisions of their policies. */
export class Iam implements Authorizer {
  private readonly roles = new Map<string, Role>();
  private readonly instanceProfiles = new Set<string>();
  private readonly managedPolicies = new Map<string, object>();
  private readonly sessions = new Map<string, Session>();
  private readonly decisionsOfAdministrators = new Map<string, boolean>();
  private createdRoles = 0;

  public constructor(private readonly organization = new Organization()) {}

  /** Creates the role, or replaces its policies. */
  public putRole(role: RoleDefinition): string {
    const arn = `arn:${partitionOfRole(role)}:iam::${role.account}:role${role.path ?? '/'}${role.name}`;
    checkRole(role);
    if (role.permissionsBoundary !== undefined) {
      this.managedPolicy(role.permissionsBoundary);
    }
    const id = this.roles.get(arn)?.id ?? `AROA${digest(`${arn} ${this.createdRoles++}`)}`;
    this.roles.set(arn, { ...role, id, arn, decisions: new Map() });
    return arn;
  }

  /** The service-linked role of a service in an account, such as that of Auto Scaling. */
  public createServiceLinkedRole(
    { account, partition }: { readonly account: string; readonly partition: string }, service: string, suffix?: string,
  ): string {
    const role = serviceLinkedRole(service, suffix, partition);
    if (this.rolesOf(account).some(({ arn, name }) => name === role.name && arn.split(':')[1] === partition)) {
      throw new AwsError('InvalidInput', `Service role name ${role.name} has been taken in this account, please try a different suffix.`);
    }
    return this.putRole({ ...role, account, partition });
  }

  /** The service-linked role of a service as a principal, if the account has it. */
  public serviceLinkedRolePrincipal(
    { account, partition }: { readonly account: string; readonly partition: string }, service: string,
  ): Principal | undefined {
    const { name } = serviceLinkedRole(service, undefined, partition);
    const arn = `arn:${partition}:iam::${account}:role/aws-service-role/${service}/${name}`;
    return this.roles.has(arn) ? this.principal(this.credentials(arn).accessKeyId) : undefined;
  }

  /** Deletes the role and its sessions. */
  public deleteRole(arn: string): void {
    this.roles.delete(arn);
    for (const [key, session] of this.sessions) {
      if (session.roleArn === arn) {
        this.sessions.delete(key);
      }
    }
  }

  public addInstanceProfile(arn: string): void {
    this.instanceProfiles.add(arn);
  }

  public deleteInstanceProfile(arn: string): void {
    this.instanceProfiles.delete(arn);
  }

  /** Returns the ARN of an instance profile of the account by name or ARN. */
  public instanceProfileArn(account: string, nameOrArn: string): string | undefined {
    return [...this.instanceProfiles].find(arn => arn.split(':')[4] === account && (arn === nameOrArn || arn.split('/').pop() === nameOrArn));
  }

  /** The roles of all accounts. */
  public roleArns(): string[] {
    return [...this.roles.keys()];
  }

  public putRolePolicy(roleArn: string, policyName: string, document: object): void {
    const role = this.role(roleArn);
    this.putRole({ ...role, inlinePolicies: { ...role.inlinePolicies, [policyName]: document } });
  }

  public deleteRolePolicy(roleArn: string, policyName: string): void {
    const role = this.role(roleArn);
    const inlinePolicies = { ...role.inlinePolicies };
    delete inlinePolicies[policyName];
    this.putRole({ ...role, inlinePolicies });
  }

  /** Creates a customer managed policy, which roles can name in `managedPolicyArns`. */
  public putManagedPolicy(arn: string, document: object): void {
    checkPolicy(document);
    if (characters(document) > 6144) {
      throw new AwsError('LimitExceeded', 'Cannot exceed quota for PolicySize: 6144', 409);
    }
    this.managedPolicies.set(arn, document);
    this.forgetDecisions();
  }

  public deleteManagedPolicy(arn: string): void {
    this.managedPolicies.delete(arn);
    this.forgetDecisions();
  }

  /** Returns credentials for a session of the role. They stay the same until the role is deleted. */
  public credentials(roleArn: string, sessionName = 'session'): Credentials {
    const role = this.role(roleArn);
    const hash = digest(`${role.id} ${sessionName}`);
    const accessKeyId = `ASIA${hash}`;
    const arn = `arn:${partitionOfRole(role)}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`;
    this.sessions.set(accessKeyId, { accessKeyId, account: role.account, arn, roleArn, userId: `${role.id}:${sessionName}` });
    return { accessKeyId, secretAccessKey: `secret${hash}`, sessionToken: `token${hash}` };
  }

  /** Returns credentials for a session of the role, if the caller is allowed to assume it. */
  public assumeRole(caller: Principal, roleArn: string, sessionName: string): Credentials {
    const role = this.roles.get(roleArn);
    const question: AuthorizationQuestion = { action: 'sts:AssumeRole', resource: roleArn, context: this.contextOf(caller) };
    // STS returns the same message if the role does not exist and if the caller is not allowed.
    if (!role || !this.mayAssume(caller, role, question)) {
      throw new AwsError('AccessDenied', `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`, 403);
    }
    return this.credentials(roleArn, sessionName);
  }

  /** The principal of an access key. The administrator of an account is in the partition of the called Region. */
  public principal(accessKeyId: string, region = 'us-east-1', service = 'sts'): Principal {
    const administrator = /^AKIALOCAL(\d{12})$/.exec(accessKeyId);
    if (administrator) {
      return { accessKeyId, account: administrator[1], arn: `arn:${partitionOf(region)}:iam::${administrator[1]}:user/administrator` };
    }
    const session = this.sessions.get(accessKeyId);
    if (!session) {
      throw unknownCredentials(service);
    }
    return session;
  }

  public allows(principal: Principal, question: AuthorizationQuestion): boolean {
    // the administrator of an account, unless service control policies limit it
    return !principal.roleArn && this.serviceControlPoliciesOf(principal).length === 0 || this.decide(principal, question, '', (identityPolicies, context) =>
      evaluateIdentity(principal, { ...question, context }, identityPolicies) === 'Allowed', this.contextOf(principal));
  }

  public denial(principal: Principal, question: AuthorizationQuestion): Denial {
    const context = this.completed(question, this.contextOf(principal));
    const identityPolicies = this.identityPoliciesOf(principal);
    return this.denialByCeiling(principal, { ...question, context }) ?? {
      by: 'identity-based policy', isExplicit: evaluateIdentity(principal, { ...question, context }, identityPolicies) === 'ExplicitlyDenied',
    };
  }

  /** In the account of the key, a denial without a statement is said of identity-based policies. */
  public keyDenial(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): Denial {
    const context = this.completed(question, this.contextWithKey(principal));
    const complete = { ...question, context };
    const isExplicit = evaluateIdentity(principal, complete, this.identityPoliciesOf(principal)) === 'ExplicitlyDenied';
    const isExplicitInKey = !isExplicit && evaluateKey(principal, keyPolicy, complete, EVERYTHING) === 'ExplicitlyDenied';
    const isOwn = question.resource.split(':')[4] === principal.account;
    return this.denialByCeiling(principal, complete)
      ?? { by: isExplicitInKey || !isExplicit && !isOwn ? 'resource-based policy' : 'identity-based policy', isExplicit: isExplicit || isExplicitInKey };
  }

  /** The key policy applies to the administrator, too: identity policies count only where it leaves the decision to IAM. */
  public allowsKey(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): boolean {
    return this.decide(principal, question, keyPolicy, (identityPolicies, context) =>
      evaluateKey(principal, keyPolicy, { ...question, context }, identityPolicies) === 'Allowed', this.contextWithKey(principal));
  }

  public keyPolicyAdmits(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): boolean {
    const context = { ...this.contextWithKey(principal), ...question.context };
    return evaluateKey(principal, keyPolicy, { ...question, context }, EVERYTHING) === 'Allowed';
  }

  /**
   * True if the role or user exists. The local AWS holds the IAM of the caller's account and of accounts with a role. Principals of other
   * accounts are assumed to exist.
   */
  public principalExists(arn: string, caller: Principal): boolean {
    const [, partition, service, , account, resource] = arn.split(':');
    const roles = this.rolesOf(account);
    if (account !== caller.account && roles.length === 0) {
      return true;
    }
    if (service === 'sts') {
      const [kind, name] = resource.split('/');
      return kind === 'assumed-role' && roles.some(role => role.name === name && role.arn.split(':')[1] === partition);
    }
    return resource === 'user/administrator' || this.roles.has(arn);
  }

  /** Restores the initial state. */
  public reset(): void {
    this.roles.clear();
    this.instanceProfiles.clear();
    this.managedPolicies.clear();
    this.sessions.clear();
    this.decisionsOfAdministrators.clear();
  }

  private rolesOf(account: string): Role[] {
    return [...this.roles.values()].filter(role => role.account === account);
  }

  private role(arn: string): Role {
    const role = this.roles.get(arn);
    if (!role) {
      throw new AwsError('NoSuchEntity', `The role with name ${arn.split('/').pop()} cannot be found.`, 404);
    }
    return role;
  }

  /** Caches decisions: a role has few policies, and its requests repeat. */
  private decide(
    principal: Principal,
    question: AuthorizationQuestion,
    keyPolicy: string,
    evaluation: (identityPolicies: readonly NamedPolicy[], context: AuthorizationQuestion['context']) => boolean,
    facts: AuthorizationQuestion['context'],
  ): boolean {
    const role = principal.roleArn === undefined ? undefined : this.roles.get(principal.roleArn);
    if (principal.roleArn !== undefined && role === undefined) {
      return false;
    }
    const decisions = role?.decisions ?? this.decisionsOfAdministrators;
    const context = this.completed(question, facts);
    const sorted = Object.entries(context).sort(([a], [b]) => a < b ? -1 : 1);
    const scps = this.serviceControlPoliciesOf(principal);
    const key = JSON.stringify([principal.account, question.action, question.resource, keyPolicy, sorted, scps]);
    let decision = decisions.get(key);
    if (decision === undefined) {
      decision = this.denialByCeiling(principal, { ...question, context }) === undefined
        && evaluation(role ? this.policiesOf(role) : EVERYTHING, context);
      decisions.set(key, decision);
    }
    return decision;
  }

  /** The limit of a role, whatever its policies allow: service control policies, except for service-linked roles, and its permissions boundary. */
  private denialByCeiling(principal: Principal, question: AuthorizationQuestion): Denial | undefined {
    const role = principal.roleArn === undefined ? undefined : this.roles.get(principal.roleArn);
    const boundary = role?.permissionsBoundary;
    const ceilings: [PolicyKind, readonly NamedPolicy[]][] = [
      ['service control policy', this.serviceControlPoliciesOf(principal)],
      ['permissions boundary', boundary === undefined ? [] : [{ name: boundary, policy: this.managedPolicy(boundary) }]],
    ];
    const results = ceilings.filter(([, policies]) => policies.length > 0)
      .map(([by, policies]) => ({ by, result: evaluateIdentity(principal, question, policies) }));
    const found = results.find(({ result }) => result === 'ExplicitlyDenied') ?? results.find(({ result }) => result !== 'Allowed');
    return found && { by: found.by, isExplicit: found.result === 'ExplicitlyDenied' };
  }

  private serviceControlPoliciesOf({ account, roleArn }: Principal): NamedPolicy[] {
    return roleArn?.includes(':role/aws-service-role/') ? [] : this.organization.serviceControlPoliciesOf(account);
  }

  private managedPolicy(arn: string): object {
    const policy = this.managedPolicies.get(arn) ?? awsManagedPolicies[arn.split(':policy/')[1]];
    if (policy === undefined) {
      throw new AwsError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, 404);
    }
    return policy;
  }

  private identityPoliciesOf({ roleArn }: Principal): readonly NamedPolicy[] {
    const role = roleArn === undefined ? undefined : this.roles.get(roleArn);
    return roleArn === undefined ? EVERYTHING : role ? this.policiesOf(role) : [];
  }

  /** A request has the Region of its resource, unless the service says otherwise. */
  private completed({ resource, context }: AuthorizationQuestion, facts: AuthorizationQuestion['context']): AuthorizationQuestion['context'] {
    const region = resource.split(':')[3];
    return { ...region ? { 'aws:RequestedRegion': region } : {}, ...facts, ...context };
  }

  private mayAssume(caller: Principal, role: Role, question: AuthorizationQuestion): boolean {
    const own = caller.roleArn ? this.roles.get(caller.roleArn) : undefined;
    return allowed({
      principalArn: caller.arn,
      resourceAccount: role.account,
      question,
      identityPolicies: caller.roleArn ? own ? this.policiesOf(own) : [] : EVERYTHING,
      resourcePolicy: role.trustPolicy ?? {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: rootOf(role.account, partitionOfRole(role)) }, Action: 'sts:AssumeRole' }],
      },
    });
  }

  private policiesOf(role: Role): NamedPolicy[] {
    const attached = (role.managedPolicyArns ?? []).map(arn => [arn, this.managedPolicies.get(arn) ?? awsManagedPolicies[arn.split(':policy/')[1]]] as const);
    return [...Object.entries(role.inlinePolicies ?? {}), ...Object.entries(role.managedPolicies ?? {}), ...attached]
      .flatMap(([name, policy]) => policy ? [{ name, policy }] : []);
  }

  /** The condition keys of the caller. The service adds those of the request. */
  private contextOf(principal: Principal): Record<string, string> {
    const session = this.sessions.get(principal.accessKeyId);
    return {
      'aws:PrincipalArn': principal.roleArn ?? principal.arn,
      'aws:PrincipalAccount': principal.account,
      'aws:PrincipalType': principal.roleArn ? 'AssumedRole' : 'User',
      'aws:SecureTransport': 'true',
      ...this.organization.conditionKeysOf(principal.account),
      ...session && { 'aws:userid': session.userId },
      ...!principal.roleArn && { 'aws:username': 'administrator' },
    };
  }

  private contextWithKey(principal: Principal): Record<string, string> {
    return { ...this.contextOf(principal), 'kms:CallerAccount': principal.account };
  }

  private forgetDecisions(): void {
    for (const role of this.roles.values()) {
      role.decisions.clear();
    }
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16).toUpperCase();
}
