import { CfnCondition, CfnResource, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { refuseEqualImageNames } from '../../src/ami/distinct-image-names';
import { newStack } from '../helpers/stacks';

/** EC2 requires unique names in an account and Region. */

const ami = (stack: Stack, id: string, name: string | undefined, isConditional = false) => {
  const scope = new Construct(stack, id);
  const resource = new CfnResource(scope, 'Resource', { type: 'Custom::EncryptedAmiCopy' });
  resource.cfnOptions.condition = isConditional ? new CfnCondition(scope, 'Condition') : undefined;
  refuseEqualImageNames(scope, resource, name);
};
const errorsIn = ({ node }: Stack) => node.findAll().flatMap(one => one.node.validate());
const PARAMETER = Token.asString({ Ref: 'Name' });
const equalTo = (path: string) => `\`imageName\` is "golden", and ${path} has the same, but EC2 requires unique names. Choose another one, or use \`imageNamePrefix\`.`;

test.each<[string, (stack: Stack) => void, string[]]>([
  ['of three AMIs', stack => ['One', 'Two', 'Three'].forEach(id => ami(stack, id, 'golden')), [equalTo('Images/One'), equalTo('Images/One'), equalTo('Images/Two')]],
  ['of one AMI of each stack', stack => [stack, new Stack(stack.node.root, 'Other')].forEach(one => ami(one, 'One', 'golden')), []],
  ['and another', stack => ['golden', 'silver'].forEach(name => ami(stack, name, name)), []],
  ['that is generated', stack => ['One', 'Two'].forEach(id => ami(stack, id, undefined)), []],
  ['that is a parameter', stack => ['One', 'Two'].forEach(id => ami(stack, id, PARAMETER)), []],
  ['of which one was removed', stack => {
    ami(stack, 'One', 'golden');
    stack.node.tryRemoveChild('One');
    ami(stack, 'One', 'golden');
  }, []],
  ['of which CloudFormation may create the first', stack => {
    ami(stack, 'One', 'golden', true);
    ami(stack, 'Two', 'golden');
  }, []],
  ['of which CloudFormation may create the second', stack => {
    ami(stack, 'One', 'golden');
    ami(stack, 'Two', 'golden', true);
  }, []],
])('a name %s', (_title, define, errors) => {
  const stack = newStack();
  define(stack);
  expect(errorsIn(stack)).toEqual(errors);
});
