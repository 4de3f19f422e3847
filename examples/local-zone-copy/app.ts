import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** A copy whose snapshots do not leave a Local Zone; it goes to an Outpost the same way, with outpostArn. */
class LocalZoneCopyStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });

    const copy = new EncryptedAmiCopy(this, 'Golden', {
      sourceImage: ec2.MachineImage.latestAmazonLinux2023(),
      encryptionKey: key,
      // one that the account has enabled, and that supports local snapshots
      localZone: 'us-east-1-bos-1a',
    });

    new CfnOutput(this, 'ImageId', { value: copy.imageId });
    new CfnOutput(this, 'KeyArn', { value: key.keyArn });
  }
}

const app = new App();
new LocalZoneCopyStack(app, 'LocalZoneCopy');
