import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** An old image that is backed by S3 ("instance store"), copied from another Region as it is. */
class S3BackedCopyStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const copy = new EncryptedAmiCopy(this, 'Legacy', {
      sourceImage: ec2.MachineImage.genericLinux({ 'eu-west-1': 'ami-047bb4163c506cd98' }),
      sourceRegion: 'eu-west-1',
      preserveEncryption: true, // EC2 cannot encrypt what has no snapshots
      sourceBucket: s3.Bucket.fromBucketName(this, 'Bundles', 'legacy-image-bundles'), // EC2 reads it in the name of the handler
    });

    new CfnOutput(this, 'ImageId', { value: copy.imageId });
  }
}

const app = new App();
new S3BackedCopyStack(app, 'S3BackedCopy');
