// The app of ../typescript/app.ts: its template must be the same, byte for byte.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
	ami "github.com/cdk-encrypted-ami/cdk-encrypted-ami-go/cdkencryptedami"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Images"), nil)
	systemKey := awskms.NewKey(stack, jsii.String("SystemKey"), &awskms.KeyProps{
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY,
	})
	databaseKey := awskms.NewKey(stack, jsii.String("DatabaseKey"), &awskms.KeyProps{
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY,
	})
	vpc := awsec2.NewVpc(stack, jsii.String("Vpc"), &awsec2.VpcProps{MaxAzs: jsii.Number(1), NatGateways: jsii.Number(0)})
	launcher := awsiam.NewRole(stack, jsii.String("Launcher"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})

	golden := ami.NewEncryptedAmiCopy(stack, jsii.String("Golden"), &ami.EncryptedAmiCopyProps{
		SourceImage:     awsec2.MachineImage_LatestAmazonLinux2023(nil),
		EncryptionKey:   systemKey,
		ImageNamePrefix: jsii.String("golden/al2023"),
		Timeout:         awscdk.Duration_Minutes(jsii.Number(30)),
	})
	awscdk.Tags_Of(golden).Add(jsii.String("team"), jsii.String("platform"), nil)

	database := ami.NewMultiKeyAmiBuilder(stack, jsii.String("Database"), &ami.MultiKeyAmiBuilderProps{
		SourceImage: golden,
		BlockDevices: &[]*ami.AmiBlockDevice{{
			DeviceName: jsii.String("/dev/sdf"),
			Volume: ami.AmiVolume_Ebs(awscdk.Size_Gibibytes(jsii.Number(4)), &ami.EbsVolumeOptions{
				EncryptionKey: databaseKey,
				VolumeType:    awsec2.EbsDeviceVolumeType_GP3,
			}),
		}},
		InstanceTypes: &[]awsec2.InstanceType{awsec2.InstanceType_Of(awsec2.InstanceClass_T3, awsec2.InstanceSize_SMALL)},
		Vpc:           vpc,
	})

	server := awsec2.NewInstance(stack, jsii.String("Server"), &awsec2.InstanceProps{
		Vpc:          vpc,
		VpcSubnets:   &awsec2.SubnetSelection{SubnetType: awsec2.SubnetType_PUBLIC},
		InstanceType: awsec2.NewInstanceType(jsii.String("t3.micro")),
		MachineImage: database,
	})
	snapshot := ami.NewInstanceAmi(stack, jsii.String("Snapshot"), &ami.InstanceAmiProps{
		Instance:             server,
		ContentVersion:       jsii.String("1"),
		EncryptionKey:        databaseKey,
		SourceEncryptionKeys: &[]awskms.IKey{systemKey, databaseKey},
	})
	ami.NewAmiSharing(stack, jsii.String("Shared"), &ami.AmiSharingProps{
		ImageId:        snapshot.ImageId(),
		AccountIds:     jsii.Strings("198765432109"),
		EncryptionKeys: &[]awskms.IKey{databaseKey},
	})

	release := func(image ami.IAmi, name string) {
		image.ShareWithAccounts(jsii.String("210987654321"))
		image.GrantLaunch(launcher)
		awscdk.NewCfnOutput(stack, jsii.String(name), &awscdk.CfnOutputProps{Value: image.ImageId()})
	}
	release(golden, "GoldenId")
	release(database, "DatabaseId")
	release(snapshot, "SnapshotId")
	awscdk.NewCfnOutput(stack, jsii.String("SystemKeyArn"), &awscdk.CfnOutputProps{Value: systemKey.KeyArn()})
	awscdk.NewCfnOutput(stack, jsii.String("DatabaseKeyArn"), &awscdk.CfnOutputProps{Value: databaseKey.KeyArn()})
	app.Synth(nil)
}
