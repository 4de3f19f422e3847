import { ResourceFailure, ResourceRequest, ResourceType } from './resource-type';

/** Wraps a type so that it refuses unknown properties, like CloudFormation when it processes the resource. */
export function withKnownProperties(name: string, type: ResourceType): ResourceType {
  const known = PROPERTIES[name];
  if (known === undefined) {
    return type;
  }
  const check = ({ logicalId, properties }: ResourceRequest): void => {
    const unknown = Object.keys(properties).filter(property => !known.includes(property));
    if (unknown.length > 0) {
      throw new ResourceFailure(`Properties validation failed for resource ${logicalId} with message:\n`
        + unknown.map(property => `#: extraneous key [${property}] is not permitted`).join('\n'));
    }
  };
  return {
    ...type,
    create: request => {
      check(request);
      return type.create(request);
    },
    update: type.update && (request => {
      check(request);
      return type.update!(request);
    }),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::AutoScaling::AutoScalingGroup': words(`
    AutoScalingGroupName AvailabilityZoneDistribution AvailabilityZoneImpairmentPolicy AvailabilityZones CapacityRebalance
    CapacityReservationSpecification Context Cooldown DefaultInstanceWarmup DeletionProtection DesiredCapacity DesiredCapacityType HealthCheckGracePeriod
    HealthCheckType InstanceId InstanceLifecyclePolicy InstanceMaintenancePolicy LaunchConfigurationName LaunchTemplate LifecycleHookSpecificationList
    LoadBalancerNames MaxInstanceLifetime MaxSize MetricsCollection MinSize MixedInstancesPolicy NewInstancesProtectedFromScaleIn
    NotificationConfiguration NotificationConfigurations PlacementGroup ServiceLinkedRoleARN SkipZonalShiftValidation Tags TargetGroupARNs
    TerminationPolicies TrafficSources VPCZoneIdentifier
  `),
  'AWS::AutoScaling::LaunchConfiguration': words(`
    AssociatePublicIpAddress BlockDeviceMappings ClassicLinkVPCId ClassicLinkVPCSecurityGroups EbsOptimized IamInstanceProfile ImageId InstanceId
    InstanceMonitoring InstanceType KernelId KeyName LaunchConfigurationName MetadataOptions PlacementTenancy RamDiskId SecurityGroups SpotPrice UserData
  `),
  'AWS::EC2::EIP': words('Address Domain InstanceId IpamPoolId NetworkBorderGroup PublicIpv4Pool Tags TransferAddress'),
  'AWS::EC2::Instance': words(`
    AdditionalInfo Affinity AvailabilityZone BlockDeviceMappings CpuOptions CreditSpecification DisableApiTermination EbsOptimized
    ElasticGpuSpecifications ElasticInferenceAccelerators EnclaveOptions HibernationOptions HostId HostResourceGroupArn IamInstanceProfile ImageId
    InstanceInitiatedShutdownBehavior InstanceType Ipv6AddressCount Ipv6Addresses KernelId KeyName LaunchTemplate LicenseSpecifications
    MetadataOptions Monitoring NetworkInterfaces PlacementGroupName PrivateDnsNameOptions PrivateIpAddress PropagateTagsToVolumeOnCreation
    RamdiskId SecurityGroupIds SecurityGroups SourceDestCheck SsmAssociations SubnetId Tags Tenancy UserData Volumes
  `),
  'AWS::EC2::InternetGateway': words('Tags'),
  'AWS::EC2::KeyPair': words('KeyFormat KeyName KeyType PublicKeyMaterial Tags'),
  'AWS::EC2::LaunchTemplate': words('LaunchTemplateData LaunchTemplateName TagSpecifications VersionDescription'),
  'AWS::EC2::NatGateway': words(`
    AllocationId AvailabilityMode AvailabilityZoneAddresses ConnectivityType MaxDrainDurationSeconds PrivateIpAddress SecondaryAllocationIds
    SecondaryPrivateIpAddressCount SecondaryPrivateIpAddresses SubnetId Tags VpcId
  `),
  'AWS::EC2::Route': words(`
    CarrierGatewayId CoreNetworkArn DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId EgressOnlyInternetGatewayId GatewayId
    InstanceId LocalGatewayId NatGatewayId NetworkInterfaceId RouteTableId TransitGatewayId VpcEndpointId VpcPeeringConnectionId
  `),
  'AWS::EC2::RouteTable': words('Tags VpcId'),
  'AWS::EC2::SecurityGroup': words('GroupDescription GroupName SecurityGroupEgress SecurityGroupIngress Tags VpcId'),
  'AWS::EC2::SecurityGroupEgress': words(`
    CidrIp CidrIpv6 Description DestinationPrefixListId DestinationSecurityGroupId FromPort GroupId IpProtocol ToPort
  `),
  'AWS::EC2::SecurityGroupIngress': words(`
    CidrIp CidrIpv6 Description FromPort GroupId GroupName IpProtocol SourcePrefixListId SourceSecurityGroupId SourceSecurityGroupName
    SourceSecurityGroupOwnerId ToPort
  `),
  'AWS::EC2::Subnet': words(`
    AssignIpv6AddressOnCreation AvailabilityZone AvailabilityZoneId CidrBlock EnableDns64 EnableLniAtDeviceIndex Ipv4IpamPoolId Ipv4NetmaskLength
    Ipv6CidrBlock Ipv6IpamPoolId Ipv6Native Ipv6NetmaskLength MapPublicIpOnLaunch OutpostArn PrivateDnsNameOptionsOnLaunch Tags VpcId
  `),
  'AWS::EC2::SubnetRouteTableAssociation': words('RouteTableId SubnetId'),
  'AWS::EC2::VPC': words('CidrBlock EnableDnsHostnames EnableDnsSupport InstanceTenancy Ipv4IpamPoolId Ipv4NetmaskLength Tags'),
  'AWS::EC2::VPCGatewayAttachment': words('InternetGatewayId VpcId VpnGatewayId'),
  'AWS::EC2::Volume': words(`
    AutoEnableIO AvailabilityZone AvailabilityZoneId Encrypted Iops KmsKeyId MultiAttachEnabled OutpostArn Size SnapshotId SourceVolumeId Tags
    Throughput VolumeInitializationRate VolumeType
  `),
  'AWS::EC2::VolumeAttachment': words('Device EbsCardIndex InstanceId VolumeId'),
  'AWS::ECR::Repository': words(`
    EmptyOnDelete EncryptionConfiguration ImageScanningConfiguration ImageTagMutability ImageTagMutabilityExclusionFilters LifecyclePolicy
    RepositoryName RepositoryPolicyText Tags
  `),
  'AWS::IAM::InstanceProfile': words('InstanceProfileName Path Roles'),
  'AWS::IAM::ManagedPolicy': words('Description Groups ManagedPolicyName Path PolicyDocument Roles Users'),
  'AWS::IAM::Policy': words('Groups PolicyDocument PolicyName Roles Users'),
  'AWS::IAM::ServiceLinkedRole': words('AWSServiceName CustomSuffix Description'),
  'AWS::IAM::Role': words(`
    AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName Tags
  `),
  'AWS::KMS::Alias': words('AliasName TargetKeyId'),
  'AWS::KMS::Key': words(`
    BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion Origin PendingWindowInDays
    RotationPeriodInDays Tags
  `),
  'AWS::Lambda::Function': words(`
    Architectures CapacityProviderConfig Code CodeSigningConfigArn DeadLetterConfig Description DurableConfig Environment EphemeralStorage
    FileSystemConfigs FunctionName FunctionScalingConfig Handler ImageConfig KmsKeyArn Layers LoggingConfig MemorySize PackageType
    PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions Role Runtime RuntimeManagementConfig SnapStart Tags TenancyConfig Timeout
    TracingConfig VpcConfig
  `),
  'AWS::Lambda::Permission': words(`
    Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal PrincipalOrgID SourceAccount SourceArn
  `),
  'AWS::Logs::LogGroup': words(`
    BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies KmsKeyId LogGroupClass LogGroupName
    ResourcePolicyDocument RetentionInDays Tags
  `),
  'AWS::S3::Bucket': words(`
    AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations BucketEncryption BucketName BucketNamePrefix BucketNamespace
    CorsConfiguration IntelligentTieringConfigurations InventoryConfigurations LifecycleConfiguration LoggingConfiguration MetadataConfiguration
    MetadataTableConfiguration MetricsConfigurations NotificationConfiguration ObjectLockConfiguration ObjectLockEnabled OwnershipControls
    PublicAccessBlockConfiguration ReplicationConfiguration Tags VersioningConfiguration WebsiteConfiguration
  `),
  'AWS::S3::BucketPolicy': words('Bucket PolicyDocument'),
  'AWS::SSM::Parameter': words('AllowedPattern DataType Description Name Policies Tags Tier Type Value'),
  'AWS::StepFunctions::StateMachine': words(`
    Definition DefinitionS3Location DefinitionString DefinitionSubstitutions EncryptionConfiguration LoggingConfiguration RoleArn StateMachineName
    StateMachineType Tags TracingConfiguration
  `),
};

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
