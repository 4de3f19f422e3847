import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** The image that another account shares, copied and encrypted with a key of one's own: the copy stays when the owner takes the sharing back. */
class SharedImageCopyStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // its owner allows this account to use it, as the app in share-ami does
    const theirKey = kms.Key.fromKeyArn(this, 'TheirKey', 'arn:aws:kms:us-east-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab');
    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });

    const copy = new EncryptedAmiCopy(this, 'Golden', {
      sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': 'ami-0ff8a91507f77f867' }),
      sourceEncryptionKeys: [theirKey],
      encryptionKey: key,
    });

    new CfnOutput(this, 'ImageId', { value: copy.imageId });
    new CfnOutput(this, 'KeyArn', { value: key.keyArn });
  }
}

const app = new App();
new SharedImageCopyStack(app, 'SharedImageCopy');
