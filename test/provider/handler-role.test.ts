import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy } from '../../src';
import { newStack, source, statementsOf } from '../helpers/stacks';

/** The keys in the statements of the handler role. All statements are in statements.test.ts. */

test('the same key for two copies is one permission', () => {
  const stack = newStack();
  const key = new kms.Key(stack, 'Key');
  ['One', 'Two'].forEach(id => new EncryptedAmiCopy(stack, id, { sourceImage: source, encryptionKey: key }));
  expect(statementsOf(stack).DestinationKeyUse.Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
});

test('a key of another Region cannot be named by its alias, which stands for one of the own Region', () => {
  const stack = newStack();
  expect(() => new EncryptedAmiCopy(stack, 'Golden', {
    sourceImage: ec2.MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }), useDefaultKey: true, sourceRegion: 'eu-west-1', sourceEncryptionKeys: [kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden')],
  })).toThrow('`sourceEncryptionKeys` must have the ARNs of keys of `sourceRegion`, eu-west-1, but has the alias "alias/golden", which is of the Region of the stack. Use kms.Key.fromKeyArn().');
});
