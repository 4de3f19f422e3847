import { App, CfnOutput, Stack, StackProps, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** Amazon Linux 2023, encrypted with a key of one's own, and an instance launched from it. */
class GoldenImageStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // `-c key=2` is another key, and so another image
    const key = new kms.Key(this, `Key${this.node.tryGetContext('key') ?? 1}`, { enableKeyRotation: true });

    const copy = new EncryptedAmiCopy(this, 'Golden', {
      sourceImage: ec2.MachineImage.latestAmazonLinux2023(),
      encryptionKey: key,
      description: 'Amazon Linux 2023, encrypted with our own key',
    });
    Tags.of(copy).add('team', 'platform');

    const vpc = new ec2.Vpc(this, 'Vpc', { natGateways: 0, maxAzs: 2 });
    const instance = new ec2.Instance(this, 'Server', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MICRO),
      machineImage: copy,
    });

    new CfnOutput(this, 'ImageId', { value: copy.imageId });
    new CfnOutput(this, 'ImageName', { value: copy.imageName });
    new CfnOutput(this, 'KeyArn', { value: key.keyArn });
    new CfnOutput(this, 'InstanceId', { value: instance.instanceId });
  }
}

const app = new App();
new GoldenImageStack(app, 'GoldenImage');
