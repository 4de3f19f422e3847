import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EncryptedAmiCopy } from '../../src';
import { imageWithId } from '../helpers/deployment';

/** The statements of all constructs of a stack are in the policies of the roles, unless they name a resource that the stack itself creates. */

const SOURCES: Readonly<Record<string, (stack: Stack) => ec2.IMachineImage>> = {
  'an AMI by its ID': () => imageWithId('ami-0123456789abcdef0'),
  'a map of Regions': () => ec2.MachineImage.genericLinux({ 'us-east-1': 'ami-0123456789abcdef0', 'eu-west-1': 'ami-0123456789abcdef1' }),
  'an SSM parameter': () => ec2.MachineImage.latestAmazonLinux2023(),
  'a parameter of the stack': stack => imageWithId(new CfnParameter(stack, 'Source').valueAsString),
};

test.each(Object.entries(SOURCES))('ten copies of %s need no more than twenty resources', (_name, source) => {
  const stack = new Stack(new App(), 'Images');
  const sourceImage = source(stack);
  for (let copy = 0; copy < 10; copy += 1) {
    new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage, useDefaultKey: true });
  }
  const template = Template.fromStack(stack);
  const { Resources } = template.toJSON() as { Resources: object };
  expect(Object.keys(Resources).length).toBeLessThanOrEqual(20);
  // one for each of the three roles
  template.resourceCountIs('AWS::IAM::Policy', 3);
});
