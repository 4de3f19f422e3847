import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ec2Arn, ec2ArnOfAnyAccount } from '../provider/ec2-resources';

/** Resources that RunInstances creates, and that most launches tag. */
const CREATED_RESOURCES = ['instance', 'volume', 'network-interface'];

/** Resources of the account that a launch uses if the request or its launch template names them. */
const USED_RESOURCES = ['key-pair', 'launch-template'];

/** Resources that another account can share with AWS RAM. Their ARNs have the account of the owner. */
const SHAREABLE_RESOURCES = ['subnet', 'security-group'];

/**
 * Allows a principal to call RunInstances with an AMI, whatever instance it launches, and to tag what the call creates. IAM evaluates `ec2:CreateTags` only if
 * the request has tags. Without `ec2:CreateAction` it would allow the principal to tag any instance.
 */
export function grantRunInstances(scope: Construct, imageArn: string, grantee: iam.IGrantable): iam.Grant {
  const stack = Stack.of(scope);
  const created = CREATED_RESOURCES.map(resource => ec2Arn(stack, resource));
  const used = USED_RESOURCES.map(resource => ec2Arn(stack, resource));
  const shareable = SHAREABLE_RESOURCES.map(resource => ec2ArnOfAnyAccount(stack, resource));
  return iam.Grant.addToPrincipal({ grantee, actions: ['ec2:RunInstances'], resourceArns: [imageArn, ...created, ...used, ...shareable] })
    .combine(iam.Grant.addToPrincipal({
      grantee, actions: ['ec2:CreateTags'], resourceArns: created, conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },
    }));
}
