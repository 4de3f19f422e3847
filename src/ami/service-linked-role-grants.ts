import { RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ServiceLinkedRole } from './service-linked-role';

/** The role as a principal of the account of a construct. */
export function serviceLinkedRolePrincipal(scope: Construct, { serviceName, roleName }: ServiceLinkedRole): iam.ArnPrincipal {
  return new iam.ArnPrincipal(Stack.of(scope).formatArn({
    service: 'iam', region: '', resource: 'role', resourceName: `aws-service-role/${serviceName}/${roleName}`,
  }));
}

/** Creates the role in the stack of the first key that the app creates, once for the account of the app, and before every key whose policy names it. */
export function createServiceLinkedRole(scope: Construct, role: ServiceLinkedRole, keys: readonly kms.IKey[]): iam.CfnServiceLinkedRole {
  // the policies of other keys do not change
  const created = keys.filter(key => key instanceof kms.Key);
  const stack = Stack.of(created[0] ?? scope);
  const cfnRole = existingRole(stack, role) ?? newRole(stack, role);
  created.forEach(key => key.node.addDependency(cfnRole));
  return cfnRole;
}

function newRole(stack: Stack, { serviceName, roleName, customSuffix }: ServiceLinkedRole): iam.CfnServiceLinkedRole {
  const role = new iam.CfnServiceLinkedRole(stack, roleName, { awsServiceName: serviceName, customSuffix });
  // other resources of the account may use it
  role.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return role;
}

function existingRole(stack: Stack, { serviceName, customSuffix }: ServiceLinkedRole): iam.CfnServiceLinkedRole | undefined {
  const roles = Stage.of(stack)!.node.findAll().filter((one): one is iam.CfnServiceLinkedRole => one instanceof iam.CfnServiceLinkedRole);
  return roles.find(one => one.awsServiceName === serviceName && one.customSuffix === customSuffix && one.stack.account === stack.account);
}
