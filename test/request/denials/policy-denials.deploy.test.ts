import { Aspects, CfnResource, Size, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { StackResult } from '../../../local-aws/deployment';
import { AmiBuildMethod, AmiVolume, EncryptedAmiCopy, MultiKeyAmiBuilder } from '../../../src';
import { Deployment, imageWithId, NOTHING, reasonIn, withoutStatement } from '../../helpers/deployment';

/** The policies of an organization and of a role that deny what the handler does: each is named as what it is, and nothing stays behind. */

let account: Deployment;
let sourceId: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => { sourceId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id; });
afterEach(() => account.reset());
afterAll(() => account.stop());

const copy = (stack: Stack) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(sourceId), encryptionKey: new kms.Key(stack, 'Key') });
const builder = (buildMethod: AmiBuildMethod) => (stack: Stack) => {
  const encryptionKey = new kms.Key(stack, 'Key');
  return new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(sourceId),
    buildMethod,
    rootVolume: { encryptionKey },
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey }) }],
  });
};
const KINDS = { copy, instance: builder(AmiBuildMethod.LAUNCH_INSTANCE), snapshots: builder(AmiBuildMethod.COPY_SNAPSHOTS) };

const deny = (statement: object) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Resource: '*', ...statement }] });
const withoutTag = (Action: string, ...types: string[]) => ({ Action, Resource: types.map(type => `arn:aws:ec2:*:*:${type}/*`), Condition: { Null: { 'aws:RequestTag/owner': 'true' } } });

async function refused(define: (stack: Stack) => void, edit?: Parameters<Deployment['deploy']>[2]): Promise<string> {
  const { status, failures } = await account.deploy(define, 'Images', edit);
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toHaveLength(1);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  return reasonIn(failures[0]);
}

const SCP = 'A service control policy of the organization denies it.';
test.each<[string, keyof typeof KINDS, object, string]>([
  ['tags of AMIs', 'copy', { Action: 'ec2:CopyImage', Resource: 'arn:aws:ec2:*::image/*', Condition: { Null: { 'aws:RequestTag/owner': 'true' } } }, 'to copy the source image'],
  ['tags of instances', 'instance', withoutTag('ec2:RunInstances', 'instance'), 'to launch a builder instance from the source image'],
  ['tags of volumes', 'snapshots', withoutTag('ec2:CreateVolume', 'volume'), 'to create the volume for /dev/sdf'],
  [
    'instance types', 'instance', { Action: 'ec2:RunInstances', Resource: 'arn:aws:ec2:*:*:instance/*', Condition: { StringNotLike: { 'ec2:InstanceType': 'x1.*' } } },
    'to launch a builder instance from the source image',
  ],
  ['that nobody registers AMIs', 'snapshots', { Action: 'ec2:RegisterImage' }, 'to register the AMI'],
  ['that nobody creates AMIs', 'instance', { Action: 'ec2:CreateImage' }, 'to create an AMI of the builder instance i-'],
  ['that nobody uses keys', 'copy', { Action: 'kms:DescribeKey', Condition: { StringLike: { 'aws:PrincipalArn': '*CdkEncryptedAmiHandlerRole*' } } }, 'to use `encryptionKey`'],
])('a service control policy demands %s (%s)', async (_what, kind, statement, action) => {
  account.aws.organization.attachServiceControlPolicy('guardrail', deny(statement));
  const reason = await refused(KINDS[kind]);
  expect(reason).toContain(`The handler role is not allowed ${action}`);
  expect(reason).toContain(SCP);
  expect(reason).toContain('with an explicit deny in a service control policy');
});

test.each<[string, keyof typeof KINDS, object, (stack: Stack) => void]>([
  ['tags', 'copy', { Action: 'ec2:CopyImage', Resource: 'arn:aws:ec2:*::image/*', Condition: { Null: { 'aws:RequestTag/owner': 'true' } } }, stack => Tags.of(stack).add('owner', 'web')],
  ['tags', 'instance', withoutTag('ec2:RunInstances', 'instance', 'volume'), stack => Tags.of(stack).add('owner', 'web')],
  ['encryption', 'instance', { Action: ['ec2:RunInstances', 'ec2:CreateVolume'], Resource: 'arn:aws:ec2:*:*:volume/*', Condition: { Bool: { 'ec2:Encrypted': 'false' } } }, () => undefined],
  ['encryption', 'snapshots', { Action: 'ec2:CreateVolume', Condition: { Bool: { 'ec2:Encrypted': 'false' } } }, () => undefined],
  ['Regions', 'copy', { NotAction: ['iam:*', 'sts:*'], Condition: { StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } } }, () => undefined],
])('what a service control policy demands of %s can be met (%s)', async (_what, kind, statement, meet) => {
  // otherwise no CopyImage could meet a demand for tags on image/*, because the source is an image too
  account.aws.ec2.switches.requestTagsOnSource = true;
  account.aws.organization.attachServiceControlPolicy('guardrail', deny(statement));
  const { failures } = await account.deploy(stack => {
    KINDS[kind](stack);
    meet(stack);
  });
  expect(failures).toEqual([]);
});

/** A boundary for every role of the stack, as organizations demand of their developers. */
const within = (actions: string[], resources = ['*']) => (stack: Stack) => {
  copy(stack);
  const boundary = new iam.ManagedPolicy(stack, 'Boundary', { statements: [new iam.PolicyStatement({ actions, resources })] });
  Aspects.of(stack).add({
    visit: node => {
      if (node instanceof CfnResource && node.cfnResourceType === 'AWS::IAM::Role') {
        iam.PermissionsBoundary.of(node).apply(boundary);
      }
    },
  });
};

describe('a permissions boundary', () => {
  const REST = ['lambda:*', 'states:*', 'logs:*', 'cloudformation:*'];

  test('that allows enough lets an app deploy', async () => {
    expect((await account.deploy(within([...REST, 'ec2:*', 'kms:*']))).failures).toEqual([]);
    expect((await account.destroy()).failures).toEqual([]);
  });

  test.each<[string, string[], string]>([
    ['CopyImage', ['ec2:Describe*', 'ec2:Get*', 'ec2:CreateTags', 'kms:*'], 'to copy the source image'],
    ['KMS', ['ec2:*'], 'to use `encryptionKey`'],
  ])('without %s is named', async (_what, actions, action) => {
    const reason = await refused(within([...REST, ...actions]));
    expect(reason).toContain(`The handler role is not allowed ${action}`);
    expect(reason).toContain('The permissions boundary of the role does not allow it.');
    expect(reason).toMatch(/because no permissions boundary allows the (ec2:CopyImage|kms:DescribeKey) action/);
  });
});

test('a policy that denies, attached to the role, is named', async () => {
  const reason = await refused(stack => {
    copy(stack);
    Aspects.of(stack).add({
      visit: node => {
        if (node instanceof iam.CfnRole && node.node.path.includes('HandlerRole')) {
          node.policies = [{ policyName: 'Guard', policyDocument: deny({ Action: 'ec2:CopyImage' }) }];
        }
      },
    });
  });
  expect(reason).toContain('A policy that is attached to the role denies it.');
});

test('a statement that the role lacks is named', async () => {
  expect(await refused(copy, withoutStatement('Copy'))).toContain('None of its policies allows it: the policies that the stack created for it were changed.');
});

describe('a tag policy', () => {
  const attach = (type: string) => account.aws.organization.attachTagPolicy('cost', {
    tags: { CostCenter: { tag_value: { '@@assign': ['100'] }, enforced_for: { '@@assign': [type] } } },
  });
  const tagged = (kind: keyof typeof KINDS, value: string) => (stack: Stack) => Tags.of(KINDS[kind](stack)).add('CostCenter', value);

  test.each<[keyof typeof KINDS, string, string]>([
    ['copy', 'ec2:image', 'to copy the source image'],
    ['instance', 'ec2:instance', 'to launch a builder instance'],
    ['snapshots', 'ec2:snapshot', 'to copy the snapshot'],
  ])('that refuses a value is named (%s)', async (kind, type, action) => {
    attach(type);
    const reason = await refused(tagged(kind, '300'));
    expect(reason).toContain('A tag policy of the organization does not allow a tag with which ' + action);
    expect(reason).toContain("(EC2 TagPolicyViolation: The tag policy does not allow the specified value for the following tag key: 'CostCenter'.)");
  });

  test('that refuses the value of an update is named, and the tags stay', async () => {
    attach('ec2:image');
    expect((await account.deploy(tagged('copy', '100'))).failures).toEqual([]);
    const { status, failures } = await account.deploy(tagged('copy', '300'));
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(failures.map(reasonIn)).toEqual([expect.stringContaining('A tag policy of the organization does not allow a tag of the AMI.')]);
  });
});

test.each<[string, object, () => Promise<StackResult>, string]>([
  ['of the deletion', { Action: 'ec2:DeregisterImage' }, () => account.destroy(), 'The handler role is not allowed to delete resources.'],
  [
    'of an update', { Action: 'ec2:CreateTags', Condition: { StringEquals: { 'aws:RequestTag/team': 'web' } } },
    () => account.deploy(stack => Tags.of(copy(stack)).add('team', 'web')), 'The handler role is not allowed an action that it needs.',
  ],
])('a service control policy that is attached later is named, %s', async (_what, statement, change, message) => {
  expect((await account.deploy(copy)).failures).toEqual([]);
  account.aws.organization.attachServiceControlPolicy('guardrail', deny(statement));
  const reason = reasonIn((await change()).failures[0]);
  expect(reason).toContain(message);
  expect(reason).toContain(SCP);
  account.aws.organization.detach('guardrail');
  expect((await account.destroy()).failures).toEqual([]);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
