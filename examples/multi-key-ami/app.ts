import { App, CfnOutput, Size, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { AmiVolume, EncryptedAmiCopy, MultiKeyAmiBuilder } from 'cdk-encrypted-ami';

/** An AMI whose root and two data volumes have a key each, as the EC2 User Guide describes it, and an instance launched from it. */
class MultiKeyStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const systemKey = new kms.Key(this, 'SystemKey', { enableKeyRotation: true });
    const databaseKey = new kms.Key(this, 'DatabaseKey', { enableKeyRotation: true });
    const logsKey = new kms.Key(this, 'LogsKey', { enableKeyRotation: true });

    const golden = new EncryptedAmiCopy(this, 'Golden', {
      sourceImage: ec2.MachineImage.latestAmazonLinux2023(),
      encryptionKey: systemKey,
    });

    const vpc = new ec2.Vpc(this, 'Vpc', { natGateways: 0, maxAzs: 2 });
    const vpcSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };

    const ami = new MultiKeyAmiBuilder(this, 'Ami', {
      sourceImage: golden,
      sourceEncryptionKeys: [systemKey], // the root keeps it
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(20), { encryptionKey: databaseKey }) },
        { deviceName: '/dev/sdg', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: logsKey }) },
      ],
      vpc, // where the builder runs
      vpcSubnets,
    });

    const server = new ec2.Instance(this, 'Server', {
      vpc,
      vpcSubnets,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MICRO),
      machineImage: ami,
    });

    new CfnOutput(this, 'ImageId', { value: ami.imageId });
    new CfnOutput(this, 'InstanceId', { value: server.instanceId });
    new CfnOutput(this, 'SystemKeyArn', { value: systemKey.keyArn });
    new CfnOutput(this, 'DatabaseKeyArn', { value: databaseKey.keyArn });
    new CfnOutput(this, 'LogsKeyArn', { value: logsKey.keyArn });
  }
}

const app = new App();
new MultiKeyStack(app, 'MultiKey');
