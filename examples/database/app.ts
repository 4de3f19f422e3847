import { App, CfnOutput, Size, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { AmiBlockDevice, AmiVolume, FileSystemType, MultiKeyAmiBuilder } from 'cdk-encrypted-ami';

/** An AMI for a database server: the system, /data and /logs are encrypted with a key each, and an instance of it starts with both directories mounted. */
class DatabaseStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    // cdk deploy -c size=200 -c key=2 -c logs=no
    const dataSize = Number(this.node.tryGetContext('size') ?? 100);
    const keyVersion = this.node.tryGetContext('key') ?? '1';
    const hasLogs = this.node.tryGetContext('logs') !== 'no';

    const systemKey = new kms.Key(this, 'SystemKey', { enableKeyRotation: true });
    const dataKey = new kms.Key(this, `DataKey${keyVersion}`, { enableKeyRotation: true });
    const logsKey = new kms.Key(this, 'LogsKey', { enableKeyRotation: true });

    const data: AmiBlockDevice = {
      deviceName: '/dev/sdf',
      volume: AmiVolume.ebs(Size.gibibytes(dataSize), {
        encryptionKey: dataKey,
        fileSystem: FileSystemType.XFS,
        label: 'data',
        mountPoint: '/data',
        mountOptions: ['noatime'],
      }),
    };
    const logs: AmiBlockDevice = {
      deviceName: '/dev/sdg',
      volume: AmiVolume.ebs(Size.gibibytes(20), { encryptionKey: logsKey, fileSystem: FileSystemType.EXT4, label: 'logs', mountPoint: '/logs' }),
    };

    // runs on the builder instance when the directories are mounted
    const userData = ec2.UserData.forLinux();
    userData.addCommands('set -euo pipefail', 'useradd --system postgres', 'install -d -o postgres -m 700 /data/postgres');

    const vpc = new ec2.Vpc(this, 'Vpc', { natGateways: 0, maxAzs: 2 });
    const vpcSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    const ami = new MultiKeyAmiBuilder(this, 'Ami', {
      sourceImage: ec2.MachineImage.latestAmazonLinux2023(),
      rootVolume: { encryptionKey: systemKey },
      blockDevices: hasLogs ? [data, logs] : [data],
      userData,
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
    new CfnOutput(this, 'DataKeyArn', { value: dataKey.keyArn });
    new CfnOutput(this, 'LogsKeyArn', { value: logsKey.keyArn });
  }
}

const app = new App();
new DatabaseStack(app, 'Database');
