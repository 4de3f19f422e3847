import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Figure } from './print-figures';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** Ten images in a stack are ten more resources, and not ten more handler functions. */
export function stackSize(): Figure[] {
  const stack = new Stack(new App(), 'Ten');
  for (let copy = 0; copy < 10; copy++) {
    new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), useDefaultKey: true });
  }
  const resources = Object.keys(Template.fromStack(stack).toJSON().Resources).length;
  return [{ what: 'resources of a stack with ten copies', measured: String(resources), budget: '<= 20', withinBudget: resources <= 20 }];
}
