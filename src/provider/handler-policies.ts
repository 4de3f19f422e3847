import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import * as messages from './messages';

export type Conditions = Record<string, Record<string, unknown>>;

/** A policy statement, which its Sid identifies. */
export interface HandlerStatement {
  readonly sid: string;
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: Conditions;
}

/** Of 180 characters each, beside 7,000 of the statements that all constructs share. */
const MAX_OWN_POLICIES = 12;

/** The policies of the handler role. Constructs of a stack share its statements: one for each Sid, with the resources of all of them. */
export class HandlerPolicies {
  private readonly statements = new Map<string, iam.PolicyStatement>();
  private readonly removalPolicies = new Map<string, iam.ManagedPolicy>();
  private readonly aliasNames: string[] = [];
  private ownPolicies = 0;

  public constructor(private readonly scope: Construct, public readonly role: iam.Role) {}

  public allow({ sid, ...statement }: HandlerStatement): void {
    const existing = this.statements.get(sid);
    if (existing) {
      // a statement that has been synthesized once refuses even resources that it has
      statement.resources.filter(resource => !existing.resources.includes(resource)).forEach(resource => existing.addResources(resource));
      return;
    }
    const first = new iam.PolicyStatement({ sid, ...statement });
    this.role.addToPrincipalPolicy(first);
    this.statements.set(sid, first);
  }

  /** A number for a part of a Sid, which has letters and digits only. */
  public numberOfAlias(aliasName: string): number {
    if (!this.aliasNames.includes(aliasName)) {
      this.aliasNames.push(aliasName);
    }
    return this.aliasNames.indexOf(aliasName) + 1;
  }

  /**
   * The policy with this ID, which all constructs share that pass it. A managed policy, because all inline policies of a role together are limited to 10,240
   * characters.
   */
  public removalPolicy(id: string, statements: readonly HandlerStatement[]): iam.ManagedPolicy {
    const policy = this.removalPolicies.get(id)
      ?? new iam.ManagedPolicy(this.scope, id, { roles: [this.role], statements: statements.map(statement => new iam.PolicyStatement(statement)) });
    this.removalPolicies.set(id, policy);
    return policy;
  }

  public createOwnPolicy(scope: Construct, statements: iam.PolicyStatement[]): iam.Policy {
    this.ownPolicies += 1;
    if (this.ownPolicies === MAX_OWN_POLICIES + 1) {
      Annotations.of(this.scope).addWarningV2('cdk-encrypted-ami:policySize', messages.manyPolicies(MAX_OWN_POLICIES));
    }
    return new iam.Policy(scope, 'Policy', { roles: [this.role], statements });
  }
}
