import { createHash } from 'crypto';
import { validateIdentityPolicy } from '@cloud-copilot/iam-policy';
import { allowed, NamedPolicy } from './evaluation';
import { awsManagedPolicies } from './managed-policies';
import { AuthorizationQuestion, Authorizer, AwsError, Principal } from '../call';
import { partitionOf } from '../partition';

/** What a role is made of. */
export interface RoleDefinition {
  readonly account: string;
  readonly name: string;
  /** `aws` by default; `aws-cn` for a role of China, `aws-us-gov` for one of GovCloud. */
  readonly partition?: string;
  /** `/` by default. */
  readonly path?: string;
  readonly inlinePolicies?: Readonly<Record<string, object>>;
  readonly managedPolicyArns?: readonly string[];
  /** Managed policies that only this role has, by any name. */
  readonly managedPolicies?: Readonly<Record<string, object>>;
  /** Who may assume it; any principal of its account that is allowed to, if there is none. */
  readonly trustPolicy?: object;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

interface Role extends RoleDefinition {
  readonly id: string;
  readonly arn: string;
  readonly decisions: Map<string, boolean>;
}

interface Session extends Principal {
  readonly userId: string;
}

const EVERYTHING = [{ name: 'AdministratorAccess', policy: awsManagedPolicies.AdministratorAccess }];
const MAX_DECISIONS = 20_000;

/** Roles, their sessions and what their policies allow. */
export class Iam implements Authorizer {
  private readonly roles = new Map<string, Role>();
  private readonly managedPolicies = new Map<string, object>();
  private readonly sessions = new Map<string, Session>();
  private made = 0;

  /** Makes the role, or gives the one of that name these policies. */
  public putRole(role: RoleDefinition): string {
    const arn = `arn:${partitionOfRole(role)}:iam::${role.account}:role${role.path ?? '/'}${role.name}`;
    checkRole(role);
    const id = this.roles.get(arn)?.id ?? `AROA${digest(`${arn} ${this.made++}`)}`;
    this.roles.set(arn, { ...role, id, arn, decisions: new Map() });
    return arn;
  }

  /** Ends the role's sessions too. */
  public deleteRole(arn: string): void {
    this.roles.delete(arn);
    for (const [key, session] of this.sessions) {
      if (session.roleArn === arn) {
        this.sessions.delete(key);
      }
    }
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

  /** A customer's managed policy, for roles to name in `managedPolicyArns`. */
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

  /** Keys for a session of the role; the same ones each time, until the role is deleted. */
  public credentials(roleArn: string, sessionName = 'session'): Credentials {
    const role = this.role(roleArn);
    const hash = digest(`${role.id} ${sessionName}`);
    const accessKeyId = `ASIA${hash}`;
    const arn = `arn:${partitionOfRole(role)}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`;
    this.sessions.set(accessKeyId, { accessKeyId, account: role.account, arn, roleArn, userId: `${role.id}:${sessionName}` });
    return { accessKeyId, secretAccessKey: `secret${hash}`, sessionToken: `token${hash}` };
  }

  /** Keys for a session of the role, if the caller may assume it. */
  public assumeRole(caller: Principal, roleArn: string, sessionName: string): Credentials {
    const role = this.roles.get(roleArn);
    const question: AuthorizationQuestion = { action: 'sts:AssumeRole', resource: roleArn, context: this.contextOf(caller) };
    // The same words whether the role is missing or the caller may not: STS does not tell.
    if (!role || !this.mayAssume(caller, role, question)) {
      throw new AwsError('AccessDenied', `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`, 403);
    }
    return this.credentials(roleArn, sessionName);
  }

  /** Who has the access key. The administrator of an account is of the partition that the call goes to. */
  public principal(accessKeyId: string, region = 'us-east-1'): Principal {
    const administrator = /^AKIALOCAL(\d{12})$/.exec(accessKeyId);
    if (administrator) {
      return { accessKeyId, account: administrator[1], arn: `arn:${partitionOf(region)}:iam::${administrator[1]}:user/administrator` };
    }
    const session = this.sessions.get(accessKeyId);
    if (!session) {
      throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
    }
    return session;
  }

  public allows(principal: Principal, question: AuthorizationQuestion): boolean {
    const { roleArn, account } = principal;
    return !roleArn || this.decide(roleArn, question, '', (role, context) => allowed({
      principalArn: principal.arn,
      resourceAccount: account,
      question: { ...question, context },
      identityPolicies: this.policiesOf(role),
      // The evaluator leaves KMS to the key's policy; here that one is taken to leave it to IAM.
      resourcePolicy: question.action.startsWith('kms:') ? delegatingTo(account, principal.arn.split(':')[1]) : undefined,
    }), this.contextOf(principal));
  }

  public allowsKey(principal: Principal, keyPolicy: string, question: AuthorizationQuestion): boolean {
    const keyAccount = question.resource.split(':')[4];
    const evaluate = (identityPolicies: readonly NamedPolicy[], context: AuthorizationQuestion['context']) => allowed({
      principalArn: principal.arn,
      resourceAccount: keyAccount,
      question: { ...question, context },
      identityPolicies,
      resourcePolicy: parsed(keyPolicy),
    });
    const facts = { ...this.contextOf(principal), 'kms:CallerAccount': principal.account };
    if (!principal.roleArn) {
      return principal.account === keyAccount || evaluate(EVERYTHING, { ...facts, ...question.context });
    }
    return this.decide(principal.roleArn, question, keyPolicy, (role, context) => evaluate(this.policiesOf(role), context), facts);
  }

  /** Everything as it was at the start. */
  public reset(): void {
    this.roles.clear();
    this.managedPolicies.clear();
    this.sessions.clear();
  }

  private role(arn: string): Role {
    const role = this.roles.get(arn);
    if (!role) {
      throw new AwsError('NoSuchEntity', `The role with name ${arn.split('/').pop()} cannot be found.`, 404);
    }
    return role;
  }

  /** Asks once: the policies of a role are few and its questions repeat. */
  private decide(
    roleArn: string,
    question: AuthorizationQuestion,
    keyPolicy: string,
    evaluate: (role: Role, context: AuthorizationQuestion['context']) => boolean,
    facts: AuthorizationQuestion['context'],
  ): boolean {
    const role = this.roles.get(roleArn);
    if (!role) {
      return false;
    }
    const context = { ...facts, ...question.context };
    const key = JSON.stringify([question.action, question.resource, keyPolicy, Object.entries(context).sort(([a], [b]) => a < b ? -1 : 1)]);
    let decision = role.decisions.get(key);
    if (decision === undefined) {
      decision = evaluate(role, context);
      if (role.decisions.size >= MAX_DECISIONS) {
        role.decisions.clear();
      }
      role.decisions.set(key, decision);
    }
    return decision;
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

  /** The condition keys that tell who calls; the service adds those of the request. */
  private contextOf(principal: Principal): Record<string, string> {
    const session = this.sessions.get(principal.accessKeyId);
    return {
      'aws:PrincipalArn': principal.roleArn ?? principal.arn,
      'aws:PrincipalAccount': principal.account,
      'aws:PrincipalType': principal.roleArn ? 'AssumedRole' : 'User',
      'aws:SecureTransport': 'true',
      ...session && { 'aws:userid': session.userId },
      ...!principal.roleArn && { 'aws:username': 'administrator' },
    };
  }

  private forgetDecisions(): void {
    for (const role of this.roles.values()) {
      role.decisions.clear();
    }
  }
}

function checkRole(role: RoleDefinition): void {
  const inline = Object.values(role.inlinePolicies ?? {});
  [...inline, ...Object.values(role.managedPolicies ?? {})].forEach(checkPolicy);
  if (inline.reduce((sum, policy) => sum + characters(policy), 0) > 10240) {
    throw new AwsError('LimitExceeded', `Maximum policy size of 10240 bytes exceeded for role ${role.name}`, 409);
  }
  if ((role.managedPolicyArns ?? []).length > 10) {
    throw new AwsError('LimitExceeded', 'Cannot exceed quota for PoliciesPerRole: 10', 409);
  }
}

function checkPolicy(document: object): void {
  const [error] = validateIdentityPolicy(document);
  if (error) {
    throw new AwsError('MalformedPolicyDocument', `Syntax errors in policy. (${error.path}: ${error.message})`);
  }
}

/** The size as IAM counts it: without white space. */
function characters(document: object): number {
  return JSON.stringify(document).replace(/\s/g, '').length;
}

const parsedPolicies = new Map<string, object>();

function parsed(policy: string): object {
  const known = parsedPolicies.get(policy) ?? JSON.parse(policy) as object;
  parsedPolicies.set(policy, known);
  return known;
}

function delegatingTo(account: string, partition: string): object {
  const statement = { Effect: 'Allow', Principal: { AWS: rootOf(account, partition) }, Action: 'kms:*', Resource: '*' };
  return parsed(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
}

function rootOf(account: string, partition: string): string {
  return `arn:${partition}:iam::${account}:root`;
}

function partitionOfRole({ partition = 'aws' }: RoleDefinition): string {
  return partition;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16).toUpperCase();
}
