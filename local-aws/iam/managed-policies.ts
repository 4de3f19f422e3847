/**
 * The policies AWS manages, as far as the stacks of the examples and tests attach them.
 * Any other policy under `arn:aws:iam::aws:policy/` can be attached and grants nothing here.
 */
export const awsManagedPolicies: Readonly<Record<string, object>> = {
  'AdministratorAccess': statements({ Effect: 'Allow', Action: '*', Resource: '*' }),
  'service-role/AWSLambdaBasicExecutionRole': statements({
    Effect: 'Allow',
    Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: '*',
  }),
  'service-role/AWSLambdaVPCAccessExecutionRole': statements({
    Effect: 'Allow',
    Action: [
      'logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents',
      'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
    ],
    Resource: '*',
  }),
  // the part of it that there is something to read of; what bootstrapping gives the role that the command line looks things up with
  'ReadOnlyAccess': statements({
    Effect: 'Allow',
    Action: [
      'cloudformation:Describe*', 'cloudformation:Get*', 'cloudformation:List*', 'ec2:Describe*', 'ec2:Get*', 'iam:Get*', 'iam:List*', 'kms:Describe*', 'kms:Get*', 'kms:List*',
      'lambda:Get*', 'lambda:List*', 'logs:Describe*', 'logs:Get*', 's3:Get*', 's3:List*', 'ssm:Describe*', 'ssm:Get*', 'states:Describe*', 'states:List*',
    ],
    Resource: '*',
  }),
  // what Auto Scaling does with EC2 as its service-linked role; it has no permission of KMS
  'aws-service-role/AutoScalingServiceRolePolicy': statements(
    {
      Effect: 'Allow',
      Action: [
        'ec2:CreateFleet', 'ec2:CreateTags', 'ec2:DeleteTags', 'ec2:Describe*', 'ec2:GetInstanceTypesFromInstanceRequirements', 'ec2:GetSecurityGroupsForVpc',
        'ec2:ModifyInstanceAttribute', 'ec2:RequestSpotInstances', 'ec2:RunInstances', 'ec2:StartInstances', 'ec2:StopInstances', 'ec2:TerminateInstances',
      ],
      Resource: '*',
    },
    { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*', Condition: { StringLike: { 'iam:PassedToService': 'ec2.amazonaws.com*' } } },
  ),
  'AmazonEC2ReadOnlyAccess': statements({ Effect: 'Allow', Action: ['ec2:Describe*', 'ec2:Get*'], Resource: '*' }),
};

function statements(...statement: object[]): object {
  return { Version: '2012-10-17', Statement: statement };
}
