import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ec2Arn } from '../provider/ec2-resources';

/** Allows a principal to call RunInstances with an AMI, whatever instance it launches. */
export function grantRunInstances(scope: Construct, imageArn: string, grantee: iam.IGrantable): iam.Grant {
  const others = ['instance', 'volume', 'network-interface', 'subnet', 'security-group', 'key-pair'].map(resource => ec2Arn(Stack.of(scope), resource));
  return iam.Grant.addToPrincipal({ grantee, actions: ['ec2:RunInstances'], resourceArns: [imageArn, ...others] });
}
