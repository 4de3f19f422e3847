/** The policies and names that the tests of roles share: what a function needs that copies, builds and removes images. */
export const ACCOUNT = '123456789012';
export const OTHER_ACCOUNT = '999999999999';
export const REGION = 'us-east-1';
export const OWNER_TAG = 'cdk-encrypted-ami:owner';
export const OWNER = 'Stack/Golden';
export const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-1111-1111-1111-111111111111`;

const images = [`arn:aws:ec2:${REGION}::image/*`, `arn:aws:ec2:${REGION}::snapshot/*`];
const viaEc2 = { 'kms:ViaService': `ec2.${REGION}.amazonaws.com` };

export function policy(...statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

export const copyPolicy = policy(
  {
    Sid: 'Read',
    Effect: 'Allow',
    Action: ['ec2:DescribeImages', 'ec2:DescribeSnapshots', 'ec2:GetEbsEncryptionByDefault', 'ec2:GetEbsDefaultKmsKeyId'],
    Resource: '*',
  },
  { Sid: 'Copy', Effect: 'Allow', Action: 'ec2:CopyImage', Resource: images },
  {
    Sid: 'TagOnCopy',
    Effect: 'Allow',
    Action: 'ec2:CreateTags',
    Resource: images,
    Condition: { StringEquals: { 'ec2:CreateAction': 'CopyImage', [`aws:RequestTag/${OWNER_TAG}`]: OWNER } },
  },
  { Sid: 'KeyCheck', Effect: 'Allow', Action: 'kms:DescribeKey', Resource: [KEY_ARN] },
  {
    Sid: 'KeyUse',
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
    Resource: [KEY_ARN],
    Condition: { StringEquals: viaEc2 },
  },
  {
    Sid: 'KeyGrant',
    Effect: 'Allow',
    Action: 'kms:CreateGrant',
    Resource: [KEY_ARN],
    Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' }, StringEquals: viaEc2 },
  },
);

const inAccount = (type: string): string => `arn:aws:ec2:${REGION}:${ACCOUNT}:${type}`;
const requestTag = { [`aws:RequestTag/${OWNER_TAG}`]: OWNER };
const resourceTag = { [`aws:ResourceTag/${OWNER_TAG}`]: OWNER };

export const builderPolicy = policy(
  { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: [...images, inAccount('subnet/subnet-1'), inAccount('security-group/sg-1')] },
  {
    Effect: 'Allow',
    Action: 'ec2:RunInstances',
    Resource: [inAccount('instance/*'), inAccount('volume/*'), inAccount('network-interface/*')],
    Condition: { StringEquals: requestTag },
  },
  {
    Effect: 'Allow',
    Action: 'ec2:CreateTags',
    Resource: [inAccount('instance/*'), inAccount('volume/*')],
    Condition: { StringEquals: { 'ec2:CreateAction': ['RunInstances', 'CreateVolume'], ...requestTag } },
  },
  {
    Effect: 'Allow',
    Action: ['ec2:AttachVolume', 'ec2:TerminateInstances', 'ec2:DeleteVolume'],
    Resource: [inAccount('instance/*'), inAccount('volume/*')],
    Condition: { StringEquals: resourceTag },
  },
);

export const cleanupPolicy = policy({
  Effect: 'Allow',
  Action: ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'],
  Resource: images,
  Condition: { StringEquals: resourceTag },
});

/** The policy of a key that CDK makes: whoever IAM allows. */
export function delegatingKeyPolicy(account = ACCOUNT): string {
  return JSON.stringify(policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }));
}
