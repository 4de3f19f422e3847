"""Each construct as a machine image, for a type checker: each call passes an AMI where aws-cdk-lib requires an IMachineImage.

Keys and roles are imported: for a type checker, kms.Key of aws-cdk-lib is not an IKey and its principals are not an IPrincipal, because names of
their parameters differ (alias, alias_name; _statement, statement).
"""

from aws_cdk import App, Environment, Size, Stack
from aws_cdk import aws_autoscaling as autoscaling
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

INSTANCE_TYPE = ec2.InstanceType("t3.micro")

app = App()
stack = Stack(app, "Images", env=Environment(account="123456789012", region="us-east-1"))
vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab")
data_key = kms.Key.from_key_arn(stack, "DataKey", "arn:aws:kms:us-east-1:123456789012:key/5678abcd-12ab-34cd-56ef-1234567890ab")
role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/Launcher")

copy = EncryptedAmiCopy(
    stack,
    "Copy",
    source_image=ec2.MachineImage.latest_amazon_linux2023(),
    encryption_key=key,
)
multi_key = MultiKeyAmiBuilder(
    stack,
    "MultiKey",
    source_image=copy,
    source_encryption_keys=[key],
    block_devices=[
        AmiBlockDevice(
            device_name="/dev/sdf",
            volume=AmiVolume.ebs(Size.gibibytes(4), encryption_key=data_key),
        ),
    ],
)
model = ec2.Instance(stack, "Model", vpc=vpc, instance_type=INSTANCE_TYPE, machine_image=copy)
instance_ami = InstanceAmi(stack, "InstanceAmi", instance=model, encryption_key=key)

ec2.Instance(stack, "OfMultiKey", vpc=vpc, instance_type=INSTANCE_TYPE, machine_image=multi_key)
ec2.Instance(stack, "OfInstanceAmi", vpc=vpc, instance_type=INSTANCE_TYPE, machine_image=instance_ami)
ec2.LaunchTemplate(stack, "TemplateOfCopy", instance_type=INSTANCE_TYPE, machine_image=copy)
ec2.LaunchTemplate(stack, "TemplateOfMultiKey", instance_type=INSTANCE_TYPE, machine_image=multi_key)
ec2.LaunchTemplate(stack, "TemplateOfInstanceAmi", instance_type=INSTANCE_TYPE, machine_image=instance_ami)
autoscaling.AutoScalingGroup(stack, "Group", vpc=vpc, instance_type=INSTANCE_TYPE, machine_image=copy)


def launch(ami: IAmi, name: str) -> ec2.LaunchTemplate:
    """The interface is a machine image too, and each construct has it."""
    ami.grant_launch(role)
    ami.share_with_accounts("210987654321")
    return ec2.LaunchTemplate(stack, name, instance_type=INSTANCE_TYPE, machine_image=ami)


launch(copy, "LaunchOfCopy")
launch(multi_key, "LaunchOfMultiKey")
launch(instance_ami, "LaunchOfInstanceAmi")

AmiSharing(stack, "Sharing", image_id="ami-0ff8a91507f77f867", account_ids=["210987654321"])

app.synth()
