import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedAmiCopy, ServiceLinkedRole } from '../../../src';
import { readable } from '../../helpers/policy-lines';
import { newStack, source, Statement } from '../../helpers/stacks';

/** The statements that each kind of launcher gets, and where: in its own policy, or in that of the key. */

const AUTO_SCALING = 'role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
const ec2Arns = (account: string, ...types: string[]) => types.map(type => `arn:<partition>:ec2:us-east-1:${account}:${type}/*`);
const created = ec2Arns('123456789012', 'instance', 'volume', 'network-interface');
const viaEc2 = { 'kms:ViaService': ['ec2.us-east-1.amazonaws.com', 'ec2.us-east-1.<URLSuffix>'] };
const keyUse = ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const ofKey = (key: object) => [
  { Action: 'kms:DescribeKey', ...key },
  { Action: keyUse, ...key, Condition: { StringEquals: viaEc2 } },
  { Action: 'kms:CreateGrant', ...key, Condition: { StringEquals: viaEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
];
/** RunInstances with this AMI alone, tags as part of it alone, and nothing that a launch does not call. */
const launch = [
  {
    Action: 'ec2:RunInstances',
    Resource: ['arn:<partition>:ec2:us-east-1::image/<Golden.ImageId>', ...created, ...ec2Arns('123456789012', 'key-pair', 'launch-template'), ...ec2Arns('*', 'subnet', 'security-group')],
  },
  { Action: 'ec2:CreateTags', Resource: created, Condition: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } } },
];

interface Launcher {
  readonly grant: (copy: EncryptedAmiCopy, stack: Stack) => iam.Grant;
  readonly own: object[];
  readonly ofKeyPolicy: object[];
}

const role = (stack: Stack) => new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() });
const LAUNCHERS: Record<string, Launcher> = {
  'a role that launches an instance, by a launch template or without': {
    grant: (copy, stack) => copy.grantLaunch(role(stack)),
    own: [...launch, ...ofKey({ Resource: '<Key.Arn>' })],
    ofKeyPolicy: [],
  },
  'the controller of Karpenter, which has a policy of its own beside it': {
    grant: (copy, stack) => copy.grantLaunch(new iam.Role(stack, 'Launcher', { assumedBy: new iam.ServicePrincipal('pods.eks.amazonaws.com') })),
    own: [...launch, ...ofKey({ Resource: '<Key.Arn>' })],
    ofKeyPolicy: [],
  },
  'an Auto Scaling group, with mixed instances or without, or a managed node group of EKS': {
    grant: copy => copy.grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING),
    own: [],
    ofKeyPolicy: ofKey({ Principal: { AWS: `arn:<partition>:iam::123456789012:${AUTO_SCALING}` }, Resource: '*' }),
  },
  'an Auto Scaling group with a role of its own': {
    grant: copy => copy.grantLaunchToServiceLinkedRole(ServiceLinkedRole.autoScalingWithSuffix('web')),
    own: [],
    ofKeyPolicy: ofKey({ Principal: { AWS: `arn:<partition>:iam::123456789012:${AUTO_SCALING}_web` }, Resource: '*' }),
  },
};

test.each(Object.entries(LAUNCHERS))('%s', (_launcher, { grant, own, ofKeyPolicy }) => {
  const stack = newStack();
  const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, encryptionKey: new kms.Key(stack, 'Key') });
  expect(grant(copy, stack).success).toBe(true);
  expect(policiesOf(stack, 'AWS::IAM::Policy', 'Launcher')).toEqual(own.map(allowed));
  // without the first statement, CDK's own for the administrators of the account
  expect(policiesOf(stack, 'AWS::KMS::Key', 'Key').slice(1)).toEqual(ofKeyPolicy.map(allowed));
});

test('the default key needs no statement', () => {
  const stack = newStack();
  const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
  copy.grantLaunch(role(stack));
  copy.grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING);
  expect(policiesOf(stack, 'AWS::IAM::Policy', 'Launcher')).toEqual(launch.map(allowed));
});

test('an image that nobody may launch gives nobody a permission', () => {
  const stack = newStack();
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), useDefaultKey: true });
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('ec2:RunInstances');
});

describe('a service-linked role that does not exist yet', () => {
  test('is created once, before the keys, and stays', () => {
    const stack = newStack();
    const [one, other] = ['One', 'Other'].map(id => {
      const copy = new EncryptedAmiCopy(stack, `Copy${id}`, { sourceImage: source, encryptionKey: new kms.Key(stack, `Key${id}`) });
      copy.grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING, { createRole: true });
      return copy;
    });
    expect(one).not.toBe(other);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::ServiceLinkedRole', 1);
    template.hasResource('AWS::IAM::ServiceLinkedRole', {
      Properties: { AWSServiceName: 'autoscaling.amazonaws.com', CustomSuffix: Match.absent() }, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain',
    });
    template.allResources('AWS::KMS::Key', { DependsOn: ['AWSServiceRoleForAutoScaling'] });
  });

  const AWS_SERVICE = 'autoscaling.amazonaws.com';

  test.each<[string, boolean, (stack: Stack) => Construct]>([
    ['of the app', true, stack => new iam.CfnServiceLinkedRole(stack, 'Own', { awsServiceName: AWS_SERVICE })],
    ['of another service', false, stack => new iam.CfnServiceLinkedRole(stack, 'Own', { awsServiceName: 'spot.amazonaws.com' })],
    ['with a suffix', false, stack => new iam.CfnServiceLinkedRole(stack, 'Own', { awsServiceName: AWS_SERVICE, customSuffix: 'web' })],
    ['of another account', false, stack => {
      const other = new Stack(stack.node.root, 'Earlier', { env: { account: '210987654321', region: 'us-east-1' } });
      return new iam.CfnServiceLinkedRole(other, 'Own', { awsServiceName: AWS_SERVICE });
    }],
    ['that is only a construct with the same members', false, stack => Object.assign(new Construct(stack, 'Own'), { awsServiceName: AWS_SERVICE, stack })],
  ])('an existing one %s is used: %s', (_title, isUsed, add) => {
    const app = new App();
    const env = { account: '123456789012', region: 'us-east-1' };
    const stack = new Stack(app, 'Images', { env });
    const own = add(stack);
    const later = new Stack(app, 'Later', { env });
    const key = new kms.Key(later, 'Key');
    new EncryptedAmiCopy(later, 'Golden', { sourceImage: source, encryptionKey: key }).grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING, { createRole: true });
    expect(later.node.findAll().filter(one => one instanceof iam.CfnServiceLinkedRole)).toHaveLength(isUsed ? 0 : 1);
    expect(key.node.dependencies.includes(own)).toBe(isUsed);
  });

  test('is in the stack of the AMI if the keys are imported', () => {
    const app = new App();
    const [keys, images] = [new Stack(app, 'Keys'), new Stack(app, 'Images')];
    new EncryptedAmiCopy(images, 'Golden', { sourceImage: source, encryptionKey: kms.Key.fromKeyArn(keys, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/one') })
      .grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING, { createRole: true });
    expect(images.node.tryFindChild('AWSServiceRoleForAutoScaling')).toBeDefined();
  });

  test('is in the stack of the key', () => {
    const app = new App();
    const env = { account: '123456789012', region: 'us-east-1' };
    const [keys, images] = [new Stack(app, 'Keys', { env }), new Stack(app, 'Images', { env })];
    for (const id of ['One', 'Other']) {
      new EncryptedAmiCopy(images, id, { sourceImage: source, encryptionKey: new kms.Key(keys, `Key${id}`).addAlias(`golden-${id}`) })
        .grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING, { createRole: true });
    }
    Template.fromStack(images).resourceCountIs('AWS::IAM::ServiceLinkedRole', 0);
    Template.fromStack(keys).allResources('AWS::KMS::Key', { DependsOn: ['AWSServiceRoleForAutoScaling'] });
  });

  test('has its suffix', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, encryptionKey: new kms.Key(stack, 'Key') })
      .grantLaunchToServiceLinkedRole(ServiceLinkedRole.autoScalingWithSuffix('web'), { createRole: true });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::ServiceLinkedRole', { AWSServiceName: 'autoscaling.amazonaws.com', CustomSuffix: 'web' });
  });
});

function allowed(statement: object): object {
  return { Effect: 'Allow', ...statement };
}

/** The statements of the policies of one resource, with readable ARNs. */
function policiesOf(stack: Stack, type: string, logicalId: string): Statement[] {
  const found = Object.entries(Template.fromStack(stack).findResources(type)).filter(([id]) => id.startsWith(logicalId));
  const statements = found.flatMap(([, { Properties: { PolicyDocument, KeyPolicy } }]) => (PolicyDocument ?? KeyPolicy).Statement);
  return readable(statements) as Statement[];
}
