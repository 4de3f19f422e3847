import { Aws, CfnResource, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../src';
import { imageWithId } from '../helpers/deployment';
import { orDefaultKey, newStack, source, SOURCE_ID } from '../helpers/stacks';

/** Errors at synth. */

const TYPE = 'Custom::EncryptedAmiCopy';

const fail = (props: Partial<EncryptedAmiCopyProps>) => {
  const stack = newStack();
  return () => new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, ...orDefaultKey(props) });
};

describe('encryption', () => {
  const copy = (props: object) => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    return () => new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, ...'encryptionKey' in props && props.encryptionKey ? { ...props, encryptionKey } : props });
  };

  // Java, Python and Go pass null for a key that was looked up and is not there
  test.each([[{}], [{ encryptionKey: null }], [{ useDefaultKey: false }], [{ encryptionKey: null, preserveEncryption: false }]])('not chosen, by %j', props => {
    expect(copy(props)).toThrow(
      'EncryptedAmiCopy requires exactly one of `encryptionKey`, `useDefaultKey` and `preserveEncryption`, but got none. Pass `encryptionKey` to encrypt every snapshot with that ' +
      "key, set `useDefaultKey: true` to encrypt with the account's default key for EBS, or set `preserveEncryption: true` to keep the encryption of each snapshot.");
  });

  test.each([
    [{ encryptionKey: true, preserveEncryption: true }, '`encryptionKey` and `preserveEncryption`'],
    [{ encryptionKey: true, useDefaultKey: true }, '`encryptionKey` and `useDefaultKey`'],
    [{ useDefaultKey: true, preserveEncryption: true }, '`useDefaultKey` and `preserveEncryption`'],
  ])('chosen twice, by %j', (props, got) => {
    expect(copy(props)).toThrow(`but got ${got}.`);
  });

  test.each([[{ encryptionKey: true, useDefaultKey: false }, 'KEY'], [{ useDefaultKey: true, preserveEncryption: false }, 'DEFAULT_KEY']])('but not chosen once, by %j', (props, wanted) => {
    Template.fromStack(Stack.of(copy(props)())).hasResourceProperties(TYPE, { Encryption: wanted });
  });
});

describe('the Region of the source', () => {
  test.each([
    ['', '`sourceRegion` must be the code of a Region such as "eu-west-1", but is "". Correct it.'],
    ['Ireland', '`sourceRegion` must be the code of a Region such as "eu-west-1", but is "Ireland". Correct it.'],
    ['eu-west-1a', 'but is "eu-west-1a"'],
    [Aws.REGION, '`sourceRegion` must be known when the app is synthesized, but is a token. Pass the code of the Region, such as "eu-west-1".'],
    ['cn-north-1', '`sourceRegion` must be in the partition of the stack, aws (us-east-1), but is cn-north-1 in the partition aws-cn.'],
  ])('%p', (sourceRegion, sentence) => {
    expect(fail({ sourceRegion })).toThrow(sentence);
  });

  test.each<[string, string | undefined, string | undefined]>([
    ['one of a partition that is known only when the stack deploys', 'cn-north-1', undefined],
    ['none, in another partition', undefined, 'cn-north-1'],
  ])('but not %s', (_title, sourceRegion, region) => {
    const stack = newStack({ env: { region } });
    expect(() => new EncryptedAmiCopy(stack, 'Golden', { sourceImage: imageWithId(SOURCE_ID), useDefaultKey: true, sourceRegion })).not.toThrow();
  });
});

test.each<[string, Partial<EncryptedAmiCopyProps>, string]>([
  ['a destination', { outpostArn: 'op-0123456789abcdef0' }, '`outpostArn` must be the ARN of an Outpost'],
  ['the Region of the source with a destination', { localZone: 'us-east-1-bos-1a', sourceRegion: 'eu-west-1' }, '`sourceRegion` must be the Region of the stack, us-east-1, with `localZone`'],
  ['a time for the copy', { completionDuration: Duration.minutes(16) }, '`completionDuration` must be 15 minutes to 48 hours in steps of 15 minutes, but is 16 minutes.'],
  ['a bucket without preserving', { sourceBucket: s3.Bucket.fromBucketName(new Stack(), 'Bundles', 'bundles') },
    '`sourceBucket` is for AMIs that are backed by S3, which EC2 cannot encrypt. Set `preserveEncryption: true`, or use an AMI that is backed by EBS.'],
])('%s', (_title, props, sentence) => {
  expect(fail(props)).toThrow(sentence);
});

test('a source that only a launch resolves', () => {
  expect(fail({ sourceImage: ec2.MachineImage.resolveSsmParameterAtLaunch('/golden') }))
    .toThrow('`sourceImage` must have an ID that is known when the stack deploys, but "resolve:ssm:/golden" is resolved only by a launch. Use MachineImage.fromSsmParameter()');
});

test('a source whose id is none', () => {
  expect(fail({ sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': 'golden' }) })).toThrow('`sourceImage` must have an ID such as "ami-0ff8a91507f77f867", but has "golden". Check where the ID comes from.');
});

test('a tag without a key', () => {
  const stack = newStack();
  Tags.of(new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true })).add('', 'team');
  expect(() => Template.fromStack(stack)).toThrow('A tag key must have at least one character, but that of the value "team" is empty. Pass a key.');
});

test('but not what is known only when the stack deploys', () => {
  const stack = newStack();
  const later = (name: string) => new CfnResource(stack, name, { type: 'Custom::Later' }).getAtt('Value').toString();
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': later('Id') }), useDefaultKey: true, imageName: later('Name'), description: later('Text') });
  Template.fromStack(stack).resourceCountIs(TYPE, 1);
});
