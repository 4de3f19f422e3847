import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy } from '../../src';
import { newStack, source, SOURCE_ID, statementsOf } from '../helpers/stacks';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111';
const OTHER_KEY = 'arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222';
const image = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ec2:us-east-1::image/*']] };
const declaredImage = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ec2:us-east-1::image/${SOURCE_ID}`]] };
const snapshot = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ec2:us-east-1::snapshot/*']] };
const ofThisStack = { 'Fn::Join': ['', [{ Ref: 'AWS::StackId' }, '/*']] };
const newlyTagged = { StringLike: { 'aws:RequestTag/cdk-encrypted-ami:owner': ofThisStack } };
const owned = { StringLike: { 'aws:ResourceTag/cdk-encrypted-ami:owner': ofThisStack } };
const throughEc2 = { 'kms:ViaService': ['ec2.us-east-1.amazonaws.com', { 'Fn::Join': ['', ['ec2.us-east-1.', { Ref: 'AWS::URLSuffix' }]] }] };

test('a copy to the default key may do what a copy does, and nothing else', () => {
  const stack = newStack();
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
  const { Log, InvokeStep, Start, ...statements } = statementsOf(stack);
  expect(statements).toEqual({
    Describe: { Sid: 'Describe', Effect: 'Allow', Action: ['ec2:DescribeImages', 'ec2:DescribeSnapshots'], Resource: '*' },
    DescribeStack: { Sid: 'DescribeStack', Effect: 'Allow', Action: ['cloudformation:DescribeStackResource', 'cloudformation:DescribeStacks'], Resource: { Ref: 'AWS::StackId' } },
    CopyFrom: { Sid: 'CopyFrom', Effect: 'Allow', Action: 'ec2:CopyImage', Resource: [declaredImage, snapshot] },
    Copy: { Sid: 'Copy', Effect: 'Allow', Action: 'ec2:CopyImage', Resource: image, Condition: newlyTagged },
    TagOnCopy: {
      Sid: 'TagOnCopy',
      Effect: 'Allow',
      Action: 'ec2:CreateTags',
      Resource: [image, snapshot],
      Condition: { StringEquals: { 'ec2:CreateAction': 'CopyImage' }, ...newlyTagged },
    },
    ChangeTags: {
      Sid: 'ChangeTags',
      Effect: 'Allow',
      Action: ['ec2:CreateTags', 'ec2:DeleteTags'],
      Resource: [image, snapshot],
      Condition: { ...owned, 'ForAllValues:StringNotEquals': { 'aws:TagKeys': ['cdk-encrypted-ami:owner'] }, 'Null': { 'aws:TagKeys': 'false' } },
    },
    ChangeDescription: { Sid: 'ChangeDescription', Effect: 'Allow', Action: 'ec2:ModifyImageAttribute', Resource: image, Condition: owned },
    DeleteAmi: { Sid: 'DeleteAmi', Effect: 'Allow', Action: ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'], Resource: [image, snapshot], Condition: owned },
    RevokeSharing: {
      Sid: 'RevokeSharing',
      Effect: 'Allow',
      Action: 'ec2:ModifySnapshotAttribute',
      Resource: snapshot,
      Condition: { ...owned, Null: { 'ec2:Add/userId': 'true', 'ec2:Add/group': 'true' } },
    },
    ReadBootData: { Sid: 'ReadBootData', Effect: 'Allow', Action: 'ec2:DescribeImageAttribute', Resource: image },
    DefaultKey: { Sid: 'DefaultKey', Effect: 'Allow', Action: 'ec2:GetEbsDefaultKmsKeyId', Resource: '*' },
    EbsKeyMetadata: {
      Sid: 'EbsKeyMetadata',
      Effect: 'Allow',
      Action: 'kms:DescribeKey',
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':kms:us-east-1:123456789012:key/*']] },
      Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/aws/ebs'] } },
    },
  });
  expect(Log.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  expect(Start).toMatchObject({ Action: ['states:ListExecutions', 'states:StartExecution'], Resource: { Ref: expect.stringMatching(/^CdkEncryptedAmiStateMachine/) } });
  expect(InvokeStep).toMatchObject({ Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^CdkEncryptedAmiStep/), 'Arn'] } });
});

test('a key is used through EC2 only, and granted to nothing but AWS resources', () => {
  const stack = newStack();
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) });
  const statements = statementsOf(stack);
  expect(statements.KeyMetadata).toMatchObject({ Action: 'kms:DescribeKey', Resource: KEY });
  expect(statements.DestinationKeyUse).toMatchObject({
    Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptTo'], Resource: KEY, Condition: { StringEquals: throughEc2 },
  });
  expect(statements.KeyGrant).toMatchObject({
    Action: 'kms:CreateGrant', Resource: KEY, Condition: { StringEquals: throughEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  });
  expect(statements.DefaultKey).toBeUndefined();
  expect(statements.SourceKeyUse).toBeUndefined();
  expect(statements.EncryptionByDefault).toBeUndefined();
});

test("a source's key is only decrypted with", () => {
  const stack = newStack();
  const [key, sourceKey] = [KEY, OTHER_KEY].map((arn, index) => kms.Key.fromKeyArn(stack, `Key${index}`, arn));
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, encryptionKey: key, sourceEncryptionKeys: [sourceKey] });
  const statements = statementsOf(stack);
  expect(statements.SourceKeyUse).toMatchObject({ Action: ['kms:Decrypt', 'kms:ReEncryptFrom'], Resource: OTHER_KEY });
  expect(statements.DestinationKeyUse.Resource).toEqual(KEY);
  expect(statements.KeyMetadata.Resource).toEqual([KEY, OTHER_KEY]);
});

test('preserving encrypts to the keys of the source, or to the default key', () => {
  const stack = newStack();
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, preserveEncryption: true, sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', KEY)] });
  const statements = statementsOf(stack);
  expect(statements.EncryptionByDefault).toMatchObject({ Action: 'ec2:GetEbsEncryptionByDefault', Resource: '*' });
  expect(statements.DefaultKey).toBeDefined();
  expect(statements.DestinationKeyUse.Resource).toEqual(KEY);
});

test('the same key for ten copies is one permission', () => {
  const stack = newStack();
  const key = new kms.Key(stack, 'Key');
  for (let copy = 0; copy < 10; copy++) {
    new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: source, encryptionKey: key });
  }
  expect(statementsOf(stack).DestinationKeyUse.Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
});

test('an alias that several uses share is one statement for each of them', () => {
  const stack = newStack();
  const alias = kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden');
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, encryptionKey: alias, sourceEncryptionKeys: [alias] });
  new EncryptedAmiCopy(stack, 'Other', { sourceImage: source, encryptionKey: alias });
  const byAlias = Template.fromStack(stack).toJSON();
  expect([...JSON.stringify(byAlias).matchAll(/"Sid":"(\w*ByAlias\d+)"/g)].map(([, sid]) => sid).sort()).toEqual([
    'DestinationKeyUseByAlias1', 'KeyGrantByAlias1', 'KeyMetadataByAlias1', 'SourceKeyUseByAlias1',
  ]);
});

test('no policy of the stack has a wildcard action, or a managed policy', () => {
  const stack = newStack();
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, preserveEncryption: true, sourceEncryptionKeys: [new kms.Key(stack, 'Key')] });
  const actions = Object.values(statementsOf(stack)).flatMap(({ Action }) => Action);
  expect(actions.filter(action => action.includes('*'))).toEqual([]);
  expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Role'))).not.toContain('ManagedPolicyArns');
});

test('a key of another Region cannot be named by its alias, which stands for one of the own Region', () => {
  const stack = newStack();
  expect(() => new EncryptedAmiCopy(stack, 'Golden', {
    sourceImage: ec2.MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }), useDefaultKey: true, sourceRegion: 'eu-west-1', sourceEncryptionKeys: [kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden')],
  })).toThrow('`sourceEncryptionKeys` must have the ARNs of keys of `sourceRegion`, eu-west-1, but has the alias "alias/golden", which is of the Region of the stack. Use kms.Key.fromKeyArn().');
});
