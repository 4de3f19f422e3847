import { App, CfnOutput, Duration, RemovalPolicy, Size, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiSharing, AmiVolume, EncryptedAmiCopy, IAmi, InstanceAmi, MultiKeyAmiBuilder } from 'cdk-encrypted-ami';

// the same app as in the other languages: its template must be the same, byte for byte

const app = new App();
const stack = new Stack(app, 'Images');
const systemKey = new kms.Key(stack, 'SystemKey', { enableKeyRotation: true, removalPolicy: RemovalPolicy.DESTROY });
const databaseKey = new kms.Key(stack, 'DatabaseKey', { enableKeyRotation: true, removalPolicy: RemovalPolicy.DESTROY });
const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 });
const launcher = new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() });

const golden = new EncryptedAmiCopy(stack, 'Golden', {
  sourceImage: ec2.MachineImage.latestAmazonLinux2023(),
  encryptionKey: systemKey,
  imageNamePrefix: 'golden/al2023',
  timeout: Duration.minutes(30),
});
Tags.of(golden).add('team', 'platform');

const database = new MultiKeyAmiBuilder(stack, 'Database', {
  sourceImage: golden,
  blockDevices: [{
    deviceName: '/dev/sdf',
    volume: AmiVolume.ebs(Size.gibibytes(4), { encryptionKey: databaseKey, volumeType: ec2.EbsDeviceVolumeType.GP3 }),
  }],
  instanceTypes: [ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.SMALL)],
  vpc: vpc,
});

const server = new ec2.Instance(stack, 'Server', {
  vpc: vpc,
  vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
  instanceType: new ec2.InstanceType('t3.micro'),
  machineImage: database,
});
const snapshot = new InstanceAmi(stack, 'Snapshot', {
  instance: server,
  contentVersion: '1',
  encryptionKey: databaseKey,
  sourceEncryptionKeys: [systemKey, databaseKey],
});
new AmiSharing(stack, 'Shared', { imageId: snapshot.imageId, accountIds: ['198765432109'], encryptionKeys: [databaseKey] });

function release(ami: IAmi, name: string): void {
  ami.shareWithAccounts('210987654321');
  ami.grantLaunch(launcher);
  new CfnOutput(stack, name, { value: ami.imageId });
}

release(golden, 'GoldenId');
release(database, 'DatabaseId');
release(snapshot, 'SnapshotId');
new CfnOutput(stack, 'SystemKeyArn', { value: systemKey.keyArn });
new CfnOutput(stack, 'DatabaseKeyArn', { value: databaseKey.keyArn });
app.synth();
