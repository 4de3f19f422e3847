import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import * as messages from './messages';
import { KeyPolicyOptions, renderKeyPolicy } from '../contract/key-policy';

/** The IDs of the warnings, for `acknowledgeWarning()`. */
const WARNING_IDS = { launch: 'cdk-encrypted-ami:keyPolicyForLaunch', sharing: 'cdk-encrypted-ami:keyPolicyForSharing' };

export interface ImportedKeyUse extends KeyPolicyOptions {
  readonly key: kms.IKey;
  readonly kind: keyof typeof WARNING_IDS;
  /** The role of AWS that uses the key of another account. */
  readonly serviceLinkedRole?: iam.ArnPrincipal;
  /** Not known at synthesis: whether the key belongs to the same account as the principal, whose policies then suffice. */
  readonly isUncertain?: boolean;
}

/** The statements that the policy of a key must have, for use in an app. */
export function keyPolicyStatements(options: KeyPolicyOptions): iam.PolicyStatement[] {
  return renderKeyPolicy(options).map(statement => iam.PolicyStatement.fromJson(statement));
}

/** Says which statements the policy of an imported key must have: CDK cannot change it. */
export function adviseKeyPolicy(scope: Construct, { key, kind, isUncertain = false, serviceLinkedRole, ...options }: ImportedKeyUse): void {
  const stack = Stack.of(scope);
  const details = { key: toText(stack, key.keyArn), statements: toText(stack, renderKeyPolicy(options)) };
  const command = serviceLinkedRole ? messages.grantForServiceLinkedRole({
    key: details.key, role: toText(stack, serviceLinkedRole.arn), region: toText(stack, stack.region),
  }) : '';
  if (isUncertain) {
    Annotations.of(scope).addInfoV2(WARNING_IDS[kind], messages.keyPolicyOfOtherAccount(details));
  } else {
    Annotations.of(scope).addWarningV2(WARNING_IDS[kind], messages.keyPolicyUnchanged(details) + command);
  }
}

/** A value as text, with what only the deployment knows in the form of Fn::Sub: `${AWS::AccountId}`. */
function toText(stack: Stack, value: unknown): string {
  const resolved = substitute(stack.resolve(value));
  return typeof resolved === 'string' ? resolved : JSON.stringify(resolved);
}

function substitute(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(substitute);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const members = Object.entries(value);
  const [name, argument] = members.length === 1 ? members[0] : [];
  switch (name) {
    case 'Ref':
      return `\${${String(argument)}}`;
    case 'Fn::GetAtt':
      return `\${${(argument as string[]).join('.')}}`;
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown];
      if (Array.isArray(parts)) {
        return parts.map(substitute).join(separator);
      }
    }
  }
  return Object.fromEntries(members.map(([key, one]) => [key, substitute(one)]));
}

/** The element `Principal` for a principal: its account, if the deployment creates the principal and its ARN is not known before. */
export function describePrincipal(grantee: iam.IPrincipal): unknown {
  const { principalJson } = grantee.policyFragment;
  const single = Object.fromEntries(Object.entries(principalJson).map(([type, values]) => [type, values.length === 1 ? values[0] : values]));
  const { principalAccount } = grantee;
  const isCreatedByApp = 'roleArn' in grantee || 'userArn' in grantee;
  if (isCreatedByApp && principalAccount !== undefined && Object.values(principalJson).flat().some(arn => Token.isUnresolved(arn))) {
    return { AWS: principalAccount };
  }
  return single;
}
