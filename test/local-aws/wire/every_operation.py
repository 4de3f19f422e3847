"""Calls every operation of the local AWS by boto3 at least once, in states with different responses.

    python every_operation.py URL ACCOUNT REGION FUNCTION STATE_MACHINE SIGNING_ROLE

What is answered is kept by the local AWS itself and read by answers.py; here only what cannot be read at all fails.
"""
import json, sys, time
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

url, account, region, function, machine, role = sys.argv[1:]


def client(name, at=region):
    return boto3.client(name, endpoint_url=url, region_name=at, aws_access_key_id=f'AKIALOCAL{account}', aws_secret_access_key='local', config=Config(retries={'total_max_attempts': 1}))


def refused(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return error.response['Error']['Code']
    raise Exception(f'{call.__name__} was not refused')


def until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.02)
    raise Exception('waited in vain')


ec2, kms, ssm, sts, logs, trail, states, functions, stacks = [client(name) for name in ('ec2', 'kms', 'ssm', 'sts', 'logs', 'cloudtrail', 'stepfunctions', 'lambda', 'cloudformation')]
tagged = lambda kind: [{'ResourceType': kind, 'Tags': [{'Key': 'a', 'Value': '<&>'}]}]
image_of = lambda image: ec2.describe_images(ImageIds=[image])['Images'][0]
state_of = lambda image: image_of(image)['State']


def keys():
    made = kms.create_key(Description='boto3', Tags=[{'TagKey': 'a', 'TagValue': 'b'}], MultiRegion=True)['KeyMetadata']
    key = made['KeyId']
    for spec, usage in (('RSA_2048', 'ENCRYPT_DECRYPT'), ('ECC_NIST_P256', 'SIGN_VERIFY'), ('HMAC_256', 'GENERATE_VERIFY_MAC')):
        kms.describe_key(KeyId=kms.create_key(KeySpec=spec, KeyUsage=usage)['KeyMetadata']['KeyId'])
    kms.create_alias(AliasName='alias/boto3', TargetKeyId=key)
    kms.update_alias(AliasName='alias/boto3', TargetKeyId=key)
    kms.describe_key(KeyId='alias/boto3')
    kms.describe_key(KeyId='alias/aws/ebs')
    kms.list_keys()
    kms.list_aliases()
    kms.tag_resource(KeyId=key, Tags=[{'TagKey': 'c', 'TagValue': 'd'}])
    kms.untag_resource(KeyId=key, TagKeys=['c'])
    kms.list_resource_tags(KeyId=key)
    kms.put_key_policy(KeyId=key, Policy=kms.get_key_policy(KeyId=key)['Policy'])
    kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key)
    kms.get_key_rotation_status(KeyId=key)
    kms.disable_key_rotation(KeyId=key)
    kms.update_key_description(KeyId=key, Description='<&>')
    other = kms.create_key()['KeyMetadata']['KeyId']
    kms.disable_key(KeyId=other)
    kms.describe_key(KeyId=other)
    kms.enable_key(KeyId=other)
    kms.schedule_key_deletion(KeyId=other, PendingWindowInDays=7)
    kms.describe_key(KeyId=other)
    refused(kms.enable_key, KeyId=other)
    kms.cancel_key_deletion(KeyId=other)
    kms.create_alias(AliasName='alias/gone', TargetKeyId=other)
    kms.delete_alias(AliasName='alias/gone')
    refused(kms.describe_key, KeyId='alias/gone')
    return made['Arn'], other


def network():
    ec2.describe_availability_zones()
    ec2.describe_availability_zones(AllAvailabilityZones=True)
    vpc = ec2.create_vpc(CidrBlock='10.7.0.0/16', TagSpecifications=tagged('vpc'))['Vpc']['VpcId']
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock='10.7.1.0/24', AvailabilityZone=f'{region}a')['Subnet']['SubnetId']
    group = ec2.create_security_group(GroupName='g', Description='d', VpcId=vpc)['GroupId']
    rule = [{'IpProtocol': 'tcp', 'FromPort': 22, 'ToPort': 22, 'IpRanges': [{'CidrIp': '10.0.0.0/8'}]}]
    for grant, revoke in ((ec2.authorize_security_group_ingress, ec2.revoke_security_group_ingress), (ec2.authorize_security_group_egress, ec2.revoke_security_group_egress)):
        grant(GroupId=group, IpPermissions=rule)
        ec2.describe_security_groups(GroupIds=[group])
        ec2.describe_security_group_rules(Filters=[{'Name': 'group-id', 'Values': [group]}])
        revoke(GroupId=group, IpPermissions=rule)
    for describe in (ec2.describe_vpcs, ec2.describe_subnets, ec2.describe_security_groups):
        describe()
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    refused(ec2.describe_vpcs, VpcIds=[vpc])


def instances():
    ec2.describe_instance_types(InstanceTypes=['t3.micro'])
    ec2.describe_instance_type_offerings(LocationType='availability-zone', Filters=[{'Name': 'instance-type', 'Values': ['t3.micro']}])
    linux = ec2.describe_images(Owners=['amazon'], Filters=[{'Name': 'name', 'Values': ['al2023*x86_64']}])['Images'][0]['ImageId']
    windows = ec2.describe_images(Owners=['amazon'], Filters=[{'Name': 'platform', 'Values': ['windows']}])['Images'][0]['ImageId']
    run = lambda image, **more: ec2.run_instances(ImageId=image, InstanceType='t3.micro', MinCount=1, MaxCount=1, **more)['Instances'][0]['InstanceId']
    instance, other = run(linux, TagSpecifications=tagged('instance'), UserData='#!/bin/sh'), run(windows)
    name = lambda one: ec2.describe_instances(InstanceIds=[one])['Reservations'][0]['Instances'][0]['State']['Name']
    ec2.describe_instance_status(IncludeAllInstances=True)
    until(lambda: name(instance) == 'running')
    ec2.describe_instance_status()
    for attribute in ('instanceType', 'disableApiTermination', 'instanceInitiatedShutdownBehavior', 'rootDeviceName', 'blockDeviceMapping', 'ebsOptimized'):
        try:
            ec2.describe_instance_attribute(InstanceId=instance, Attribute=attribute)
        except ClientError:
            pass
    ec2.create_key_pair(KeyName='made', KeyType='ed25519', TagSpecifications=tagged('key-pair'))
    ec2.import_key_pair(KeyName='imported', PublicKeyMaterial=b'ssh-ed25519 AAAA')
    ec2.describe_key_pairs()
    ec2.delete_key_pair(KeyName='imported')
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={'Value': True})
    refused(ec2.terminate_instances, InstanceIds=[instance])
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={'Value': False})
    until(lambda: ec2.get_console_output(InstanceId=instance).get('Output'))
    zone = ec2.describe_instances(InstanceIds=[instance])['Reservations'][0]['Instances'][0]['Placement']['AvailabilityZone']
    volume = ec2.create_volume(AvailabilityZone=zone, Size=5, VolumeType='gp3', Encrypted=True, TagSpecifications=tagged('volume'))['VolumeId']
    shown = lambda: ec2.describe_volumes(VolumeIds=[volume])['Volumes'][0]
    until(lambda: shown()['State'] == 'available')
    ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device='/dev/sdf')
    until(lambda: shown()['State'] == 'in-use' and shown()['Attachments'][0]['State'] == 'attached')
    made = ec2.create_image(InstanceId=instance, Name='of an instance', NoReboot=True, TagSpecifications=tagged('image'))['ImageId']
    image_of(made)
    ec2.create_snapshots(InstanceSpecification={'InstanceId': instance}, Description='d', CopyTagsFromSource='volume')
    until(lambda: state_of(made) == 'available')
    ec2.stop_instances(InstanceIds=[instance])
    until(lambda: name(instance) == 'stopped')
    ec2.detach_volume(VolumeId=volume)
    until(lambda: shown()['State'] == 'available')
    snapshot = ec2.create_snapshot(VolumeId=volume, Description='d', TagSpecifications=tagged('snapshot'))['SnapshotId']
    ec2.describe_snapshots(SnapshotIds=[snapshot])
    until(lambda: ec2.describe_snapshots(SnapshotIds=[snapshot])['Snapshots'][0]['State'] == 'completed')
    ec2.delete_volume(VolumeId=volume)
    until(lambda: not succeeded(ec2.describe_volumes, VolumeIds=[volume]))
    ec2.start_instances(InstanceIds=[instance])
    ec2.terminate_instances(InstanceIds=[instance, other])
    ec2.describe_instances(InstanceIds=[instance])
    until(lambda: name(instance) == 'terminated')
    ec2.describe_instances()
    ec2.describe_volumes()
    spot = ec2.run_instances(ImageId=linux, InstanceType='t3.micro', MinCount=1, MaxCount=1, TagSpecifications=tagged('spot-instances-request'), InstanceMarketOptions={
        'MarketType': 'spot', 'SpotOptions': {'SpotInstanceType': 'persistent', 'InstanceInterruptionBehavior': 'stop'}})['Instances'][0]
    request = spot['SpotInstanceRequestId']
    ec2.describe_spot_instance_requests(SpotInstanceRequestIds=[request])
    ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[request])
    refused(ec2.cancel_spot_instance_requests, SpotInstanceRequestIds=['sir-1'])
    ec2.terminate_instances(InstanceIds=[spot['InstanceId']])
    ec2.describe_spot_instance_requests(Filters=[{'Name': 'state', 'Values': ['cancelled']}])
    return linux, snapshot


def images(source, snapshot, key, disabled):
    for attribute in ('description', 'launchPermission', 'blockDeviceMapping', 'bootMode', 'imdsSupport', 'deregistrationProtection'):
        try:
            ec2.describe_image_attribute(ImageId=source, Attribute=attribute)
        except ClientError:
            pass
    image = ec2.copy_image(Name='boto3', SourceRegion=region, SourceImageId=source, Encrypted=True, KmsKeyId=key, TagSpecifications=tagged('image') + tagged('snapshot'))['ImageId']
    abroad = client('ec2', 'eu-west-1')
    there = abroad.copy_image(Name='abroad', SourceRegion=region, SourceImageId=source)['ImageId']
    abroad.describe_images(ImageIds=[there])
    kms.disable_key(KeyId=disabled)
    bad = None
    try:
        bad = ec2.copy_image(Name='bad', SourceRegion=region, SourceImageId=source, Encrypted=True, KmsKeyId=disabled)['ImageId']
    except ClientError:
        pass
    image_of(image)
    ec2.describe_snapshots(OwnerIds=['self'])
    until(lambda: state_of(image) == 'available')
    until(lambda: bad is None or state_of(bad) == 'failed')
    ec2.describe_snapshots(OwnerIds=['self'])
    ec2.modify_image_attribute(ImageId=image, Description={'Value': '<&>'})
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={'Add': [{'UserId': '210987654321'}]})
    for attribute in ('description', 'launchPermission'):
        ec2.describe_image_attribute(ImageId=image, Attribute=attribute)
    ec2.reset_image_attribute(ImageId=image, Attribute='launchPermission')
    ec2.enable_image_deprecation(ImageId=image, DeprecateAt=time.time() + 10 ** 8)
    image_of(image)
    ec2.disable_image_deprecation(ImageId=image)
    ec2.enable_image_deregistration_protection(ImageId=image)
    refused(ec2.deregister_image, ImageId=image)
    image_of(image)
    ec2.disable_image_deregistration_protection(ImageId=image)
    ec2.disable_image(ImageId=image)
    ec2.describe_images(Owners=['self'], IncludeDisabled=True)
    ec2.enable_image(ImageId=image)
    ec2.create_tags(Resources=[image], Tags=[{'Key': 'c', 'Value': ''}])
    ec2.describe_tags()
    ec2.delete_tags(Resources=[image], Tags=[{'Key': 'c'}])
    copied = ec2.copy_snapshot(SourceRegion=region, SourceSnapshotId=snapshot, Encrypted=True, KmsKeyId=key)['SnapshotId']
    ec2.describe_snapshots(SnapshotIds=[copied])
    until(lambda: ec2.describe_snapshots(SnapshotIds=[copied])['Snapshots'][0]['State'] == 'completed')
    ec2.modify_snapshot_attribute(SnapshotId=copied, CreateVolumePermission={'Add': [{'UserId': '210987654321'}]})
    ec2.describe_snapshot_attribute(SnapshotId=copied, Attribute='createVolumePermission')
    registered = ec2.register_image(Name='registered', RootDeviceName='/dev/xvda', Architecture='x86_64', VirtualizationType='hvm', EnaSupport=True,
        BlockDeviceMappings=[{'DeviceName': '/dev/xvda', 'Ebs': {'SnapshotId': copied, 'VolumeType': 'gp3'}}, {'DeviceName': '/dev/sdb', 'VirtualName': 'ephemeral0'}])['ImageId']
    image_of(registered)
    refused(ec2.delete_snapshot, SnapshotId=copied)
    ec2.deregister_image(ImageId=registered)
    until(lambda: not ec2.describe_images(Filters=[{'Name': 'image-id', 'Values': [registered]}])['Images'])
    until(lambda: succeeded(ec2.delete_snapshot, SnapshotId=copied))
    ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    ec2.describe_images(Owners=['self', 'amazon'])
    refused(ec2.describe_images, ImageIds=['ami-1'])


def launch_templates(image):
    made = ec2.create_launch_template(LaunchTemplateName='boto3', LaunchTemplateData={'ImageId': image, 'InstanceType': 't3.micro'}, VersionDescription='<&>', TagSpecifications=tagged('launch-template'))
    template = made['LaunchTemplate']['LaunchTemplateId']
    ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion='1', LaunchTemplateData={'InstanceType': 't3.small'})
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion='2')
    ec2.describe_launch_templates(LaunchTemplateNames=['boto3'])
    ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=['$Default', '1'])
    ec2.create_fleet(Type='instant', TargetCapacitySpecification={'TotalTargetCapacity': 1, 'DefaultTargetCapacityType': 'on-demand'},
        LaunchTemplateConfigs=[{'LaunchTemplateSpecification': {'LaunchTemplateId': template, 'Version': '$Latest'}}])
    ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=['1'])
    ec2.delete_launch_template(LaunchTemplateId=template)
    refused(ec2.describe_launch_templates, LaunchTemplateIds=[template])


def succeeded(call, **given):
    try:
        call(**given)
        return True
    except ClientError:
        return False


def defaults(key):
    ec2.enable_ebs_encryption_by_default()
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    ec2.get_ebs_encryption_by_default()
    ec2.get_ebs_default_kms_key_id()
    ec2.reset_ebs_default_kms_key_id()
    ec2.disable_ebs_encryption_by_default()


def parameters():
    ssm.put_parameter(Name='/boto3/p', Value='<&>', Type='String', Description='d')
    ssm.get_parameter(Name='/boto3/p')
    ssm.get_parameters(Names=['/boto3/p', '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64', '/none'])
    refused(ssm.put_parameter, Name='/boto3/p', Value='v', Type='String')
    ssm.delete_parameter(Name='/boto3/p')
    refused(ssm.get_parameter, Name='/boto3/p')


def others():
    sts.get_caller_identity()
    sts.assume_role(RoleArn=role, RoleSessionName='session')
    functions.get_function(FunctionName=function)
    functions.invoke(FunctionName=function, Payload=b'{}')
    until(lambda: logs.filter_log_events(logGroupName='/aws/lambda/f')['events'])
    begun = states.start_execution(stateMachineArn=machine, input='{}')['executionArn']
    shown = lambda: states.describe_execution(executionArn=begun)
    shown()
    states.stop_execution(executionArn=begun)
    shown()
    until(lambda: shown()['status'] != 'RUNNING')
    refused(states.describe_execution, executionArn=begun + 'x')
    states.describe_state_machine(stateMachineArn=machine)
    states.list_executions(stateMachineArn=machine, statusFilter='ABORTED')
    page = states.get_execution_history(executionArn=begun, maxResults=1)
    states.get_execution_history(executionArn=begun, maxResults=100, nextToken=page['nextToken'], includeExecutionData=False)
    refused(states.start_execution, stateMachineArn=machine, name=begun.split(':')[-1], input='{}')
    trail.lookup_events()


def deployments(linux):
    template = lambda description, **more: json.dumps({
        'Description': description,
        'Parameters': {'P': {'Type': 'String', 'Default': 'p', 'Description': 'd'}, 'Secret': {'Type': 'String', 'Default': 's', 'NoEcho': True}},
        'Resources': {'Key': {'Type': 'AWS::KMS::Key', 'Properties': {'Description': {'Ref': 'P'}}}, **more},
        'Outputs': {'Arn': {'Value': {'Fn::GetAtt': ['Key', 'Arn']}, 'Export': {'Name': 'boto3-arn'}, 'Description': 'd'}},
    })
    settled = lambda name: until(lambda: not stacks.describe_stacks(StackName=name)['Stacks'][0]['StackStatus'].endswith('_IN_PROGRESS'))
    bad = {'Bad': {'Type': 'AWS::EC2::Instance', 'Properties': {'ImageId': 'ami-00000000000000001', 'InstanceType': 't3.micro'}}}
    stacks.create_stack(StackName='boto3', TemplateBody=template('one'), Tags=[{'Key': 'a', 'Value': '<&>'}], Parameters=[{'ParameterKey': 'P', 'ParameterValue': '<&>'}])
    stacks.describe_stacks(StackName='boto3')
    settled('boto3')
    stacks.update_stack(StackName='boto3', TemplateBody=template('two', More={'Type': 'AWS::SSM::Parameter', 'Properties': {'Type': 'String', 'Value': 'v'}}))
    stacks.describe_stacks()
    settled('boto3')
    refused(stacks.update_stack, StackName='boto3', UsePreviousTemplate=True)
    stacks.update_stack(StackName='boto3', TemplateBody=template('three', **bad))
    settled('boto3')
    stacks.create_stack(StackName='bad', TemplateBody=template('four', **bad).replace('boto3-arn', 'bad-arn'), DisableRollback=True)
    settled('bad')
    stacks.create_change_set(StackName='boto3', ChangeSetName='c', TemplateBody=template('five'), Capabilities=['CAPABILITY_IAM'])
    changes = lambda name: stacks.describe_change_set(StackName='boto3', ChangeSetName=name)
    until(lambda: changes('c')['Status'] == 'CREATE_COMPLETE')
    stacks.create_change_set(StackName='boto3', ChangeSetName='d', TemplateBody=template('six'))
    stacks.list_change_sets(StackName='boto3')
    stacks.delete_change_set(StackName='boto3', ChangeSetName='d')
    stacks.execute_change_set(StackName='boto3', ChangeSetName='c')
    settled('boto3')
    stacks.create_change_set(StackName='reviewed', ChangeSetName='c', ChangeSetType='CREATE', TemplateBody=template('seven').replace('boto3-arn', 'reviewed-arn'))
    stacks.describe_stack_events(StackName='reviewed')
    for name in ('boto3', 'bad'):
        stacks.describe_stack_events(StackName=name)
        stacks.describe_stack_resources(StackName=name)
        stacks.list_stack_resources(StackName=name)
        stacks.get_template(StackName=name)
        stacks.get_template_summary(StackName=name)
        stacks.describe_stack_resource(StackName=name, LogicalResourceId='Key')
    stacks.validate_template(TemplateBody=template('eight'))
    stacks.list_exports()
    stacks.update_termination_protection(StackName='boto3', EnableTerminationProtection=True)
    refused(stacks.delete_stack, StackName='boto3')
    stacks.update_termination_protection(StackName='boto3', EnableTerminationProtection=False)
    ids = [stacks.describe_stacks(StackName=name)['Stacks'][0]['StackId'] for name in ('boto3', 'bad')]
    for id in ids:
        stacks.delete_stack(StackName=id)
        stacks.describe_stacks(StackName=id)
        settled(id)
        stacks.describe_stack_events(StackName=id)
    stacks.list_stacks()
    rollbacks(settled, template, bad)
    refused(stacks.describe_stacks, StackName='boto3')


def rollbacks(settled, template, bad):
    stacks.create_stack(StackName='rolled', TemplateBody=template('r'), DisableRollback=True)
    settled('rolled')
    stacks.update_stack(StackName='rolled', TemplateBody=template('s', **bad), DisableRollback=True)
    settled('rolled')
    stacks.rollback_stack(StackName='rolled')
    settled('rolled')
    targets = [kms.create_key()['KeyMetadata']['KeyId'] for _ in range(2)]
    # its function never answers, which CloudFormation waits for a second of this machine
    silent = {'Silent': {'Type': 'Custom::Silent', 'DependsOn': 'Alias', 'Properties': {'ServiceToken': function, 'ServiceTimeout': '600'}}}
    aliased = lambda target, **more: json.dumps({'Resources': {'Alias': {'Type': 'AWS::KMS::Alias', 'Properties': {'AliasName': 'alias/stuck', 'TargetKeyId': target}}, **more}})
    status = lambda name: stacks.describe_stacks(StackName=name)['Stacks'][0]['StackStatus']
    updated = lambda: stacks.describe_stack_resource(StackName='stuck', LogicalResourceId='Alias')['StackResourceDetail']['ResourceStatus'] == 'UPDATE_COMPLETE'
    stacks.create_stack(StackName='stuck', TemplateBody=aliased(targets[0]))
    settled('stuck')
    stacks.update_stack(StackName='stuck', TemplateBody=aliased(targets[1], **silent))
    until(updated)
    stacks.cancel_update_stack(StackName='stuck')
    settled('stuck')
    stacks.update_stack(StackName='stuck', TemplateBody=aliased(targets[1], **silent))
    until(updated)
    kms.delete_alias(AliasName='alias/stuck')
    settled('stuck')
    if status('stuck') != 'UPDATE_ROLLBACK_FAILED':
        raise Exception(status('stuck'))
    stacks.describe_stack_events(StackName='stuck')
    stacks.continue_update_rollback(StackName='stuck', ResourcesToSkip=['Alias'])
    settled('stuck')
    for name in ('rolled', 'stuck'):
        stacks.describe_stacks(StackName=name)
        stacks.describe_stack_events(StackName=name)
        stacks.delete_stack(StackName=name)


key, disabled = keys()
network()
linux, snapshot = instances()
images(linux, snapshot, key, disabled)
launch_templates(linux)
defaults(key)
parameters()
others()
deployments(linux)
