import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { InstanceAmi } from 'cdk-encrypted-ami';

/** An instance that sets itself up, the image of it encrypted with a key of one's own, and an instance launched from that. */
class InstanceImageStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const vpc = new ec2.Vpc(this, 'Vpc', { natGateways: 0, maxAzs: 1 });
    const common = {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MICRO),
    };
    const model = new ec2.Instance(this, 'Model', { ...common, machineImage: ec2.MachineImage.latestAmazonLinux2023() });

    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });
    // the disks of the model are nobody's to see: another version says that they have changed
    const image = new InstanceAmi(this, 'Image', {
      instance: model,
      contentVersion: this.node.tryGetContext('version') ?? '1',
      encryptionKey: key,
    });

    const server = new ec2.Instance(this, 'Server', { ...common, machineImage: image });
    new CfnOutput(this, 'ImageId', { value: image.imageId });
    new CfnOutput(this, 'KeyArn', { value: key.keyArn });
    new CfnOutput(this, 'InstanceId', { value: server.instanceId });
  }
}

const app = new App();
new InstanceImageStack(app, 'InstanceImage');
