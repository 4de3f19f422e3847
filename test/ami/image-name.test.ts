import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../src';
import { imageWithId } from '../helpers/deployment';

/** EC2 requires unique names, and CloudFormation creates the new AMI before it deletes the old one. */

const WARNING = Match.stringLikeRegexp('^The AMI is replaced when its source changes, and then the name "golden" is still in use: .*cdk-encrypted-ami:imageName');

function annotationsOf(props: Partial<EncryptedAmiCopyProps>): Annotations {
  const stack = new Stack(undefined, 'Images');
  new EncryptedAmiCopy(stack, 'Copy', { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), useDefaultKey: true, ...props });
  return Annotations.fromStack(stack);
}

test('a literal name of an AMI whose source changes by itself is warned about', () => {
  annotationsOf({ imageName: 'golden' }).hasWarning('*', WARNING);
});

test.each<[string, Partial<EncryptedAmiCopyProps>]>([
  ['a prefix', { imageNamePrefix: 'golden' }],
  ['no name', {}],
  ['a source with a literal ID', { imageName: 'golden', sourceImage: imageWithId('ami-0123456789abcdef0') }],
])('%s is not', (_name, props) => {
  annotationsOf(props).hasNoWarning('*', Match.anyValue());
});
