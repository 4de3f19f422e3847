import { App, CfnParameter, CfnResource, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBase, BuilderCapacityType, EncryptedAmiCopy, EncryptedAmiCopyProps, InstanceAmi, MultiKeyAmiBuilder, ServiceLinkedRole } from '../../src';
import { newStack, source, statementsOf } from '../helpers/stacks';

/** The members that all AMIs have. */

const copyIn = (stack: Stack, props: Partial<EncryptedAmiCopyProps> = {}) =>
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, ...props.encryptionKey ? {} : { useDefaultKey: true }, ...props } as EncryptedAmiCopyProps);
const resourceOf = (ami: AmiBase) => ami.node.findChild('Resource').node.defaultChild as CfnResource;

test.each<[string, Partial<EncryptedAmiCopyProps>, string]>([
  ['a name and a prefix', { imageName: 'one', imageNamePrefix: 'other' }, '`imageNamePrefix` is set too'],
  ['a description that is too long', { description: 'x'.repeat(256) }, '`description`'],
])('%s are refused', (_title, props, message) => {
  expect(() => copyIn(newStack(), props)).toThrow(message);
});

test('a tag that the library has for itself is refused', () => {
  const stack = newStack();
  Tags.of(copyIn(stack)).add('cdk-encrypted-ami:owner', 'me');
  expect(() => (stack.node.root as App).synth()).toThrow('cdk-encrypted-ami:');
});

test('the base class alone is no AMI', () => {
  class Bare extends AmiBase {
    public constructor(stack: Stack) { super(stack, 'Bare', {}); }
  }
  expect(() => new Bare(newStack()).imageId).toThrow('AmiBase creates no AMI by itself. Use EncryptedAmiCopy, MultiKeyAmiBuilder or InstanceAmi.');
});

const parameter = (stack: Stack) => new CfnParameter(stack, 'Parameter').valueAsString;
const unknownSource = (stack: Stack) => ec2.MachineImage.genericLinux({ 'us-east-1': parameter(stack) });
const instance = (stack: Stack, instanceId: string) => ec2.CfnInstance.fromInstanceId(stack, 'Server', instanceId);

test.each<[string, boolean, (stack: Stack) => AmiBase]>([
  ['of a source that can change', true, stack => copyIn(stack, { sourceImage: unknownSource(stack), imageName: 'golden' })],
  ['that can change, too', false, stack => copyIn(stack, { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), imageName: parameter(stack) })],
  ['that is generated', false, stack => copyIn(stack, { sourceImage: unknownSource(stack) })],
  ['of one source', false, stack => copyIn(stack, { imageName: 'golden' })],
  ['of an instance that can change', true, stack => new InstanceAmi(stack, 'Golden', { instance: instance(stack, parameter(stack)), imageName: 'golden' })],
  ['of one instance', false, stack => new InstanceAmi(stack, 'Golden', { instance: instance(stack, 'i-0123456789abcdef0'), imageName: 'golden' })],
])('a name %s is warned about: %s', (_title, isWarning, define) => {
  const stack = newStack();
  define(stack);
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-encrypted-ami:imageName'))).toHaveLength(isWarning ? 1 : 0);
});

const escape = (deletionPolicy: unknown, updateReplacePolicy: unknown) => (ami: AmiBase) => {
  Object.assign(resourceOf(ami).cfnOptions, { deletionPolicy, updateReplacePolicy });
};

test.each<[string, Partial<EncryptedAmiCopyProps>, (ami: AmiBase) => void, string]>([
  ['by default', {}, () => undefined, 'Delete'],
  ['with RETAIN', { removalPolicy: RemovalPolicy.RETAIN }, () => undefined, 'Retain'],
  ['with RETAIN_ON_UPDATE_OR_DELETE', { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }, () => undefined, 'Retain'],
  ['by RETAIN of an Aspect', {}, ami => resourceOf(ami).applyRemovalPolicy(RemovalPolicy.RETAIN), 'Retain'],
  ['without policies in the template', {}, escape(undefined, undefined), 'Delete'],
  ['that stays after an update only', {}, escape('Delete', 'Retain'), 'Retain'],
  ['that stays after a removal only', {}, escape(undefined, 'Retain'), 'Retain'],
])('the removal policy of an AMI %s', (title, props, change, expected) => {
  const stack = newStack();
  change(copyIn(stack, props));
  Template.fromStack(stack).hasResource('Custom::EncryptedAmiCopy', {
    Properties: { RemovalPolicy: expected }, ...expected === 'Delete' && title === 'by default' && { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' },
  });
});

test('an AMI is created after the permissions for it alone', () => {
  const stack = newStack();
  new InstanceAmi(stack, 'Golden', { instance: new ec2.CfnInstance(stack, 'Server', {}) });
  Template.fromStack(stack).hasResource('Custom::InstanceAmi', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^GoldenPolicy')]) });
});

describe('a service-linked role', () => {
  const builder = (stack: Stack, key: kms.IKey) => new MultiKeyAmiBuilder(stack, 'Golden', { sourceImage: source, rootVolume: { encryptionKey: key }, capacityType: BuilderCapacityType.SPOT });
  const dependsOnRole = (ami: AmiBase) => ami.node.dependencies.some(one => one instanceof iam.CfnServiceLinkedRole);

  test.each<[string, boolean, ServiceLinkedRole, boolean]>([
    ['that launches the builder', true, ServiceLinkedRole.EC2_SPOT, true],
    ['that launches the builder, whose key is in another stack', false, ServiceLinkedRole.EC2_SPOT, false],
    ['that does not launch the builder', true, ServiceLinkedRole.AUTO_SCALING, false],
  ])('%s', (_title, isInStack, role, expected) => {
    const stack = newStack();
    const other = new Stack(stack.node.root, 'Keys', { env: { account: '123456789012', region: 'us-east-1' } });
    const ami = builder(stack, new kms.Key(isInStack ? stack : other, 'Key'));
    expect(ami.grantLaunchToServiceLinkedRole(role, { createRole: true }).success).toBe(true);
    expect(dependsOnRole(ami)).toBe(expected);
  });

  test('is created only if that is asked for', () => {
    const stack = newStack();
    const ami = copyIn(stack, { encryptionKey: new kms.Key(stack, 'Key') });
    ami.grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING);
    expect(stack.node.findAll().some(one => one instanceof iam.CfnServiceLinkedRole)).toBe(false);
  });

  test('needs nothing without a key, and has a grant of each of several', () => {
    const stack = newStack();
    const none = copyIn(stack).grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING);
    expect([none.success, none.principalStatements, none.resourceStatements]).toEqual([false, [], []]);
    const [one, two] = ['One', 'Two'].map(id => new kms.Key(stack, id));
    const ami = new EncryptedAmiCopy(stack, 'Several', { sourceImage: source, preserveEncryption: true, sourceEncryptionKeys: [one, two] });
    expect(ami.grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING).resourceStatements).toHaveLength(6);
  });
});

/** The properties of the AMI, without those of its kind. */
function propertiesOf(stack: Stack): Record<string, unknown> {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('Custom::EncryptedAmiCopy')) as { Properties: Record<string, unknown> }[];
  const { ServiceToken, SourceImageId, Encryption, EncryptionKeyArn, ...properties } = Properties;
  expect([ServiceToken, SourceImageId, Encryption].filter(one => one !== undefined)).toHaveLength(3);
  return properties;
}

const COMMON = { CopySourceTags: false, GeneratedNamePrefix: 'Images-Golden-9D43C63B', RemovalPolicy: 'Delete', ServiceTimeout: '3600', TimeoutSeconds: 3600 };

test('the custom resource has what was given, and nothing else', () => {
  const stack = newStack();
  const ami = copyIn(stack, {
    encryptionKey: new kms.Key(stack, 'Key'), imageName: 'golden', description: 'ours', contentVersion: '1', timeout: Duration.minutes(20),
  });
  ami.shareWithAccounts('210987654321');
  ami.shareWithOrganizations('arn:aws:organizations::123456789012:organization/o-abc123def4');
  ami.shareWithOrganizationalUnits('arn:aws:organizations::123456789012:ou/o-abc123def4/ou-abcd-12345678');
  ami.cdkTagManager.setTag('team', 'platform');
  expect(propertiesOf(stack)).toEqual({
    ...COMMON,
    ServiceTimeout: '2400',
    TimeoutSeconds: 1200,
    ImageName: 'golden',
    Description: 'ours',
    ContentVersion: '1',
    Tags: [{ Key: 'team', Value: 'platform' }],
    SharedAccountIds: ['210987654321'],
    SharedOrganizationArns: ['arn:aws:organizations::123456789012:organization/o-abc123def4'],
    SharedOrganizationalUnitArns: ['arn:aws:organizations::123456789012:ou/o-abc123def4/ou-abcd-12345678'],
  });
  const other = newStack();
  copyIn(other, { imageNamePrefix: 'golden/web' });
  expect(propertiesOf(other)).toEqual({ ...COMMON, ImageNamePrefix: 'golden/web' });
});

test('an AMI on an Outpost cannot be shared with accounts, in a Local Zone it can', () => {
  const stack = newStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  const onOutpost = copyIn(stack, { encryptionKey, outpostArn: 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0' });
  expect(() => onOutpost.shareWithAccounts('210987654321')).toThrow(
    'An AMI whose snapshots are on an Outpost cannot be shared with accounts, because EBS does not share such snapshots. Share the source AMI instead.');
  expect(statementsOf(stack)).not.toHaveProperty('ShareSnapshots');
  const other = newStack();
  copyIn(other, { encryptionKey: new kms.Key(other, 'Key'), localZone: 'us-east-1-bos-1a' }).shareWithAccounts('210987654321');
  expect(statementsOf(other)).toHaveProperty('ShareSnapshots');
});
