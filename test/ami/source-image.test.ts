import { Annotations, App, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { EncryptedAmiCopy, EncryptedAmiCopyProps, MultiKeyAmiBuilder } from '../../src';
import { getLaunchConfig, getSourceImage, validateSourceImageId } from '../../src/ami/source-image';
import { orDefaultKey, newStack, source, SOURCE_ID, statementsOf } from '../helpers/stacks';

/** Where sources come from, as far as the app knows it. */

const THERE = 'ami-0fedcba9876543210';
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-1111-1111-1111-111111111111';
const elsewhere = ec2.MachineImage.genericLinux({ 'us-east-1': SOURCE_ID, 'eu-west-1': THERE });

function copyIn(stack: Stack, props: Partial<EncryptedAmiCopyProps>): Record<string, unknown> {
  new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, ...orDefaultKey(props) });
  const [resource] = Object.values(Template.fromStack(stack).findResources('Custom::EncryptedAmiCopy')) as { Properties: Record<string, unknown> }[];
  return resource.Properties;
}

describe('a source of another Region', () => {
  test('is the one that a map of Regions has there', () => {
    expect(copyIn(newStack(), { sourceImage: elsewhere, sourceRegion: 'eu-west-1' })).toMatchObject({ SourceImageId: THERE, SourceRegion: 'eu-west-1' });
  });

  test('is known too where the Region of the stack is not', () => {
    expect(copyIn(new Stack(new App(), 'Images'), { sourceImage: elsewhere, sourceRegion: 'eu-west-1' })).toMatchObject({ SourceImageId: THERE, SourceRegion: 'eu-west-1' });
  });

  test('is no other Region where it is that of the stack', () => {
    const properties = copyIn(newStack(), { sourceImage: elsewhere, sourceRegion: 'us-east-1' });
    expect(properties).toMatchObject({ SourceImageId: SOURCE_ID });
    expect(properties).not.toHaveProperty('SourceRegion');
  });

  test.each([
    ['a lookup', ec2.MachineImage.lookup({ name: 'golden-*' }), { provider: 'ami' }],
    ['a parameter that is cached', ec2.MachineImage.fromSsmParameter('/golden', { cachedInContext: true }), { provider: 'ssm', props: { parameterName: '/golden' } }],
  ])('is looked up there: %s', (_title, looked, missing) => {
    const app = new App();
    const stack = new Stack(app, 'Images', { env: { region: 'us-east-1', account: '123456789012' } });
    new EncryptedAmiCopy(stack, 'Copy', { sourceImage: looked, useDefaultKey: true, sourceRegion: 'eu-west-1' });
    const { missing: asked = [] } = app.synth().manifest;
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ ...missing, props: { region: 'eu-west-1', account: '123456789012' } });
    expect(app.node.findAll().filter(Stack.isStack)).toEqual([stack]);
  });

  test('that a lookup did not find is an error, which the command line deploys nothing with', () => {
    const looked = ec2.MachineImage.lookup({ name: 'golden-*' });
    const define = (context: Record<string, unknown>) => {
      const app = new App({ context });
      new EncryptedAmiCopy(new Stack(app, 'Images', { env: { region: 'us-east-1', account: '123456789012' } }), 'Copy', { sourceImage: looked, useDefaultKey: true, sourceRegion: 'eu-west-1' });
      return app.synth();
    };
    const [{ key }] = define({}).manifest.missing!;
    const { messages } = define({ [key]: { $providerError: 'No AMI found that matched the search criteria' } }).getStackByName('Images');
    expect(messages).toMatchObject([{ level: 'error', id: '/Images/Copy', entry: { data: expect.stringContaining('No AMI found that matched the search criteria') } }]);
  });

  test('is not a parameter that CloudFormation would look up at home', () => {
    expect(() => copyIn(newStack(), { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), sourceRegion: 'eu-west-1' })).toThrow(
      /^`sourceImage` must be known when the app is synthesized, because `sourceRegion` is eu-west-1 and .* Set `cachedInContext: true`, or pass the ID/);
  });

  test('is read there, and its keys are used from either Region', () => {
    const stack = newStack();
    copyIn(stack, { sourceImage: elsewhere, sourceRegion: 'eu-west-1', sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', KEY)] });
    const statements = statementsOf(stack);
    expect(JSON.stringify(statements.CopyFrom.Resource)).toContain(':ec2:eu-west-1::image/ami-0fedcba9876543210');
    expect(JSON.stringify(statements.ReadBootDataFrom.Resource)).toContain(':ec2:eu-west-1::image/*');
    expect(JSON.stringify(statements.EbsKeyMetadataFrom.Resource)).toContain(':kms:eu-west-1:');
    expect(JSON.stringify(statements.SourceKeyUseFromEuWest1.Condition)).toMatch(/ec2\.us-east-1\.amazonaws\.com.*ec2\.eu-west-1\.amazonaws\.com/);
    expect(statements.KeyGrantFromEuWest1.Resource).toEqual(KEY);
    expect(statements.SourceKeyUse).toBeUndefined();
  });

  test('is not preserved with keys of its own Region', () => {
    const stack = newStack();
    const home = kms.Key.fromKeyArn(stack, 'Home', KEY.replace('eu-west-1', 'us-east-1'));
    copyIn(stack, { sourceImage: elsewhere, sourceRegion: 'eu-west-1', preserveEncryption: true, sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', KEY), home] });
    expect(statementsOf(stack).DestinationKeyUse.Resource).toEqual(home.keyArn);
    expect(statementsOf(stack).KeyGrant.Resource).toEqual(home.keyArn);
  });
});

test('a lookup that is not in the context yet is asked for, not refused', () => {
  const app = new App();
  const stack = new Stack(app, 'Images', { env: { region: 'us-east-1', account: '123456789012' } });
  new EncryptedAmiCopy(stack, 'Looked', { sourceImage: ec2.MachineImage.lookup({ name: 'golden-*' }), useDefaultKey: true });
  new EncryptedAmiCopy(stack, 'Cached', { sourceImage: ec2.MachineImage.latestAmazonLinux2023({ cachedInContext: true }), useDefaultKey: true });
  expect(app.synth().manifest.missing).toHaveLength(2);
});

describe('an image in S3', () => {
  test('needs the permissions of S3, which no other needs', () => {
    const stack = newStack();
    copyIn(stack, { preserveEncryption: true, sourceBucket: s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles') });
    const statements = statementsOf(stack);
    expect(JSON.stringify(statements.ReadBundle)).toContain(':s3:::bundles/*');
    expect(JSON.stringify(statements.WriteBundle.Resource)).toContain('amis-for-123456789012-in-us-east-1-*/*');
    expect(statements.BundleBucket.Action).toEqual(['s3:CreateBucket', 's3:GetBucketAcl']);
    const other = newStack();
    copyIn(other, { preserveEncryption: true });
    expect(JSON.stringify(statementsOf(other))).not.toContain('s3:');
  });
});

test('an alias stands for the one key that has it', () => {
  const stack = newStack();
  copyIn(stack, { encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden') });
  const statements = statementsOf(stack);
  expect(statements.KeyMetadataByAlias1.Condition).toEqual({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/golden'] } });
  expect(statements.DestinationKeyUseByAlias1.Condition).toMatchObject({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/golden'] } });
});

describe('sourceImageId', () => {
  test('is the ID of the source in its Region', () => {
    expect(new EncryptedAmiCopy(newStack(), 'Copy', { sourceImage: elsewhere, sourceRegion: 'eu-west-1', useDefaultKey: true }).sourceImageId).toBe(THERE);
  });

  test('is the ID that the deployment looks up', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), useDefaultKey: true });
    const builder = new MultiKeyAmiBuilder(stack, 'Builder', { sourceImage: source, rootVolume: { deleteOnTermination: true } });
    const [resource] = Object.values(Template.fromStack(stack).findResources('Custom::EncryptedAmiCopy'));
    expect(stack.resolve(copy.sourceImageId)).toEqual(resource.Properties.SourceImageId);
    expect(builder.sourceImageId).toBe(SOURCE_ID);
  });
});

describe('the scope of a source', () => {
  const userData = ec2.UserData.forLinux();
  /** A source that defines something. */
  const defining = (define: (scope: Construct) => void): ec2.IMachineImage => ({
    getImage: scope => {
      define(scope);
      return { imageId: SOURCE_ID, osType: ec2.OperatingSystemType.LINUX, userData };
    },
  });

  const addMapping = (scope: Construct) => void new Construct(scope, 'Mapping');

  test('is that of the AMI, or a stack in the Region of the source, which is removed', () => {
    const stack = newStack();
    const scopes: Construct[] = [];
    const images = [undefined, 'eu-west-1'].map(region => getSourceImage(stack, defining(scope => scopes.push(scope)), region));
    expect(images.map(({ imageId }) => imageId)).toEqual([SOURCE_ID, SOURCE_ID]);
    expect(scopes[0]).toBe(stack);
    expect([Stack.of(scopes[1]).region, Stack.of(scopes[1]).account]).toEqual(['eu-west-1', '123456789012']);
    expect(stack.node.children).toEqual([]);
  });

  test('keeps its annotations, and nothing else, and reports what has to be looked up', () => {
    const stack = newStack();
    const before = stack.node.metadata.length;
    const reported = jest.spyOn(stack, 'reportMissingContextKey').mockReturnValue(undefined);
    getSourceImage(stack, defining(scope => {
      Annotations.of(scope).addError('error');
      Annotations.of(scope).addWarningV2('id', 'warning');
      Annotations.of(scope).addInfo('info');
      scope.node.addMetadata('other', 'value');
      Stack.of(scope).reportMissingContextKey({ key: 'missing' } as never);
    }), 'eu-west-1');
    expect(stack.node.metadata.slice(before).map(({ type }) => type)).toEqual(['aws:cdk:error', 'aws:cdk:warning', 'aws:cdk:info']);
    expect(reported.mock.calls).toEqual([[{ key: 'missing' }]]);
  });

  test('is removed, too, where the source needs a construct in the stack', () => {
    const stack = newStack();
    expect(() => getSourceImage(stack, defining(addMapping), 'eu-west-1')).toThrow('`sourceImage` must be known when the app is synthesized');
    expect(stack.node.children).toEqual([]);
  });

  test('of a launch is removed', () => {
    const stack = newStack();
    const mapped = defining(addMapping);
    const configs = [getLaunchConfig(stack, mapped), getLaunchConfig(stack, mapped)];
    expect(configs).toEqual(Array(2).fill({ osType: ec2.OperatingSystemType.LINUX, userData }));
    expect(stack.node.children).toEqual([]);
  });
});

test.each<[string, string | undefined]>([
  [SOURCE_ID, undefined],
  [Token.asString({ Ref: 'Parameter' }), undefined],
  // CDK's values while a lookup is not in the context yet
  ['ami-1234', undefined],
  ['dummy-value-for-/golden', undefined],
  ['resolve:ssm:/golden', '`sourceImage` must have an ID that is known when the stack deploys, but "resolve:ssm:/golden" is resolved only by a launch.'],
  ['golden', '`sourceImage` must have an ID such as "ami-0ff8a91507f77f867", but has "golden". Check where the ID comes from.'],
  ['ami-12345', 'but has "ami-12345"'],
])('the ID %s: %p', (id, message) => {
  const validate = () => validateSourceImageId(id);
  if (message === undefined) {
    expect(validate).not.toThrow();
  } else {
    expect(validate).toThrow(message);
  }
});
