import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiSharing, EncryptedAmiCopy } from '../../../src';
import { ORGANIZATION, sharingWith, UNIT, X, Y, Z } from '../../helpers/sharing';
import { newStack, source, statementsOf } from '../../helpers/stacks';

const IMAGE_ID = 'ami-0ff8a91507f77f867';
const accountsOf = (count: number) => Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

interface Statement {
  readonly Action: string | string[];
  readonly Principal: { readonly AWS: unknown };
  readonly Condition?: Record<string, Record<string, unknown>>;
}

function keyStatements(stack: Stack): Statement[] {
  const [key] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key')) as { Properties: { KeyPolicy: { Statement: Statement[] } } }[];
  return key.Properties.KeyPolicy.Statement.slice(1);
}

describe('the handler role', () => {
  test('shares snapshots of the stack with the declared accounts of all its AMIs, and with no group', () => {
    const stack = newStack();
    for (const [id, account] of [['One', X], ['Two', Y]]) {
      new EncryptedAmiCopy(stack, id, { sourceImage: source, useDefaultKey: true }).shareWithAccounts(account);
    }
    expect(statementsOf(stack).ShareSnapshots.Condition).toMatchObject({
      'ForAllValues:StringLike': { 'ec2:Add/userId': [X, Y] }, 'Null': { 'ec2:Add/userId': 'false', 'ec2:Add/group': 'true' }, 'StringLike': expect.anything(),
    });
  });

  test('may share, and read with whom others share, no snapshots but those of the stack, and only where something is shared', () => {
    const [stack, other] = [newStack(), newStack()];
    const [copy] = [stack, other].map(scope => new EncryptedAmiCopy(scope, 'Copy', { sourceImage: source, useDefaultKey: true }));
    copy.shareWithAccounts(X);
    const { ShareSnapshots, ReadSharing } = statementsOf(stack);
    expect(ReadSharing).toMatchObject({ Action: 'ec2:DescribeSnapshotAttribute', Condition: { StringLike: { 'aws:ResourceTag/cdk-encrypted-ami:owner': expect.anything() } } });
    expect(ShareSnapshots).toMatchObject({ Action: 'ec2:ModifySnapshotAttribute', Condition: ReadSharing.Condition });
    expect(['ShareSnapshots', 'ReadSharing'].filter(sid => sid in statementsOf(other))).toEqual([]);
  });

  test('shares other AMIs and snapshots with the accounts of AmiSharing only, and takes back', () => {
    const stack = newStack();
    sharingWith(IMAGE_ID, [X, Z])(stack);
    const { DescribeStack, Describe, ShareExistingSnapshots, ShareExisting, RecordSharing, RevokeExisting } = statementsOf(stack);
    expect([DescribeStack, Describe]).not.toContain(undefined);
    const arn = (type: string, id: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ec2:us-east-1::${type}/${id}`]] });
    expect([ShareExistingSnapshots, ShareExisting, RecordSharing, RevokeExisting]).toEqual([
      {
        Sid: 'ShareExistingSnapshots',
        Effect: 'Allow',
        Action: 'ec2:ModifySnapshotAttribute',
        Resource: arn('snapshot', '*'),
        Condition: { 'ForAllValues:StringLike': { 'ec2:Add/userId': [X, Z] }, 'Null': { 'ec2:Add/userId': 'false', 'ec2:Add/group': 'true' } },
      },
      { Sid: 'ShareExisting', Effect: 'Allow', Action: 'ec2:ModifyImageAttribute', Resource: arn('image', IMAGE_ID) },
      {
        Sid: 'RecordSharing',
        Effect: 'Allow',
        Action: ['ec2:CreateTags', 'ec2:DeleteTags'],
        Resource: arn('image', '*'),
        Condition: { 'ForAllValues:StringLike': { 'aws:TagKeys': 'cdk-encrypted-ami:sharing-*' }, 'Null': { 'aws:TagKeys': 'false' } },
      },
      {
        Sid: 'RevokeExisting',
        Effect: 'Allow',
        Action: ['ec2:DescribeSnapshotAttribute', 'ec2:ModifySnapshotAttribute'],
        Resource: arn('snapshot', '*'),
        Condition: { Null: { 'ec2:Add/userId': 'true', 'ec2:Add/group': 'true' } },
      },
    ]);
  });

  test('shares no snapshot with organizations, and one account is enough', () => {
    const statements = [[], [X]].map(accountIds => {
      const stack = newStack();
      sharingWith(IMAGE_ID, accountIds, { organizationArns: [ORGANIZATION] })(stack);
      return statementsOf(stack).ShareExistingSnapshots;
    });
    expect(statements).toEqual([undefined, expect.objectContaining({ Sid: 'ShareExistingSnapshots' })]);
  });

  test('shares with any account where the accounts do not fit into a policy', () => {
    const stack = newStack();
    sharingWith(IMAGE_ID, accountsOf(351))(stack);
    expect(statementsOf(stack).ShareExistingSnapshots.Condition).toMatchObject({ 'ForAllValues:StringLike': { 'ec2:Add/userId': ['*'] } });
  });

  test('fits with 350 accounts', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, useDefaultKey: true }).shareWithAccounts(...accountsOf(350));
    const template = Template.fromStack(stack);
    const statements = [...Object.values(template.findResources('AWS::IAM::Policy')), ...Object.values(template.findResources('AWS::IAM::ManagedPolicy'))];
    statements.forEach(policy => expect(JSON.stringify(policy).length).toBeLessThan(12_000));
    expect(JSON.stringify(statements)).toContain('100000000349');
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('the policy of a key', () => {
  test('has one list of accounts, organizations and units for each set of actions, of all AMIs with the key', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const [one, two] = ['One', 'Two'].map(id => new EncryptedAmiCopy(stack, id, { sourceImage: source, encryptionKey: key }));
    one.shareWithAccounts(X, Y);
    two.shareWithAccounts(Y, Z);
    new AmiSharing(stack, 'Sharing', { imageId: IMAGE_ID, accountIds: ['444444444444'], encryptionKeys: [key] });
    one.shareWithOrganizations(ORGANIZATION, ORGANIZATION.replace('abc123', 'xyz789'));
    two.shareWithOrganizationalUnits(UNIT, UNIT.replace('cd34ef56', 'xy34ef56'));
    const statements = keyStatements(stack);
    expect(statements).toHaveLength(9);
    for (const { Principal: { AWS } } of statements.slice(0, 3)) {
      expect(JSON.stringify(AWS).match(/\d{12}/g)).toEqual([X, Y, Z, '444444444444']);
    }
    for (const { Condition } of statements.slice(3, 6)) {
      expect(Condition?.StringEquals['aws:PrincipalOrgID']).toEqual(['o-abc123def4', 'o-xyz789def4']);
    }
    for (const { Condition } of statements.slice(6)) {
      expect(Condition?.['ForAnyValue:StringLike']['aws:PrincipalOrgPaths']).toEqual(['o-abc123def4/*/ou-ab12-cd34ef56/*', 'o-abc123def4/*/ou-ab12-xy34ef56/*']);
    }
  });

  test('fits with 300 accounts, and more than fit into 32 KiB are refused', () => {
    const share = (count: number) => {
      const stack = newStack();
      new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, encryptionKey: new kms.Key(stack, 'Key') }).shareWithAccounts(...accountsOf(count));
      return () => (stack.node.root as App).synth();
    };
    expect(share(300)).not.toThrow();
    expect(share(400)).toThrow(/The policy of the key Images\/Key allows 400 accounts to use AMIs and has \d{5} bytes, but KMS allows 32768\./);
  });

  test('of an imported key is not counted', () => {
    const stack = newStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111');
    new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, encryptionKey: key }).shareWithAccounts(...accountsOf(400));
    expect(() => (stack.node.root as App).synth()).not.toThrow();
  });
});

describe('what can never be shared is refused at synthesis', () => {
  const message = 'Snapshots that are encrypted with the AWS managed key aws/ebs cannot be shared with anyone, but got the alias "alias/aws/ebs". Use a customer managed key.';
  test.each(['shareWithAccounts', 'shareWithOrganizations', 'shareWithOrganizationalUnits'] as const)('%s', method => {
    const stack = newStack();
    const encryptionKey = kms.Alias.fromAliasName(stack, 'Ebs', 'alias/aws/ebs');
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, encryptionKey });
    const value = { shareWithAccounts: X, shareWithOrganizations: ORGANIZATION, shareWithOrganizationalUnits: UNIT }[method];
    expect(() => copy[method](value)).toThrow(message);
  });

  test('AmiSharing', () => {
    const stack = newStack();
    const encryptionKeys = [kms.Alias.fromAliasName(stack, 'Ebs', 'alias/aws/ebs')];
    expect(() => sharingWith(IMAGE_ID, [X], { encryptionKeys })(stack)).toThrow(message);
  });

  test('but not another alias, or one that is known only when the stack deploys', () => {
    const stack = newStack();
    for (const [id, name] of [['Own', 'alias/golden'], ['Token', new CfnParameter(stack, 'Alias').valueAsString]]) {
      const encryptionKey = kms.Alias.fromAliasName(stack, id, name);
      expect(() => new EncryptedAmiCopy(stack, `Copy${id}`, { sourceImage: source, encryptionKey }).shareWithAccounts(X)).not.toThrow();
    }
  });
});
