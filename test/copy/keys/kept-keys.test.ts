import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../../src';
import { imageIn, imageWithId } from '../../helpers/deployment';
import { keysOfLaunch, readable } from '../../helpers/policy-lines';
import { newStack, SOURCE_ID } from '../../helpers/stacks';

/** The keys of a copy, and its properties: of the source, of the handler, and of a principal that launches from the copy. */

type Props = Pick<EncryptedAmiCopyProps, 'encryptionKey' | 'useDefaultKey' | 'preserveEncryption' | 'sourceRegion'>;
const [HOME, FAR] = ['us-east-1', 'eu-west-1'].map(region => `arn:aws:kms:${region}:123456789012:key/old`);

test('a copy from another Region has every prop', () => {
  const stack = newStack();
  const far = kms.Key.fromKeyArn(stack, 'Far', 'arn:aws:kms:eu-west-1:123456789012:key/1');
  const copy = new EncryptedAmiCopy(stack, 'Golden', {
    sourceImage: imageIn('eu-west-1', SOURCE_ID),
    sourceRegion: 'eu-west-1',
    sourceBucket: s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles'),
    sourceEncryptionKeys: [far],
    preserveEncryption: true,
    copySourceTags: true,
    completionDuration: Duration.minutes(30),
  });
  Template.fromStack(stack).hasResourceProperties('Custom::EncryptedAmiCopy', {
    SourceImageId: SOURCE_ID,
    SourceRegion: 'eu-west-1',
    SourceBucketName: 'bundles',
    SourceEncryptionKeyArns: [far.keyArn],
    Encryption: 'PRESERVE',
    EncryptionKeyArn: Match.absent(),
    CopySourceTags: true,
    CompletionDurationMinutes: 30,
  });
  expect(copy.sourceImageId).toBe(SOURCE_ID);
  expect(stack.resolve(copy.imageCompletionDurationMet)).toEqual({ 'Fn::GetAtt': ['GoldenBA401183', 'CompletionDurationMet'] });
});

test.each<[string, (stack: Stack) => Props, string[], string[]]>([
  ['the key of the copy', stack => ({ encryptionKey: new kms.Key(stack, 'Key') }), [HOME], ['<Key.Arn>']],
  ['the key that an alias of the app stands for', stack => ({ encryptionKey: new kms.Key(stack, 'Key').addAlias('golden') }), [], ['<Key.Arn>']],
  ['the default key, which needs no permission', () => ({ useDefaultKey: true }), [HOME], []],
  ['those of the source', () => ({ preserveEncryption: true }), [HOME], [HOME]],
  ['those of the source that a copy from another Region can have', () => ({ preserveEncryption: true, sourceRegion: 'eu-west-1' }), [HOME, FAR], [HOME]],
])('a launch uses %s', (_title, props, sourceKeys, expected) => {
  const stack = newStack();
  const copy = new EncryptedAmiCopy(stack, 'Golden', {
    sourceImage: imageWithId(SOURCE_ID), sourceEncryptionKeys: sourceKeys.map(arn => kms.Key.fromKeyArn(stack, arn.split(':')[3], arn)), ...props(stack),
  });
  expect(keysOfLaunch(copy)).toEqual(expected);
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('Custom::EncryptedAmiCopy'));
  expect([readable((Properties as { EncryptionKeyArn?: unknown }).EncryptionKeyArn) ?? []].flat()).toEqual(expected.filter(key => key !== HOME));
  // the handler uses the key in the Region of the stack, and in that of the source
  const regions = [...JSON.stringify(copy.keyPolicyStatementsForHandler()).matchAll(/"ec2\.([\w-]+)\./g)].map(([, region]) => region);
  expect([...new Set(regions)]).toEqual(sourceKeys.includes(FAR) ? ['us-east-1', 'eu-west-1'] : ['us-east-1']);
  expect(copy.imageCompletionDurationMet).toBeUndefined();
  expect(() => copy.shareWithAccounts('210987654321')).not.toThrow();
});
