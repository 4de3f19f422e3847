import { App, CfnOutput, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** A copy that EBS is to be done with in a quarter of an hour. */
class TimedCopyStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const copy = new EncryptedAmiCopy(this, 'Golden', {
      sourceImage: ec2.MachineImage.latestAmazonLinux2023(),
      useDefaultKey: true,
      completionDuration: Duration.minutes(15),
    });

    new CfnOutput(this, 'ImageId', { value: copy.imageId });
    new CfnOutput(this, 'InTime', { value: copy.imageCompletionDurationMet! });
  }
}

const app = new App();
new TimedCopyStack(app, 'TimedCopy');
