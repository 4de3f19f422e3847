import {
  DescribeKeyPairsCommand, DescribeSecurityGroupRulesCommand, DescribeSecurityGroupsCommand, DescribeVolumesCommand, EC2Client,
} from '@aws-sdk/client-ec2';
import { StackResult } from '../../../../local-aws/deployment';
import { arnOf } from '../../../../local-aws/kms/key';
import { LocalAws } from '../../../../local-aws/local-aws';

let aws: LocalAws;
let ec2: EC2Client;

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 600 });
  ec2 = new EC2Client(aws.clientOptions());
});

beforeEach(() => aws.reset());

afterAll(async () => {
  ec2?.destroy();
  await aws?.stop();
});

function deploy(Resources: object): Promise<StackResult> {
  return aws.deploy({ stackName: 'Types', template: { Resources } });
}

const att = (logicalId: string, attribute: string) => ({ 'Fn::GetAtt': [logicalId, attribute] });

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

test('a key pair is imported, and deleted with its stack', async () => {
  const made = await deploy({
    Pair: { Type: 'AWS::EC2::KeyPair', Properties: { KeyName: 'operators', PublicKeyMaterial: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtq operators' } },
  });
  expect(made).toMatchObject({ status: 'CREATE_COMPLETE', failures: [], unknownTypes: [] });
  expect((await ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['operators'] }))).KeyPairs).toHaveLength(1);
  await aws.destroy('Types');
  await expect(ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['operators'] }))).rejects.toMatchObject({ name: 'InvalidKeyPair.NotFound' });
});
