/**
 * The AWS managed policies that the stacks of examples and tests attach. Other policies in `arn:aws:iam::aws:policy/` can be attached, and
 * grant nothing here.
 */
export const awsManagedPolicies: Readonly<Record<string, object>> = {
  'AdministratorAccess': statements({ Effect: 'Allow', Action: '*', Resource: '*' }),
  'PowerUserAccess': statements(
    { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: [
        'account:GetAccountInformation', 'account:GetGovCloudAccountInformation', 'account:GetPrimaryEmail', 'account:ListRegions',
        'iam:CreateServiceLinkedRole', 'iam:DeleteServiceLinkedRole', 'iam:ListRoles', 'organizations:DescribeEffectivePolicy',
        'organizations:DescribeOrganization',
      ],
      Resource: '*',
    },
  ),
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
  // the read permissions of services that the local AWS has. Bootstrapping gives the policy to the lookup role of the command line
  'ReadOnlyAccess': statements({
    Effect: 'Allow',
    Action: [
      'cloudformation:Describe*', 'cloudformation:Get*', 'cloudformation:List*', 'ec2:Describe*', 'ec2:Get*', 'iam:Get*', 'iam:List*', 'kms:Describe*', 'kms:Get*', 'kms:List*',
      'lambda:Get*', 'lambda:List*', 'logs:Describe*', 'logs:Get*', 's3:Get*', 's3:List*', 'ssm:Describe*', 'ssm:Get*', 'states:Describe*', 'states:List*',
    ],
    Resource: '*',
  }),
  // the EC2 permissions of Auto Scaling's service-linked role, which has none for KMS
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
