import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** An encrypted image that another account may launch from and copy: the image, its snapshots and its key are shared. */
class SharedImageStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const image = new EncryptedAmiCopy(this, 'Golden', {
      sourceImage: ec2.MachineImage.latestAmazonLinux2023(),
      encryptionKey: new kms.Key(this, 'Key', { enableKeyRotation: true }),
    });
    image.shareWithAccounts('210987654321');

    new CfnOutput(this, 'ImageId', { value: image.imageId });
  }
}

const app = new App();
new SharedImageStack(app, 'SharedImage');
