import { App, Aws, CfnCondition, CfnParameter, CfnResource, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
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

describe('one literal name of two AMIs', () => {
  const copy = (stack: Stack, id: string, imageName: string) => new EncryptedAmiCopy(stack, id, { sourceImage: imageWithId('ami-0123456789abcdef0'), useDefaultKey: true, imageName });
  const conditional = (stack: Stack, id: string) => {
    const condition = new CfnCondition(stack, `${id}Condition`, { expression: Fn.conditionEquals(Aws.REGION, 'us-east-1') });
    (copy(stack, id, 'golden').node.findChild('Resource').node.defaultChild as CfnResource).cfnOptions.condition = condition;
  };

  test('is refused in a stack, with the path of the other', () => {
    const app = new App();
    const stack = new Stack(app, 'Images');
    ['One', 'Other'].forEach(id => copy(stack, id, 'golden'));
    expect(() => app.synth()).toThrow(
      '[Images/Other] `imageName` is "golden", and Images/One has the same, but EC2 requires unique names. Choose another one, or use `imageNamePrefix`.');
  });

  test.each<[string, (app: App) => void]>([
    ['in two stacks', app => ['A', 'B'].forEach(name => copy(new Stack(app, name), 'One', 'golden'))],
    ['of which one was removed', app => {
      const stack = new Stack(app, 'Images');
      copy(stack, 'One', 'golden');
      stack.node.tryRemoveChild('One');
      copy(stack, 'One', 'golden');
    }],
    ['of which CloudFormation creates one', app => {
      const stack = new Stack(app, 'Images');
      ['One', 'Other'].forEach(id => conditional(stack, id));
    }],
    ['of which the first has a condition', app => {
      const stack = new Stack(app, 'Images');
      conditional(stack, 'One');
      copy(stack, 'Other', 'golden');
    }],
    ['that is a parameter', app => {
      const stack = new Stack(app, 'Images');
      const name = new CfnParameter(stack, 'Name').valueAsString;
      ['One', 'Other'].forEach(id => copy(stack, id, name));
    }],
  ])('%s is not', (_, define) => {
    const app = new App();
    define(app);
    expect(() => app.synth()).not.toThrow();
  });
});

test.each<[Partial<EncryptedAmiCopyProps>, string]>([
  [{ removalPolicy: RemovalPolicy.SNAPSHOT }, '`removalPolicy` must be RemovalPolicy.DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, but is RemovalPolicy.SNAPSHOT'],
  [{ timeout: Duration.millis(90_500) }, '`timeout` must be a whole number of seconds, but is 90500 milliseconds. Use Duration.seconds() or Duration.minutes().'],
  [{ completionDuration: Duration.millis(90_500) }, '`completionDuration` must be 15 minutes to 48 hours in steps of 15 minutes, but is 1 minute '],
])('%p is refused', (props, message) => {
  expect(() => annotationsOf(props)).toThrow(message);
});

test.each<[string, string, string | undefined]>([
  ['us-east-1', 'us-gov-west-1', '`sourceRegion` must be in the partition of the stack, aws (us-east-1), but is us-gov-west-1 in the partition aws-us-gov. EC2 copies no AMIs between partitions.'],
  ['cn-north-1', 'eu-west-1', '`sourceRegion` must be in the partition of the stack, aws-cn (cn-north-1), but is eu-west-1 in the partition aws.'],
  ['us-isob-east-1', 'us-iso-east-1', 'aws-iso-b (us-isob-east-1), but is us-iso-east-1 in the partition aws-iso.'],
  ['us-gov-east-1', 'us-gov-west-1', undefined],
  ['us-east-1', 'eu-west-1', undefined],
  [Aws.REGION, 'us-gov-west-1', undefined],
])('a stack in %s with a source in %s', (region, sourceRegion, message) => {
  const stack = new Stack(undefined, 'Images', { env: { region } });
  const define = () => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId('ami-0123456789abcdef0'), useDefaultKey: true, sourceRegion });
  const error = (() => { try { define(); } catch (thrown) { return (thrown as Error).message; } return undefined; })();
  expect(error).toEqual(message === undefined ? undefined : expect.stringContaining(message));
});
