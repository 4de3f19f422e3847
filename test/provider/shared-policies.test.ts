import { App, CfnParameter, CfnWaitConditionHandle, Fn, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EncryptedAmiCopy } from '../../src';
import { HandlerPolicies } from '../../src/provider/handler-policies';
import { manyPolicies } from '../../src/provider/messages';
import { imageWithId } from '../helpers/deployment';
import { handlerLines } from '../helpers/policy-lines';
import { annotationsOf } from '../keys/statements';

/** The statements of all constructs of a stack are in the policies of the roles, unless they name a resource that the stack itself creates. */

const SOURCES: Readonly<Record<string, (stack: Stack) => ec2.IMachineImage>> = {
  'an AMI by its ID': () => imageWithId('ami-0123456789abcdef0'),
  'a map of Regions': () => ec2.MachineImage.genericLinux({ 'us-east-1': 'ami-0123456789abcdef0', 'eu-west-1': 'ami-0123456789abcdef1' }),
  'an SSM parameter': () => ec2.MachineImage.latestAmazonLinux2023(),
  'a parameter of the stack': stack => imageWithId(new CfnParameter(stack, 'Source').valueAsString),
};

test.each(Object.entries(SOURCES))('each copy of %s needs one resource, beside ten that all of them share', (_name, source) => {
  const stack = new Stack(new App(), 'Images');
  const sourceImage = source(stack);
  ['One', 'Two', 'Three'].forEach(id => new EncryptedAmiCopy(stack, id, { sourceImage, useDefaultKey: true }));
  const template = Template.fromStack(stack);
  const { Resources } = template.toJSON() as { Resources: object };
  expect(Object.keys(Resources)).toHaveLength(13);
  // one for each of the three roles
  template.resourceCountIs('AWS::IAM::Policy', 3);
});

test.each<[string, (ids: { resource: CfnWaitConditionHandle; parameter: string }) => string, RegExp]>([
  ['a reference to a resource', ({ resource }) => resource.ref, /^CopyPolicy before Copy: CopyFrom: /],
  ['an attribute of a resource', ({ resource }) => resource.getAtt('ImageId').toString(), /^CopyPolicy before Copy: CopyFrom: /],
  ['a part of a reference to a resource', ({ resource }) => Fn.select(0, Fn.split(',', resource.ref)), /^CopyPolicy before Copy: CopyFrom: /],
  ['a part of a parameter', ({ parameter }) => Fn.select(0, Fn.split(',', parameter)), /^CopyFrom: /],
  ['an export of another stack', () => Fn.importValue('Source'), /^CopyFrom: /],
  ['a macro with nothing', () => Token.asString({ 'Fn::Transform': { Name: 'Find', Parameters: null } }), /^CopyFrom: /],
])('only an AMI that the stack may create is in a policy that nothing else waits for: %s', (_name, idOf, line) => {
  const stack = new Stack(new App(), 'Images');
  const ids = { parameter: new CfnParameter(stack, 'Parameter').valueAsString, resource: new CfnWaitConditionHandle(stack, 'Resource') };
  new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(idOf(ids)), useDefaultKey: true });
  expect(handlerLines(stack).filter(one => one.includes('CopyFrom'))).toEqual([expect.stringMatching(line)]);
});

describe('the policies of a role', () => {
  const policiesIn = (stack: Stack) => new HandlerPolicies(stack, new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }));

  test('warn once if there are more of constructs than fit', () => {
    const stack = new Stack(new App(), 'Images');
    const policies = policiesIn(stack);
    const warnings = Array.from({ length: 14 }, (_, number) => {
      policies.createOwnPolicy(new Construct(stack, `Copy${number}`), []);
      return annotationsOf(stack, 'aws:cdk:warning').length;
    });
    expect(warnings).toEqual([...Array<number>(12).fill(0), 1, 1]);
    expect(annotationsOf(stack, 'aws:cdk:warning')).toEqual([expect.stringContaining(manyPolicies(12))]);
  });

  test('have a statement once, also after the stack has been synthesized, and a removal policy once', () => {
    const stack = new Stack(new App(), 'Images');
    const policies = policiesIn(stack);
    const statement = { sid: 'Describe', actions: ['ec2:DescribeImages'], resources: ['*'] };
    policies.allow(statement);
    const before = Template.fromStack(stack).toJSON();
    policies.allow(statement);
    expect(Template.fromStack(stack).toJSON()).toEqual(before);
    expect(policies.removalPolicy('Removal', [statement])).toBe(policies.removalPolicy('Removal', [statement]));
  });
});
