import { AccountAndRegion } from '../aws-call';
import { dnsSuffixOf, partitionOf } from '../regions/partition';

/** The default key policy of KMS: identity policies of the account decide. */
export function rootDelegation(place: AccountAndRegion): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [{
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:${partitionOf(place.region)}:iam::${place.account}:root` },
      Action: 'kms:*',
      Resource: '*',
    }],
  });
}

/** The policy of `aws/ebs`: every principal of the account through EC2, and reading its metadata. No other accounts. */
export function ebsKeyPolicy(place: AccountAndRegion): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'auto-ebs-2',
    Statement: [
      {
        Sid: 'Allow access through EBS for all principals in the account that are authorized to use EBS',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:CreateGrant', 'kms:DescribeKey'],
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:CallerAccount': place.account,
            'kms:ViaService': `ec2.${place.region}.${dnsSuffixOf(place.region)}`,
          },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partitionOf(place.region)}:iam::${place.account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  });
}
