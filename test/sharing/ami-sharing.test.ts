import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy } from '../../src';
import { ORGANIZATION, sharingWith, UNIT, X, Y, Z } from '../helpers/sharing';
import { newStack, source, statementsOf } from '../helpers/stacks';

const IMAGE_ID = 'ami-0ff8a91507f77f867';

const newCopy = (stack = newStack()) => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, useDefaultKey: true });
const parameter = (stack: Stack, id: string) => new CfnParameter(stack, id).valueAsString;
const synth = ({ node }: Stack) => (node.root as App).synth();

interface Resource {
  readonly DependsOn: string[];
  readonly Properties: Record<string, unknown>;
}

describe('the resource of AmiSharing', () => {
  const resourceOf = (stack: Stack) => (Object.values(Template.fromStack(stack).findResources('Custom::AmiSharing')) as Resource[])[0];

  test('has the principals, and exists as long as its permissions', () => {
    const stack = newStack();
    sharingWith(IMAGE_ID, [X, Y], { organizationArns: [ORGANIZATION], organizationalUnitArns: [UNIT] })(stack);
    const template = Template.fromStack(stack);
    const idsOf = (type: string) => Object.keys(template.findResources(type));
    const { DependsOn, Properties } = resourceOf(stack);
    expect(Properties).toEqual({
      ServiceToken: expect.anything(),
      ServiceTimeout: '2100',
      ImageId: IMAGE_ID,
      SharedAccountIds: [X, Y],
      SharedOrganizationArns: [ORGANIZATION],
      SharedOrganizationalUnitArns: [UNIT],
    });
    expect(DependsOn).toEqual(expect.arrayContaining([...idsOf('AWS::IAM::RolePolicy'), ...idsOf('AWS::IAM::ManagedPolicy')]));
    expect([...idsOf('AWS::IAM::RolePolicy'), ...idsOf('AWS::IAM::ManagedPolicy')]).toHaveLength(2);
  });

  test('has no empty lists', () => {
    const stack = newStack();
    sharingWith(IMAGE_ID, [], { organizationArns: [], organizationalUnitArns: [] })(stack);
    expect(Object.keys(resourceOf(stack).Properties)).toEqual(['ServiceToken', 'ServiceTimeout', 'ImageId']);
  });

  test('has another policy for another AMI, whose name IAM accepts', () => {
    const stack = newStack();
    sharingWith(IMAGE_ID, [X], { id: 'Sharing'.repeat(30) })(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::RolePolicy', { PolicyName: Match.stringLikeRegexp(`^.{80}-${IMAGE_ID}$`) });
  });

  test.each(['ami-xyz', ''])('is refused for the ID "%s"', imageId => {
    expect(() => sharingWith(imageId, [X])(newStack())).toThrow(`\`imageId\` must be an ID such as "${IMAGE_ID}", but is "${imageId}". Check where it comes from.`);
  });
});

describe('a principal is refused', () => {
  test.each([
    ['12345', 'shareWithAccounts', 'Account IDs have 12 digits, but got "12345". Pass the ID as a string with its leading zeros.'],
    ['o-abc', 'shareWithOrganizations', `An organization has an ARN such as "${ORGANIZATION}", but got "o-abc". Look it up with \`aws organizations describe-organization\`.`],
    [
      'ou-abc', 'shareWithOrganizationalUnits',
      `An organizational unit has an ARN such as "${UNIT}", but got "ou-abc". Look it up with \`aws organizations list-organizational-units-for-parent\`.`,
    ],
  ] as const)('for %s in %s', (value, method, message) => {
    expect(() => newCopy()[method](value)).toThrow(message);
  });

  test.each([['shareWithAccounts'], ['shareWithOrganizations'], ['shareWithOrganizationalUnits']] as const)('for nobody in %s, and the role may not share', method => {
    const stack = newStack();
    expect(() => newCopy(stack)[method](...[])).toThrow(new RegExp(`^\`${method}\\(\\)\` requires at least one .*, but got none\\. Pass one, or do not call it\\.$`));
    expect(statementsOf(stack).ShareSnapshots).toBeUndefined();
  });

  test('unless it is known only when the stack deploys', () => {
    const stack = newStack();
    const copy = newCopy(stack);
    copy.shareWithAccounts(parameter(stack, 'Account'));
    copy.shareWithOrganizations(parameter(stack, 'Organization'));
    copy.shareWithOrganizationalUnits(parameter(stack, 'Unit'));
    sharingWith(parameter(stack, 'Image'), [X])(stack);
    Template.fromStack(stack).hasResourceProperties('Custom::EncryptedAmiCopy', {
      SharedAccountIds: [{ Ref: 'Account' }], SharedOrganizationArns: [{ Ref: 'Organization' }], SharedOrganizationalUnitArns: [{ Ref: 'Unit' }],
    });
  });
});

describe('the policy of a key of the app', () => {
  test('lets the others decrypt through EC2, and grant to AWS resources only', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, encryptionKey: new kms.Key(stack, 'Key') });
    copy.shareWithAccounts(X, X);
    copy.shareWithOrganizations(ORGANIZATION);
    copy.shareWithOrganizationalUnits(UNIT);
    const template = Template.fromStack(stack);
    const [key] = Object.values(template.findResources('AWS::KMS::Key')) as { Properties: { KeyPolicy: { Statement: { Action: unknown; Condition?: object }[] } } }[];
    const statements = key.Properties.KeyPolicy.Statement.slice(1);
    expect(statements.map(({ Action }) => Action).filter(action => action === 'kms:CreateGrant')).toHaveLength(3);
    expect(JSON.stringify(statements)).toContain('"aws:PrincipalOrgID":"o-abc123def4"');
    expect(JSON.stringify(statements)).toContain('"aws:PrincipalOrgPaths":"o-abc123def4/*/ou-ab12-cd34ef56/*"');
    for (const { Condition } of statements.filter(({ Action }) => Action === 'kms:CreateGrant')) {
      expect(Condition).toMatchObject({ Bool: { 'kms:GrantIsForAWSResource': 'true' }, StringLike: { 'kms:ViaService': 'ec2.*' } });
    }
    template.hasResourceProperties('Custom::EncryptedAmiCopy', { SharedAccountIds: [X], SharedOrganizationArns: [ORGANIZATION], SharedOrganizationalUnitArns: [UNIT] });
  });

  test('has each organization and unit once, also one that is named twice and known only when the stack deploys', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, encryptionKey: new kms.Key(stack, 'Key') });
    const [organization, unit] = ['Organization', 'Unit'].map(id => parameter(stack, id));
    copy.shareWithOrganizations(organization, organization);
    copy.shareWithOrganizations(organization);
    copy.shareWithOrganizationalUnits(unit, unit);
    copy.shareWithOrganizationalUnits(unit);
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key')) as { Properties: { KeyPolicy: { Statement: object[] } } }[];
    const part = (Ref: string, index: number) => ({ 'Fn::Select': [index, { 'Fn::Split': ['/', { Ref }] }] });
    const conditions = [
      { StringEquals: { 'aws:PrincipalOrgID': part('Organization', 1) } },
      { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': { 'Fn::Join': ['', [part('Unit', 1), '/*/', part('Unit', 2), '/*']] } } },
    ];
    expect(Properties.KeyPolicy.Statement.slice(1)).toMatchObject(conditions.flatMap(Condition =>
      ['kms:DescribeKey', expect.arrayContaining(['kms:Decrypt']), 'kms:CreateGrant'].map(Action => ({ Action, Condition }))));
  });

  test('that is imported is advised once for each account', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111');
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, encryptionKey });
    copy.shareWithAccounts(X, X);
    copy.shareWithAccounts(X, Y);
    const warnings = copy.node.metadata.map(({ data }) => String(data)).filter(text => text.includes('does not change, because the key is imported'));
    expect(warnings.map(text => text.match(/[12]{12}(?=")/g))).toEqual([[X, X], [Y, Y]]);
  });
});

describe('of two constructs in an app that share an AMI with the same principals', () => {
  const there = (stack: Stack, env: { account?: string; region?: string } = {}) => new Stack(stack.node.root as App, 'There', { env });
  const own = ({ account, region }: Stack) => ({ account, region });

  test.each<[string, (stack: Stack) => void, string]>([
    ['in a stack', stack => sharingWith(IMAGE_ID, [Y, Z], { id: 'Other' })(stack), Y],
    ['with organizations', stack => sharingWith(IMAGE_ID, [Z], { id: 'Other', organizationArns: [ORGANIZATION] })(stack), ORGANIZATION],
    ['with organizational units', stack => sharingWith(IMAGE_ID, [Z], { id: 'Other', organizationalUnitArns: [UNIT] })(stack), UNIT],
    ['of the same account and Region', stack => sharingWith(IMAGE_ID, [X, Y])(there(stack, own(stack))), `${X}, ${Y}`],
    ['in a stack whose account is not known', stack => sharingWith(IMAGE_ID, [Y])(there(stack, { region: stack.region })), Y],
    ['in a stack whose Region is not known', stack => sharingWith(IMAGE_ID, [Y])(there(stack, { account: stack.account })), Y],
  ])('the second is refused: %s', (_title, define, common) => {
    for (const isFirst of [true, false]) {
      const stack = newStack();
      const steps = [sharingWith(IMAGE_ID, [X, Y], { organizationArns: [ORGANIZATION], organizationalUnitArns: [UNIT] }), define];
      (isFirst ? steps : steps.reverse()).forEach(step => step(stack));
      expect(() => synth(stack)).toThrow(new RegExp(`/\\w+ shares the AMI ${IMAGE_ID} with ${common} too\\. Declare each of them in one of the two`));
    }
  });

  test('the second is refused for an AMI of the app, shared by shareWithAccounts()', () => {
    const stack = newStack();
    const copy = newCopy(stack);
    sharingWith(copy.imageId, [X])(there(stack, own(stack)));
    copy.shareWithAccounts(X);
    expect(() => synth(stack)).toThrow(/Images\/Copy shares the AMI \{"Fn::.*\} with 111111111111 too\./);
  });

  test.each<[string, (stack: Stack) => void]>([
    ['with other accounts', stack => sharingWith(IMAGE_ID, [Z], { id: 'Other' })(stack)],
    ['of another AMI', stack => sharingWith(IMAGE_ID.replace('0', '1'), [X], { id: 'Other' })(stack)],
    ['in another Region', stack => sharingWith(IMAGE_ID, [X])(there(stack, { ...own(stack), region: 'eu-west-1' }))],
    ['in another account', stack => sharingWith(IMAGE_ID, [X])(there(stack, { ...own(stack), account: Z }))],
  ])('neither is refused: %s', (_title, define) => {
    const stack = newStack();
    sharingWith(IMAGE_ID, [X, Y])(stack);
    define(stack);
    expect(() => synth(stack)).not.toThrow();
  });
});
