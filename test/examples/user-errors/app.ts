import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/* An app in which everything can be got wrong: `-c source=ami-… -c key=arn:… -c name=…`. */

const app = new App();
const stack = new Stack(app, 'Mistaken', { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION } });
const given = (name: string) => app.node.tryGetContext(name) as string | undefined;

const copy = new EncryptedAmiCopy(stack, 'Golden', {
  sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': given('source')! }),
  encryptionKey: given('key') === undefined ? undefined : kms.Key.fromKeyArn(stack, 'Key', given('key')!),
  useDefaultKey: given('key') === undefined,
  imageName: given('name'),
});
new CfnOutput(stack, 'ImageId', { value: copy.imageId });
