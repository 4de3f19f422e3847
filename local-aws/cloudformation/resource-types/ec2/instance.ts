import {
  CreateKeyPairCommand, CreateTagsCommand, DeleteKeyPairCommand, DeleteTagsCommand, EC2Client, ImportKeyPairCommand,
  Instance,
  RunInstancesCommand, RunInstancesCommandInput, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describeInstance } from '../../../describe-instance';
import { JsonObject } from '../../template/template';
import { TypeContext } from '../context';
import { callEc2, deleteUnlessGone } from './calls';
import { flag, number, object, objects, requiredText, tags, text, texts } from '../properties';
import { ResourceFailure, ResourceType } from '../resource-type';

const POLL_INTERVAL_MS = 5_000;
/** Properties that update in place. A change of any other requires replacement. */
const changedInPlace = [
  'Tags', 'UserData', 'InstanceType', 'SecurityGroupIds', 'IamInstanceProfile', 'DisableApiTermination', 'Monitoring', 'MetadataOptions',
  'InstanceInitiatedShutdownBehavior', 'SourceDestCheck', 'PropagateTagsToVolumeOnCreation',
];
const launchProperties = [
  'ImageId', 'KeyName', 'SubnetId', 'SecurityGroups', 'AvailabilityZone', 'BlockDeviceMappings', 'EbsOptimized', 'LaunchTemplate', 'NetworkInterfaces',
  'PrivateIpAddress', 'Tenancy', 'CpuOptions', 'EnclaveOptions', 'HibernationOptions', 'Ipv6AddressCount', 'PlacementGroupName', 'HostId',
];

/** `AWS::EC2::KeyPair`, without the SSM parameter in which CloudFormation stores the private key. */
export function keyPairType(context: TypeContext): ResourceType {
  return {
    replacementProperties: ['KeyName', 'KeyType', 'KeyFormat', 'PublicKeyMaterial'],
    create: request => callEc2(context, request, async ec2 => {
      const [KeyName, material] = [requiredText(request.properties, 'KeyName'), text(request.properties, 'PublicKeyMaterial')];
      const { KeyPairId, KeyFingerprint } = material === undefined
        ? await ec2.send(new CreateKeyPairCommand({ KeyName, KeyType: 'ed25519' }))
        : await ec2.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: Buffer.from(material) }));
      return { physicalId: KeyName, attributes: { KeyPairId, KeyFingerprint } };
    }),
    update: request => ({ physicalId: request.physicalId }),
    delete: async request => {
      await context.ec2(request.environment).send(new DeleteKeyPairCommand({ KeyName: request.physicalId }));
    },
  };
}

/** `AWS::EC2::Instance`: launches an instance and waits until it is running. */
export function instanceType(context: TypeContext): ResourceType {
  return {
    replacementProperties: launchProperties.filter(name => !changedInPlace.includes(name)),
    create: request => callEc2(context, request, async ec2 => {
      const { Instances } = await ec2.send(new RunInstancesCommand(launchInput(request.properties, request.token)));
      const instanceId = Instances![0].InstanceId!;
      request.initiated(instanceId);
      const instance = await running(context, ec2, instanceId, request.canceled);
      return { physicalId: instanceId, attributes: attributesOf(instance) };
    }),
    update: request => callEc2(context, request, async ec2 => {
      const [before, after] = [tags(request.oldProperties), tags(request.properties)];
      const removed = Object.keys(before).filter(key => !(key in after));
      if (removed.length > 0) {
        await ec2.send(new DeleteTagsCommand({ Resources: [request.physicalId], Tags: removed.map(Key => ({ Key })) }));
      }
      if (Object.keys(after).length > 0) {
        const Tags = Object.entries(after).map(([Key, Value]) => ({ Key, Value }));
        await ec2.send(new CreateTagsCommand({ Resources: [request.physicalId], Tags }));
      }
      return { physicalId: request.physicalId };
    }),
    delete: request => deleteUnlessGone(context, request, ['InvalidInstanceID.NotFound'], async ec2 => {
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: [request.physicalId] }));
      await terminated(context, ec2, request.physicalId);
    }),
  };
}

function launchInput(properties: JsonObject, token: string): RunInstancesCommandInput {
  const profile = properties.IamInstanceProfile;
  const instanceTags = Object.entries(tags(properties)).map(([Key, Value]) => ({ Key, Value }));
  const zone = text(properties, 'AvailabilityZone');
  return {
    MinCount: 1,
    MaxCount: 1,
    ClientToken: token,
    ImageId: text(properties, 'ImageId'),
    InstanceType: text(properties, 'InstanceType') as RunInstancesCommandInput['InstanceType'],
    KeyName: text(properties, 'KeyName'),
    SubnetId: text(properties, 'SubnetId'),
    SecurityGroupIds: properties.SecurityGroupIds === undefined ? undefined : texts(properties, 'SecurityGroupIds'),
    UserData: text(properties, 'UserData'),
    LaunchTemplate: properties.LaunchTemplate === undefined ? undefined : object(properties, 'LaunchTemplate'),
    IamInstanceProfile: profile === undefined ? undefined : { Name: String(profile) },
    Placement: zone === undefined ? undefined : { AvailabilityZone: zone },
    EbsOptimized: flag(properties, 'EbsOptimized'),
    DisableApiTermination: flag(properties, 'DisableApiTermination'),
    MetadataOptions: properties.MetadataOptions as RunInstancesCommandInput['MetadataOptions'],
    BlockDeviceMappings: properties.BlockDeviceMappings === undefined ? undefined : objects(properties, 'BlockDeviceMappings').map(blockDevice),
    TagSpecifications: instanceTags.length === 0 ? undefined : [
      { ResourceType: 'instance', Tags: instanceTags },
      ...flag(properties, 'PropagateTagsToVolumeOnCreation') ? [{ ResourceType: 'volume' as const, Tags: instanceTags }] : [],
    ],
  };
}

export function blockDevice(mapping: JsonObject): NonNullable<RunInstancesCommandInput['BlockDeviceMappings']>[number] {
  const ebs = object(mapping, 'Ebs');
  return {
    DeviceName: text(mapping, 'DeviceName'),
    NoDevice: mapping.NoDevice === undefined ? undefined : '',
    VirtualName: text(mapping, 'VirtualName'),
    Ebs: mapping.Ebs === undefined ? undefined : {
      Encrypted: flag(ebs, 'Encrypted'),
      KmsKeyId: text(ebs, 'KmsKeyId'),
      DeleteOnTermination: flag(ebs, 'DeleteOnTermination'),
      VolumeSize: number(ebs, 'VolumeSize'),
      VolumeType: text(ebs, 'VolumeType') as 'gp3' | undefined,
      SnapshotId: text(ebs, 'SnapshotId'),
      Iops: number(ebs, 'Iops'),
    },
  };
}

async function running(context: TypeContext, ec2: EC2Client, instanceId: string, canceled: AbortSignal): Promise<Instance> {
  while (!canceled.aborted) {
    const instance = await describeInstance(ec2, instanceId);
    const state = instance?.State?.Name;
    if (state === 'running') {
      return instance!;
    }
    if (state === 'terminated' || state === 'shutting-down') {
      throw new ResourceFailure(`Instance ${instanceId} failed to stabilize. Current state: ${state}. Reason: ${instance!.StateReason!.Message}`);
    }
    await context.clock.sleep(POLL_INTERVAL_MS);
  }
  throw new ResourceFailure('Resource creation cancelled');
}

async function terminated(context: TypeContext, ec2: EC2Client, instanceId: string): Promise<void> {
  while (!['terminated', undefined].includes((await describeInstance(ec2, instanceId))?.State?.Name)) {
    await context.clock.sleep(POLL_INTERVAL_MS);
  }
}

function attributesOf(instance: Instance): Record<string, unknown> {
  return {
    InstanceId: instance.InstanceId,
    AvailabilityZone: instance.Placement?.AvailabilityZone,
    PrivateIp: instance.PrivateIpAddress,
    PrivateDnsName: instance.PrivateDnsName,
    PublicIp: instance.PublicIpAddress ?? '',
    PublicDnsName: instance.PublicDnsName,
    VpcId: instance.VpcId,
  };
}
