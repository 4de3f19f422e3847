import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AmiSharing } from 'cdk-encrypted-ami';

/** An image that was there before: another account may launch from it and copy it, an organization may launch from it. */
class AmiSharingStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // The image and each of its snapshots. A key that is not of this app has to allow the others in its own policy.
    const imageId = 'ami-0ff8a91507f77f867';
    new AmiSharing(this, 'Sharing', {
      imageId,
      accountIds: ['210987654321'],
      organizationArns: ['arn:aws:organizations::123456789012:organization/o-abc123def4'],
    });

    new CfnOutput(this, 'ImageId', { value: imageId });
  }
}

const app = new App();
new AmiSharingStack(app, 'AmiSharing');
