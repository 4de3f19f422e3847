import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** The newest golden image of another Region, copied to this one and encrypted with a key of this one. */
class RegionCopyStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // keys do not leave their Region: this one only decrypts
    const goldenKey = kms.Key.fromKeyArn(this, 'GoldenKey', 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab');
    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });

    const copy = new EncryptedAmiCopy(this, 'Golden', {
      // looked up there, by the command line, and kept in cdk.context.json; `cdk context --clear` has it looked up again
      sourceImage: ec2.MachineImage.lookup({ name: 'golden-*', owners: ['self'] }),
      sourceRegion: 'eu-west-1',
      sourceEncryptionKeys: [goldenKey],
      encryptionKey: key,
    });

    new CfnOutput(this, 'ImageId', { value: copy.imageId });
    new CfnOutput(this, 'KeyArn', { value: key.keyArn });
  }
}

const app = new App();
// a lookup needs to know the account
new RegionCopyStack(app, 'RegionCopy', { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION } });
