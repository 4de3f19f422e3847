"""The app of ../typescript/app.ts: its template must be the same, byte for byte."""

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Size, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from cdk_encrypted_ami import (
    AmiBlockDevice,
    AmiSharing,
    AmiVolume,
    EncryptedAmiCopy,
    IAmi,
    InstanceAmi,
    MultiKeyAmiBuilder,
)

app = App()
stack = Stack(app, "Images")
system_key = kms.Key(stack, "SystemKey", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
database_key = kms.Key(stack, "DatabaseKey", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
vpc = ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0)
launcher = iam.Role(stack, "Launcher", assumed_by=iam.AccountRootPrincipal())

golden = EncryptedAmiCopy(
    stack,
    "Golden",
    source_image=ec2.MachineImage.latest_amazon_linux2023(),
    encryption_key=system_key,
    image_name_prefix="golden/al2023",
    timeout=Duration.minutes(30),
)
Tags.of(golden).add("team", "platform")

database = MultiKeyAmiBuilder(
    stack,
    "Database",
    source_image=golden,
    block_devices=[
        AmiBlockDevice(
            device_name="/dev/sdf",
            volume=AmiVolume.ebs(
                Size.gibibytes(4),
                encryption_key=database_key,
                volume_type=ec2.EbsDeviceVolumeType.GP3,
            ),
        ),
    ],
    instance_types=[ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.SMALL)],
    vpc=vpc,
)

server = ec2.Instance(
    stack,
    "Server",
    vpc=vpc,
    vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
    instance_type=ec2.InstanceType("t3.micro"),
    machine_image=database,
)
snapshot = InstanceAmi(
    stack,
    "Snapshot",
    instance=server,
    content_version="1",
    encryption_key=database_key,
    source_encryption_keys=[system_key, database_key],
)
AmiSharing(stack, "Shared", image_id=snapshot.image_id, account_ids=["198765432109"], encryption_keys=[database_key])


def release(ami: IAmi, name: str) -> None:
    ami.share_with_accounts("210987654321")
    ami.grant_launch(launcher)
    CfnOutput(stack, name, value=ami.image_id)


release(golden, "GoldenId")
release(database, "DatabaseId")
release(snapshot, "SnapshotId")
CfnOutput(stack, "SystemKeyArn", value=system_key.key_arn)
CfnOutput(stack, "DatabaseKeyArn", value=database_key.key_arn)
app.synth()
