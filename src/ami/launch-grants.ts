import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ec2Arn } from '../provider/ec2-resources';
import { Conditions } from '../provider/handler-policies';
import { viaEc2 } from '../provider/key-permissions';
import { KeyUse, keyStatements } from '../provider/key-statements';

/** Allows a principal to call RunInstances with an AMI, whatever instance it launches. */
export function grantRunInstances(scope: Construct, imageArn: string, grantee: iam.IGrantable): iam.Grant {
  const others = ['instance', 'volume', 'network-interface', 'subnet', 'security-group', 'key-pair'].map(resource => ec2Arn(Stack.of(scope), resource));
  return iam.Grant.addToPrincipal({ grantee, actions: ['ec2:RunInstances'], resourceArns: [imageArn, ...others] });
}

/** Allows a principal to launch instances whose volumes are encrypted with a key: a data key for each volume, and a grant. */
export function grantKeyForLaunch(scope: Construct, key: kms.IKey, grantee: iam.IGrantable): iam.Grant[] {
  return keyStatements(KeyUse.LAUNCH, viaEc2(scope)).map(({ actions, conditions }) => grantKey(key, grantee, actions, conditions));
}

/**
 * Adds a statement to the principal, and to the policy of the key if the principal has no policy in this app or is of another account than the key.
 * `Grant.addToPrincipalOrResource` does the same, but leaves the conditions out of the key's policy.
 */
function grantKey(key: kms.IKey, grantee: iam.IGrantable, actions: string[], conditions?: Conditions): iam.Grant {
  const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [key.keyArn], conditions });
  const { grantPrincipal } = grantee;
  const account = grantPrincipal.principalAccount;
  const elsewhere = account !== undefined && Token.compareStrings(account, key.env.account) === TokenComparison.DIFFERENT;
  if (grant.success && !elsewhere) {
    return grant;
  }
  const statement = new iam.PolicyStatement({ principals: [grantPrincipal], actions, resources: ['*'], conditions });
  // the policy of an imported key does not change: it must allow the principal already
  return iam.Grant.addStatementToResourcePolicy({ grantee, actions, resourceArns: [key.keyArn], resource: key, statement });
}
