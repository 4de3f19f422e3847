import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBase, AmiBuildMethod, AmiSharing, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { imageIn } from '../helpers/deployment';
import { newStack, source, statementsOf } from '../helpers/stacks';

/** The keys that the devices of an AMI can have: whoever launches or copies it is allowed to use each of them, and a construct whose source it is uses them. */

const keyOf = (stack: Stack, id: string) => stack.node.tryFindChild(id) as kms.IKey | undefined ?? kms.Key.fromKeyArn(stack, id, `arn:aws:kms:us-east-1:123456789012:key/${id}`);

/** The IDs of the keys that a role can launch with. */
function launchKeys(stack: Stack, ami: AmiBase): string[] {
  const role = new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() });
  ami.grantLaunch(role);
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy')) as [string, { Properties: { PolicyDocument: { Statement: { Action: string; Resource: string | string[] }[] } } }][];
  const statements = policies.filter(([id]) => id.startsWith('Launcher')).flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
  return statements.filter(({ Action }) => Action === 'kms:CreateGrant').flatMap(({ Resource }) => Resource).map(arn => arn.split('/')[1]);
}

describe('every key that a device can have', () => {
  test.each<[string, string[], (stack: Stack) => AmiBase]>([
    ['of a copy', ['new'], stack => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey: keyOf(stack, 'new'), sourceEncryptionKeys: [keyOf(stack, 'old')] })],
    ['of a copy that keeps its keys', ['a', 'b'], stack => new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: source, preserveEncryption: true, sourceEncryptionKeys: [keyOf(stack, 'a'), keyOf(stack, 'b')],
    })],
    ['of a copy with the default key', [], stack => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, useDefaultKey: true, sourceEncryptionKeys: [keyOf(stack, 'a')] })],
    ['of a copy from another Region, whose keys stay there', ['default'], stack => new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageIn('eu-west-1', 'ami-0123456789abcdef0'),
      sourceRegion: 'eu-west-1',
      preserveEncryption: true,
      sourceEncryptionKeys: [keyOf(stack, 'default'), kms.Key.fromKeyArn(stack, 'theirs', 'arn:aws:kms:eu-west-1:123456789012:key/theirs')],
    })],
    ['of a build whose root keeps its key', ['data', 'kept'], stack => new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: source,
      buildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
      blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey: keyOf(stack, 'data') }) }],
      sourceEncryptionKeys: [keyOf(stack, 'kept')],
    })],
    ['of an AMI of an instance', ['volume'], stack => new InstanceAmi(stack, 'Ami', {
      instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', 'i-0123456789abcdef0'), sourceEncryptionKeys: [keyOf(stack, 'volume')],
    })],
    ['of an AMI of an instance with another key', ['new'], stack => new InstanceAmi(stack, 'Ami', {
      instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', 'i-0123456789abcdef0'), sourceEncryptionKeys: [keyOf(stack, 'volume')], encryptionKey: keyOf(stack, 'new'),
    })],
    ['of an AMI of an instance of the app, from its AMI and its block devices', ['data', 'root'], stack => {
      const root = new EncryptedAmiCopy(stack, 'Root', { sourceImage: source, encryptionKey: keyOf(stack, 'root') });
      return new InstanceAmi(stack, 'Ami', { instance: serverWith(stack, root, [keyOf(stack, 'data'), keyOf(stack, 'data')]) });
    }],
  ])('%s', (_name, keys, define) => {
    const stack = newStack();
    expect(launchKeys(stack, define(stack)).sort()).toEqual(keys);
  });

  test('of an instance whose volume has a key that the app creates', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const ami = new InstanceAmi(stack, 'Ami', { instance: serverWith(stack, source, [key]) });
    ami.shareWithAccounts('210987654321');
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key')) as { Properties: { KeyPolicy: { Statement: object[] } } }[];
    expect(Properties.KeyPolicy.Statement).toHaveLength(4);
  });
});

function serverWith(stack: Stack, machineImage: ec2.IMachineImage, keys: kms.IKey[]): ec2.Instance {
  return new ec2.Instance(stack, 'Server', {
    vpc: new ec2.Vpc(stack, 'Vpc', { natGateways: 0, subnetConfiguration: [{ name: 'public', subnetType: ec2.SubnetType.PUBLIC }] }),
    instanceType: new ec2.InstanceType('t3.micro'),
    machineImage,
    blockDevices: keys.map((kmsKey, index) => ({ deviceName: `/dev/sd${'bcd'[index]}`, volume: ec2.BlockDeviceVolume.ebs(8, { encrypted: true, kmsKey }) })),
  });
}

describe('of a source that a construct of the app creates, the keys', () => {
  const sourceKeysOf = (stack: Stack) => [statementsOf(stack).SourceKeyUse.Resource].flat();

  test('need not be passed in the same stack', () => {
    const stack = newStack();
    const first = new EncryptedAmiCopy(stack, 'First', { sourceImage: source, encryptionKey: keyOf(stack, 'one') });
    new EncryptedAmiCopy(stack, 'Second', { sourceImage: first, encryptionKey: keyOf(stack, 'two') });
    expect(sourceKeysOf(stack)).toEqual([expect.stringMatching(/one$/)]);
    Template.fromStack(stack).hasResourceProperties('Custom::EncryptedAmiCopy', { SourceEncryptionKeyArns: [Match.stringLikeRegexp('/one$')] });
  });

  test('need not be passed from stack to stack, nor from Region to Region, nor where the source is given by its ID', () => {
    const app = new App();
    const env = { account: '123456789012', region: 'us-east-1' };
    const golden = new Stack(app, 'Golden', { env, crossRegionReferences: true });
    const other = new Stack(app, 'Other', { env });
    const far = new Stack(app, 'Far', { env: { ...env, region: 'eu-west-1' }, crossRegionReferences: true });
    const first = new EncryptedAmiCopy(golden, 'First', { sourceImage: source, encryptionKey: new kms.Key(golden, 'Key') });
    new MultiKeyAmiBuilder(other, 'Second', {
      sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': first.imageId }), rootVolume: { encryptionKey: new kms.Key(other, 'Key') },
    });
    new EncryptedAmiCopy(far, 'Third', { sourceImage: first, sourceRegion: 'us-east-1', encryptionKey: new kms.Key(far, 'Key') });
    expect(JSON.stringify(sourceKeysOf(other))).toMatch(/Golden:ExportsOutputFnGetAttKey/);
    expect(JSON.stringify(statementsOf(far).SourceKeyUseFromUsEast1.Resource)).toMatch(/ExportsReader.*Key/);
  });

  test('need not be passed for a volume of one of its snapshots, and for a sharing of it', () => {
    const stack = newStack();
    const [one, two] = ['One', 'Two'].map(id => new kms.Key(stack, id));
    const first = new EncryptedAmiCopy(stack, 'First', { sourceImage: source, encryptionKey: one });
    new MultiKeyAmiBuilder(stack, 'Second', {
      sourceImage: source,
      blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(first.imageRootSnapshotId, { encryptionKey: two }) }],
    });
    new AmiSharing(stack, 'Sharing', { imageId: first.imageId, accountIds: ['210987654321'] });
    expect(sourceKeysOf(stack)).toEqual([stack.resolve(one.keyArn)]);
    const template = Template.fromStack(stack).findResources('AWS::KMS::Key') as Record<string, { Properties: { KeyPolicy: { Statement: object[] } } }>;
    expect(Object.values(template).map(({ Properties }) => Properties.KeyPolicy.Statement.length)).toEqual([4, 1]);
  });

  test('are those of its own source too, if it keeps them', () => {
    const stack = newStack();
    const first = new EncryptedAmiCopy(stack, 'First', { sourceImage: source, encryptionKey: keyOf(stack, 'one') });
    const second = new EncryptedAmiCopy(stack, 'Second', { sourceImage: first, preserveEncryption: true });
    const third = new EncryptedAmiCopy(stack, 'Third', { sourceImage: second, preserveEncryption: true });
    expect(launchKeys(stack, third)).toEqual(['one']);
  });
});

describe('a key that is given by an alias', () => {
  test('of the app is the key', () => {
    const stack = newStack();
    const alias = new kms.Alias(stack, 'Alias', { aliasName: 'alias/golden', targetKey: keyOf(stack, 'one') });
    expect(launchKeys(stack, new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey: alias }))).toEqual(['one']);
    Template.fromStack(stack).hasResourceProperties('Custom::EncryptedAmiCopy', { EncryptionKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/one' });
  });

  test('that is imported by its name is every key that has the alias, for a principal that launches too', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() });
    const alias = kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden');
    new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey: alias }).grantLaunch(role);
    const policies = JSON.stringify(Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('Launcher')));
    expect(policies.match(/"kms:ResourceAliases":\["alias\/golden"\]/g)).toHaveLength(3);
    expect(policies).not.toContain(':alias/golden');
  });
});
