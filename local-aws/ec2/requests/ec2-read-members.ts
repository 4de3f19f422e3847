import { ReadMembers } from '../../wire/service';

const pages = ['MaxResults', 'NextToken'];
const filters = ['Filters'];
const tags = ['TagSpecifications'];
const ebs = ['DeleteOnTermination', 'Encrypted', 'Iops', 'KmsKeyId', 'SnapshotId', 'Throughput', 'VolumeSize', 'VolumeType'].map(name => `BlockDeviceMappings.Ebs.${name}`);
const devices = ['BlockDeviceMappings.DeviceName', 'BlockDeviceMappings.NoDevice', ...ebs];
const permission = (name: string, ...kinds: string[]) => ['Add', 'Remove'].flatMap(change => kinds.map(kind => `${name}.${change}.${kind}`));
const rules = ['GroupId', 'IpPermissions', 'CidrIp', 'IpProtocol', 'FromPort', 'ToPort'];

/** The parameters of a launch that a launch template can have, too. */
const launch = [
  'ImageId', 'InstanceType', 'KeyName', 'UserData', 'DisableApiTermination', 'InstanceInitiatedShutdownBehavior',
  'InstanceMarketOptions.MarketType', 'InstanceMarketOptions.SpotOptions.SpotInstanceType', 'InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior',
  'InstanceMarketOptions.SpotOptions.ValidUntil', 'SecurityGroupIds', 'SecurityGroups', 'EbsOptimized', 'Monitoring.Enabled', 'IamInstanceProfile.Arn', 'IamInstanceProfile.Name', 'Placement.AvailabilityZone',
  'MetadataOptions.HttpEndpoint', 'MetadataOptions.HttpTokens', 'MetadataOptions.HttpPutResponseHopLimit',
  'MetadataOptions.HttpProtocolIpv6', 'MetadataOptions.InstanceMetadataTags',
  'NetworkInterfaces.DeviceIndex=0', 'NetworkInterfaces.SubnetId', 'NetworkInterfaces.Groups', 'NetworkInterfaces.PrivateIpAddress',
  'NetworkInterfaces.AssociatePublicIpAddress', 'NetworkInterfaces.DeleteOnTermination=true', ...devices, ...tags,
];
const launchTemplateData = launch.map(member => `LaunchTemplateData.${member}`);

/** The request members that the local EC2 reads. Filters are checked by name where they are applied. */
export const readMembers: ReadMembers = {
  '*': ['DryRun'],
  'CopyImage': [
    'Name', 'Description', 'SourceImageId', 'SourceRegion', 'Encrypted', 'KmsKeyId', 'CopyImageTags', 'ClientToken', 'SnapshotCopyCompletionDurationMinutes',
    'DestinationAvailabilityZone', 'DestinationAvailabilityZoneId', 'DestinationOutpostArn', ...tags,
  ],
  'CreateImage': ['InstanceId', 'Name', 'Description', 'NoReboot', 'BootModeOverride', ...devices, ...tags],
  'RegisterImage': [
    'Name', 'Description', 'Architecture', 'RootDeviceName', 'VirtualizationType', 'BootMode', 'TpmSupport', 'UefiData', 'ImdsSupport', 'EnaSupport', 'SriovNetSupport',
    'BlockDeviceMappings.VirtualName', ...devices, ...tags,
  ],
  'DescribeImages': ['ImageIds', 'Owners', 'ExecutableUsers', 'IncludeDeprecated', 'IncludeDisabled', ...filters, ...pages],
  'DescribeImageAttribute': ['ImageId', 'Attribute'],
  'ModifyImageAttribute': [
    'ImageId', 'Attribute', 'Value', 'Description.Value', 'ImdsSupport.Value', 'OperationType', 'UserIds', 'UserGroups', 'OrganizationArns', 'OrganizationalUnitArns',
    ...permission('LaunchPermission', 'UserId', 'Group', 'OrganizationArn', 'OrganizationalUnitArn'),
  ],
  'ResetImageAttribute': ['ImageId', 'Attribute'],
  'DeregisterImage': ['ImageId', 'DeleteAssociatedSnapshots'],
  'EnableImageDeregistrationProtection': ['ImageId', 'WithCooldown'],
  'DisableImageDeregistrationProtection': ['ImageId'],
  'EnableImageDeprecation': ['ImageId', 'DeprecateAt'],
  'DisableImageDeprecation': ['ImageId'],
  'DisableImage': ['ImageId'],
  'EnableImage': ['ImageId'],
  'CopySnapshot': [
    'SourceSnapshotId', 'SourceRegion', 'DestinationRegion', 'Description', 'Encrypted', 'KmsKeyId', 'CompletionDurationMinutes',
    // the SDK adds this member
    'PresignedUrl', ...tags,
  ],
  'DescribeSnapshots': ['SnapshotIds', 'OwnerIds', 'RestorableByUserIds', ...filters, ...pages],
  'DeleteSnapshot': ['SnapshotId'],
  'DescribeSnapshotAttribute': ['SnapshotId', 'Attribute'],
  'ModifySnapshotAttribute': [
    'SnapshotId', 'Attribute', 'OperationType', 'UserIds', 'GroupNames', ...permission('CreateVolumePermission', 'UserId', 'Group'),
  ],
  'CreateSnapshot': ['VolumeId', 'Description', ...tags],
  'CreateSnapshots': [
    'InstanceSpecification.InstanceId', 'InstanceSpecification.ExcludeBootVolume', 'InstanceSpecification.ExcludeDataVolumeIds', 'Description', 'CopyTagsFromSource', ...tags,
  ],
  'CreateVolume': ['AvailabilityZone', 'Size', 'SnapshotId', 'VolumeType', 'Iops', 'Throughput', 'Encrypted', 'KmsKeyId', 'ClientToken', ...tags],
  'DeleteVolume': ['VolumeId'],
  'DescribeVolumes': ['VolumeIds', ...filters, ...pages],
  'AttachVolume': ['VolumeId', 'InstanceId', 'Device'],
  'DetachVolume': ['VolumeId', 'InstanceId'],
  'RunInstances': [
    'MinCount', 'MaxCount', 'ClientToken', 'SubnetId', 'PrivateIpAddress', 'LaunchTemplate.LaunchTemplateId', 'LaunchTemplate.LaunchTemplateName',
    'LaunchTemplate.Version', ...launch,
  ],
  'CreateFleet': [
    'Type', 'ClientToken', 'TargetCapacitySpecification.TotalTargetCapacity', 'TargetCapacitySpecification.OnDemandTargetCapacity',
    'TargetCapacitySpecification.SpotTargetCapacity', 'TargetCapacitySpecification.DefaultTargetCapacityType',
    'LaunchTemplateConfigs.LaunchTemplateSpecification', 'LaunchTemplateConfigs.Overrides.InstanceType', 'LaunchTemplateConfigs.Overrides.SubnetId',
    'LaunchTemplateConfigs.Overrides.ImageId', ...tags,
  ],
  'DescribeSpotInstanceRequests': ['SpotInstanceRequestIds', ...filters, ...pages],
  'CancelSpotInstanceRequests': ['SpotInstanceRequestIds'],
  'CreateLaunchTemplate': ['LaunchTemplateName', 'VersionDescription', 'ClientToken', ...launchTemplateData, ...tags],
  'CreateLaunchTemplateVersion': ['LaunchTemplateId', 'LaunchTemplateName', 'SourceVersion', 'VersionDescription', 'ClientToken', ...launchTemplateData],
  'DescribeLaunchTemplates': ['LaunchTemplateIds', 'LaunchTemplateNames', ...filters, ...pages],
  'DescribeLaunchTemplateVersions': ['LaunchTemplateId', 'LaunchTemplateName', 'Versions', ...pages],
  'ModifyLaunchTemplate': ['LaunchTemplateId', 'LaunchTemplateName', 'DefaultVersion', 'ClientToken'],
  'DeleteLaunchTemplate': ['LaunchTemplateId', 'LaunchTemplateName'],
  'DeleteLaunchTemplateVersions': ['LaunchTemplateId', 'LaunchTemplateName', 'Versions'],
  'DescribeInstances': ['InstanceIds', ...filters, ...pages],
  'StartInstances': ['InstanceIds'],
  'StopInstances': ['InstanceIds'],
  'TerminateInstances': ['InstanceIds'],
  'DescribeInstanceAttribute': ['InstanceId', 'Attribute'],
  'ModifyInstanceAttribute': [
    'InstanceId', 'Attribute', 'Value', 'BlockDeviceMappings.DeviceName', 'BlockDeviceMappings.Ebs.DeleteOnTermination', 'DisableApiTermination.Value',
    'EbsOptimized.Value', 'Groups', 'InstanceInitiatedShutdownBehavior.Value', 'InstanceType.Value', 'SourceDestCheck.Value', 'UserData.Value',
  ],
  'DescribeInstanceStatus': ['InstanceIds', 'IncludeAllInstances', ...filters, ...pages],
  'DescribeInstanceTypes': ['InstanceTypes', ...filters, ...pages],
  'DescribeInstanceTypeOfferings': ['LocationType', ...filters, ...pages],
  'GetConsoleOutput': ['InstanceId', 'Latest'],
  'CreateKeyPair': ['KeyName', 'KeyType=ed25519', ...tags],
  'ImportKeyPair': ['KeyName', 'PublicKeyMaterial', ...tags],
  'DescribeKeyPairs': ['KeyNames', 'KeyPairIds'],
  'DeleteKeyPair': ['KeyName', 'KeyPairId'],
  'DescribeVpcs': ['VpcIds', ...filters, ...pages],
  'DescribeSubnets': ['SubnetIds', ...filters, ...pages],
  'DescribeSecurityGroupRules': ['SecurityGroupRuleIds', ...filters, ...pages],
  'DescribeSecurityGroups': ['GroupIds', 'GroupNames', ...filters, ...pages],
  'CreateVpc': ['CidrBlock', ...tags],
  'CreateSubnet': ['VpcId', 'CidrBlock', 'AvailabilityZone', ...tags],
  'CreateSecurityGroup': ['GroupName', 'Description', 'VpcId', ...tags],
  'AuthorizeSecurityGroupIngress': rules,
  'AuthorizeSecurityGroupEgress': rules,
  'RevokeSecurityGroupIngress': rules,
  'RevokeSecurityGroupEgress': rules,
  'DeleteVpc': ['VpcId'],
  'DeleteSubnet': ['SubnetId'],
  'DeleteSecurityGroup': ['GroupId'],
  'DescribeAvailabilityZones': ['ZoneNames', 'ZoneIds', 'AllAvailabilityZones', ...filters],
  'CreateTags': ['Resources', 'Tags'],
  'DeleteTags': ['Resources', 'Tags'],
  'DescribeTags': [...filters, ...pages],
  'GetEbsEncryptionByDefault': [],
  'EnableEbsEncryptionByDefault': [],
  'DisableEbsEncryptionByDefault': [],
  'GetEbsDefaultKmsKeyId': [],
  'ModifyEbsDefaultKmsKeyId': ['KmsKeyId'],
  'ResetEbsDefaultKmsKeyId': [],
};
