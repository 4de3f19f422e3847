import {
  DescribeInstancesCommand, DescribeKeyPairsCommand, DescribeSecurityGroupRulesCommand, DescribeSecurityGroupsCommand, DescribeSubnetsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { att, aws, deploy, ec2 } from './deploy-types';
import { AwsError } from '../../../../local-aws/aws-call';
import { StackResult } from '../../../../local-aws/deployment';
import { arnOf } from '../../../../local-aws/kms/key';

describe('instances and networks', () => {
  const instance = (properties: object) => ({
    Instance: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 't3.micro', ...properties } },
  });

  test('creates an instance when it runs, replaces it for another image, and terminates it with its stack', async () => {
    const [first, second] = [aws.ec2.addImage({ name: 'first' }), aws.ec2.addImage({ name: 'second' })];
    const made = await deploy(instance({ ImageId: first.id, Tags: [{ Key: 'a', Value: '1' }] }), { Ip: att('Instance', 'PrivateIp') });
    expect(made).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(made.outputs.Ip).toMatch(/^172\./);

    const tagged = await deploy(instance({ ImageId: first.id, Tags: [{ Key: 'b', Value: '2' }] }));
    expect(tagged.resources.Instance.physicalId).toBe(made.resources.Instance.physicalId);
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [made.resources.Instance.physicalId!] }));
    expect(Reservations?.[0].Instances?.[0]).toMatchObject({ State: { Name: 'running' }, Tags: [{ Key: 'b', Value: '2' }] });

    const replaced = await deploy(instance({ ImageId: second.id }));
    expect(replaced.resources.Instance.physicalId).not.toBe(made.resources.Instance.physicalId);
    expect(aws.ec2.counts()).toMatchObject({ instances: 1, volumes: 1 });

    expect((await aws.destroy('Types')).status).toBe('DELETE_COMPLETE');
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  });

  test('launches an instance with its own devices, whose volumes have its tags', async () => {
    const { outputs, failures, resources } = await deploy({
      Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [] } },
      ...instance({
        ImageId: aws.ec2.addImage({ name: 'image' }).id,
        IamInstanceProfile: { Ref: 'Profile' },
        Tags: [{ Key: 'a', Value: '1' }],
        PropagateTagsToVolumeOnCreation: true,
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 9, VolumeType: 'gp3', Encrypted: true } }, { DeviceName: '/dev/sdf', NoDevice: {} }],
      }),
    }, { Name: att('Instance', 'PrivateDnsName') });
    expect(failures).toEqual([]);
    expect(outputs.Name).toMatch(/\.ec2\.internal$/);
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [resources.Instance.physicalId!] }] }));
    expect(Volumes).toMatchObject([{ Size: 9, VolumeType: 'gp3', Encrypted: true, Tags: [{ Key: 'a', Value: '1' }] }]);
  });

  test("fails with the instance's state reason, when a launch fails late", async () => {
    const key = aws.kms.addKey();
    const image = aws.ec2.addImage({ name: 'encrypted', devices: [{ deviceName: '/dev/xvda', kmsKeyId: `arn:aws:kms:us-east-1:123456789012:key/${key.keyId}` }] });
    key.state = 'Disabled';

    const result = await deploy(instance({ ImageId: image.id }));

    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.failures).toEqual([expect.stringMatching(/^Instance: Instance i-\w+ failed to stabilize\. Current state: (shutting-down|terminated)\. Reason: Client\./)]);
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  });

  test('waits for an instance that EC2 does not find yet, and fails with its other errors', async () => {
    const answer = (code: string) => aws.faults.add({ matches: 'ec2:DescribeInstances', error: new AwsError(code, `says ${code}`), times: 1 });
    const { id } = aws.ec2.addImage({ name: 'image' });
    answer('InvalidInstanceID.NotFound');
    expect((await deploy(instance({ ImageId: id }))).failures).toEqual([]);
    await aws.destroy('Types');
    answer('UnauthorizedOperation');
    expect((await deploy(instance({ ImageId: id }))).failures).toEqual(['Instance: says UnauthorizedOperation (Service: Ec2, Status Code: 400, Error Code: UnauthorizedOperation)']);
  });

  test('launches an instance with the properties of its launch template', async () => {
    const image = aws.ec2.addImage({ name: 'image' });
    const template = { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required' } } } };

    const result = await deploy({
      Template: template,
      ...instance({ ImageId: image.id, LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' }, Version: att('Template', 'LatestVersionNumber') } }),
    });

    expect(result.failures).toEqual([]);
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [result.resources.Instance.physicalId!] }));
    expect(Reservations?.[0].Instances?.[0].MetadataOptions?.HttpTokens).toBe('required');
  });

  test('creates a security group without a VPC in the default VPC, with its VpcId and without egress rules', async () => {
    const group = (properties: object) => ({ Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'group', ...properties } });
    const SecurityGroupEgress = [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }];
    const made = await deploy({ Any: group({}), Closed: group({ VpcId: att('Any', 'VpcId'), SecurityGroupEgress }) });
    expect(made).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    const GroupIds = [made.resources.Any, made.resources.Closed].map(({ physicalId }) => physicalId!);
    const [any, closed] = (await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }))).SecurityGroups!;
    expect(any.VpcId).toMatch(/^vpc-/);
    expect(closed.VpcId).toBe(any.VpcId);
    await aws.destroy('Types');

    const refused = await deploy({ Group: group({ SecurityGroupEgress }) });
    expect(refused.failures.join()).toContain('SecurityGroupEgress cannot be specified without VpcId');
  });

  test('creates and deletes a network', async () => {
    const image = aws.ec2.addImage({ name: 'image' });
    const result = await deploy({
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
      Subnet: {
        Type: 'AWS::EC2::Subnet',
        Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: { 'Fn::Select': [0, { 'Fn::Cidr': [att('Vpc', 'CidrBlock'), 2, 8] }] }, AvailabilityZone: { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] } },
      },
      Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'group', VpcId: { Ref: 'Vpc' } } },
      Gateway: { Type: 'AWS::EC2::InternetGateway' },
      Attachment: { Type: 'AWS::EC2::VPCGatewayAttachment', Properties: { VpcId: { Ref: 'Vpc' }, InternetGatewayId: { Ref: 'Gateway' } } },
      Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' } } },
      Route: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: { Ref: 'Table' }, DestinationCidrBlock: '0.0.0.0/0', GatewayId: { Ref: 'Gateway' } } },
      Association: { Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties: { RouteTableId: { Ref: 'Table' }, SubnetId: { Ref: 'Subnet' } } },
      Address: { Type: 'AWS::EC2::EIP' },
      Nat: { Type: 'AWS::EC2::NatGateway', Properties: { SubnetId: { Ref: 'Subnet' }, AllocationId: att('Address', 'AllocationId') } },
      ...instance({ ImageId: image.id, SubnetId: { Ref: 'Subnet' }, SecurityGroupIds: [att('Group', 'GroupId')] }),
    });
    expect(result).toMatchObject({ status: 'CREATE_COMPLETE', failures: [], unknownTypes: [] });
    const SubnetIds = [result.resources.Subnet.physicalId!];
    expect((await ec2.send(new DescribeSubnetsCommand({ SubnetIds }))).Subnets?.[0]).toMatchObject({ CidrBlock: '10.0.0.0/24', AvailabilityZone: 'us-east-1b' });

    expect((await aws.destroy('Types')).status).toBe('DELETE_COMPLETE');
    await expect(ec2.send(new DescribeSubnetsCommand({ SubnetIds }))).rejects.toMatchObject({ name: 'InvalidSubnetID.NotFound' });
  });
});

describe('volumes', () => {
  const ZONE = 'us-east-1a';
  const volume = (properties: object) => ({ Volume: { Type: 'AWS::EC2::Volume', Properties: { AvailabilityZone: ZONE, Size: 8, ...properties } } });

  test('a volume is encrypted with its key, attached to an instance, tagged in place, and replaced for another key', async () => {
    const image = aws.ec2.addImage({ name: 'image' });
    const [first, second] = [arnOf(aws.kms.addKey()), arnOf(aws.kms.addKey())];
    const resources = (properties: object, Device = '/dev/sdf') => ({
      Instance: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 't3.micro', ImageId: image.id, AvailabilityZone: ZONE } },
      ...volume({ Encrypted: true, VolumeType: 'gp3', Iops: 3100, Throughput: 130, ...properties }),
      Attachment: { Type: 'AWS::EC2::VolumeAttachment', Properties: { Device, InstanceId: { Ref: 'Instance' }, VolumeId: { Ref: 'Volume' } } },
    });
    const made = await deploy(resources({ KmsKeyId: first, Tags: [{ Key: 'a', Value: '1' }] }));
    expect(made).toMatchObject({ status: 'CREATE_COMPLETE', failures: [], unknownTypes: [] });
    const [id, instanceId] = [made.resources.Volume, made.resources.Instance].map(({ physicalId }) => physicalId!);
    expect(await described(id)).toMatchObject({
      KmsKeyId: first,
      Size: 8,
      VolumeType: 'gp3',
      Iops: 3100,
      Throughput: 130,
      State: 'in-use',
      Tags: [{ Key: 'a', Value: '1' }],
      Attachments: [{ InstanceId: instanceId, Device: '/dev/sdf', State: 'attached' }],
    });

    const tagged = await deploy(resources({ KmsKeyId: first, Tags: [{ Key: 'b', Value: '2' }] }));
    expect(tagged.resources.Volume.physicalId).toBe(id);
    expect((await described(id)).Tags).toEqual([{ Key: 'b', Value: '2' }]);

    const resized = await deploy(resources({ KmsKeyId: first, Tags: [{ Key: 'b', Value: '2' }], Size: 9 }));
    expect(resized).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', failures: [expect.stringContaining('the local AWS has no ec2:ModifyVolume')] });

    const replaced = await deploy(resources({ KmsKeyId: second, Size: 9 }, '/dev/sdg'));
    expect(replaced).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(await described(replaced.resources.Volume.physicalId!)).toMatchObject({ KmsKeyId: second, Size: 9, Attachments: [{ Device: '/dev/sdg' }] });
    await expect(described(id)).rejects.toMatchObject({ name: 'InvalidVolume.NotFound' });

    aws.faults.add({ matches: 'ec2:DetachVolume', error: new AwsError('UnauthorizedOperation', 'no') });
    const stuck = await aws.destroy('Types');
    expect(stuck.status).toBe('DELETE_FAILED');
    expect(stuck.failures[0]).toBe('Attachment: no (Service: Ec2, Status Code: 400, Error Code: UnauthorizedOperation)');
    aws.faults.clear();
    expect((await aws.destroy('Types')).status).toBe('DELETE_COMPLETE');
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  });

  test.each([
    ['whose key is disabled', () => {
      const key = aws.kms.addKey();
      key.state = 'Disabled';
      return { Encrypted: true, KmsKeyId: arnOf(key) };
    }, /^Volume: .*\(Service: Ec2, Status Code: 400, Error Code: InvalidVolume\.NotFound\)$/],
    ['without a zone', () => ({ AvailabilityZone: null }), /required key \[AvailabilityZone\] not found/],
    ['with an unknown property', () => ({ Sise: 2 }), /extraneous key \[Sise\] is not permitted/],
  ] as const)('a volume %s fails, and leaves nothing', async (_title, properties, message) => {
    const result = await deploy(volume(properties()));
    expect(result).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [expect.stringMatching(message)] });
    expect(aws.ec2.counts()).toMatchObject({ volumes: 0 });
  });

  async function described(id: string) {
    return (await ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes![0];
  }
});

describe('security groups', () => {
  const vpc = { Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } } };
  const group = (properties: object) => ({ Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'group', VpcId: { Ref: 'Vpc' }, ...properties } });
  const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 };
  const anywhere = { ...https, CidrIp: '0.0.0.0/0' };

  test('a group has the rules of its properties, and no others', async () => {
    const made = await deploy({ ...vpc, Group: group({ SecurityGroupIngress: [anywhere], SecurityGroupEgress: [{ ...https, CidrIp: '10.0.0.0/8' }] }), Open: group({}) });
    expect(made.failures).toEqual([]);
    expect(await rules(made, 'Group')).toEqual(['from tcp 443 0.0.0.0/0', 'to tcp 443 10.0.0.0/8']);
    expect(await rules(made, 'Open')).toEqual(['to -1 -1 0.0.0.0/0']);

    const changed = await deploy({ ...vpc, Group: group({ SecurityGroupIngress: [{ ...https, CidrIpv6: '::/0' }] }), Open: group({}) });
    expect(changed.resources.Group.physicalId).toBe(made.resources.Group.physicalId);
    expect(await rules(changed, 'Group')).toEqual(['from tcp 443 ::/0', 'to -1 -1 0.0.0.0/0']);
  });

  test('rules between two groups are created, replaced and deleted by themselves', async () => {
    const ingress = (properties: object) => ({
      Type: 'AWS::EC2::SecurityGroupIngress', Properties: { GroupId: att('Group', 'GroupId'), SourceSecurityGroupId: att('Client', 'GroupId'), ...properties },
    });
    const egress = {
      Type: 'AWS::EC2::SecurityGroupEgress', Properties: { GroupId: att('Client', 'GroupId'), DestinationSecurityGroupId: att('Group', 'GroupId'), ...https },
    };
    const groups = { ...vpc, Group: group({}), Client: group({ SecurityGroupEgress: [{ ...https, CidrIp: '10.0.0.0/8' }] }) };
    const made = await deploy({ ...groups, In: ingress(https), Out: egress });
    expect(made).toMatchObject({ status: 'CREATE_COMPLETE', failures: [], unknownTypes: [] });
    const [groupId, clientId] = [made.resources.Group, made.resources.Client].map(({ physicalId }) => physicalId!);
    expect(await rules(made, 'Group')).toEqual([`from tcp 443 ${clientId}`, 'to -1 -1 0.0.0.0/0']);
    expect(await rules(made, 'Client')).toEqual(['to tcp 443 10.0.0.0/8', `to tcp 443 ${groupId}`]);
    const { SecurityGroupRules: [{ SecurityGroupRuleId }] } = await describeRules(groupId, false);
    expect(made.resources.In.physicalId).toBe(SecurityGroupRuleId);

    const replaced = await deploy({ ...groups, In: ingress({ ...https, ToPort: 444 }) });
    expect(replaced.failures).toEqual([]);
    expect(replaced.resources.In.physicalId).not.toBe(made.resources.In.physicalId);
    expect((await describeRules(groupId, false)).SecurityGroupRules).toMatchObject([{ ToPort: 444 }]);
    expect(await rules(replaced, 'Client')).toEqual(['to tcp 443 10.0.0.0/8']);

    const described = await deploy({ ...groups, In: ingress({ ...https, ToPort: 444, Description: 'clients' }) });
    expect(described.failures.join()).toContain('the local AWS has no ec2:ModifySecurityGroupRules');
    expect((await aws.destroy('Types')).status).toBe('DELETE_COMPLETE');
    await expect(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [groupId] }))).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
  });

  test('a rule can name a prefix list', async () => {
    const made = await deploy({ ...vpc, Group: group({ SecurityGroupIngress: [{ ...https, SourcePrefixListId: 'pl-0123456789abcdef0' }] }) });
    expect(made.failures).toEqual([]);
    expect((await describeRules(made.resources.Group.physicalId!, false)).SecurityGroupRules).toMatchObject([{ PrefixListId: 'pl-0123456789abcdef0' }]);
  });

  test("a rule that exists already fails with EC2's words", async () => {
    const result = await deploy({
      ...vpc,
      Group: group({ SecurityGroupIngress: [anywhere] }),
      In: { Type: 'AWS::EC2::SecurityGroupIngress', Properties: { GroupId: att('Group', 'GroupId'), ...anywhere } },
    });
    expect(result).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [expect.stringMatching(/^In: the specified rule .* already exists .*InvalidPermission\.Duplicate\)$/)] });
  });

  async function describeRules(groupId: string, isEgress: boolean) {
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [groupId] }] }));
    return { SecurityGroupRules: SecurityGroupRules.filter(({ IsEgress }) => IsEgress === isEgress) };
  }

  /** `from tcp 443 0.0.0.0/0` for each rule. */
  async function rules({ resources }: StackResult, logicalId: string): Promise<string[]> {
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({
      Filters: [{ Name: 'group-id', Values: [resources[logicalId].physicalId!] }],
    }));
    return SecurityGroupRules.map(({ IsEgress, IpProtocol, FromPort, CidrIpv4, CidrIpv6, ReferencedGroupInfo }) =>
      `${IsEgress ? 'to' : 'from'} ${IpProtocol} ${FromPort} ${CidrIpv4 ?? CidrIpv6 ?? ReferencedGroupInfo?.GroupId}`).sort();
  }
});

test('a key pair is imported, kept for other tags, and deleted with its stack', async () => {
  const pair = (properties: object = {}) => deploy({
    Pair: { Type: 'AWS::EC2::KeyPair', Properties: { KeyName: 'operators', PublicKeyMaterial: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtq operators', ...properties } },
  });
  expect(await pair()).toMatchObject({ status: 'CREATE_COMPLETE', failures: [], unknownTypes: [] });
  expect(await pair({ Tags: [{ Key: 'a', Value: '1' }] })).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect((await ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['operators'] }))).KeyPairs).toHaveLength(1);
  await aws.destroy('Types');
  await expect(ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['operators'] }))).rejects.toMatchObject({ name: 'InvalidKeyPair.NotFound' });
});
