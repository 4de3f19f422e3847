import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { viaEc2 } from '../provider/key-permissions';

interface Allowance {
  readonly actions: string[];
  readonly resourceArns: string[];
}

/** What `RunInstances` needs besides the key, whatever instance is launched. */
export function launchStatements(scope: Construct, imageArn: string): Allowance[] {
  const stack = Stack.of(scope);
  const any = (resource: string) => stack.formatArn({ service: 'ec2', resource, resourceName: '*' });
  return [{
    actions: ['ec2:RunInstances'],
    resourceArns: [imageArn, ...['instance', 'volume', 'network-interface', 'subnet', 'security-group', 'key-pair'].map(any)],
  }];
}

/**
 * What EC2 asks of the key in the name of the one who launches: a data key for each volume, and a grant so that the volume can be
 * decrypted while it is attached. `kms:DescribeKey` is asked by the caller itself, hence without `kms:ViaService`.
 */
export function grantKeyForLaunch(scope: Construct, key: kms.IKey, grantee: iam.IGrantable): iam.Grant[] {
  const grant = (actions: string[], conditions?: Record<string, Record<string, unknown>>) => grantKey(key, grantee, actions, conditions);
  return [
    grant(['kms:DescribeKey']),
    grant(['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'], viaEc2(scope)),
    grant(['kms:CreateGrant'], { ...viaEc2(scope), Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
  ];
}

/**
 * On the principal; and in the key's policy where the principal has no policy of its own, or is of another account than the key.
 * `Grant.addToPrincipalOrResource` does the same, but leaves the conditions out of the key's policy.
 */
function grantKey(key: kms.IKey, grantee: iam.IGrantable, actions: string[], conditions?: Record<string, Record<string, unknown>>): iam.Grant {
  const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [key.keyArn], conditions });
  const { grantPrincipal } = grantee;
  const account = grantPrincipal.principalAccount;
  const elsewhere = account !== undefined && Token.compareStrings(account, key.env.account) === TokenComparison.DIFFERENT;
  if (grant.success && !elsewhere) {
    return grant;
  }
  const statement = new iam.PolicyStatement({ principals: [grantPrincipal], actions, resources: ['*'], conditions });
  // nothing happens to an imported key: it must allow the principal by itself
  return iam.Grant.addStatementToResourcePolicy({ grantee, actions, resourceArns: [key.keyArn], resource: key, statement });
}
