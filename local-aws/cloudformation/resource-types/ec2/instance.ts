import {
  CreateKeyPairCommand, CreateTagsCommand, DeleteKeyPairCommand, DeleteTagsCommand, EC2Client, ImportKeyPairCommand,
  Instance,
  RunInstancesCommand, RunInstancesCommandInput, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describeInstance } from '../../../describe-instance';
import { JsonObject } from '../../template/template';
import { TypeContext } from '../context';
import { flag, number, object, objects, requiredText, serviceFailure, tags, text, texts } from '../properties';
import { ResourceFailure, ResourceType } from '../resource-type';

const pollSeconds = 5;
const launchTimeout = 15 * 60;
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
    create: async request => {
      const ec2 = context.ec2(request.environment);
      const [KeyName, material] = [requiredText(request.properties, 'KeyName'), text(request.properties, 'PublicKeyMaterial')];
      try {
        const { KeyPairId, KeyFingerprint } = material === undefined
          ? await ec2.send(new CreateKeyPairCommand({ KeyName, KeyType: 'ed25519' }))
          : await ec2.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: Buffer.from(material) }));
        return { physicalId: KeyName, attributes: { KeyPairId, KeyFingerprint } };
      } catch (error) {
        throw serviceFailure(error, 'Ec2');
      }
    },
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
    create: async request => {
      const ec2 = context.ec2(request.environment);
      let instanceId: string;
      try {
        const launched = await ec2.send(new RunInstancesCommand(launchInput(request.properties, request.token)));
        instanceId = launched.Instances![0].InstanceId!;
      } catch (error) {
        throw serviceFailure(error, 'Ec2');
      }
      request.initiated(instanceId);
      const instance = await running(context, ec2, instanceId, request.canceled);
      return { physicalId: instanceId, attributes: attributesOf(instance) };
    },
    update: async request => {
      const ec2 = context.ec2(request.environment);
      const [before, after] = [tags(request.oldProperties), tags(request.properties)];
      const removed = Object.keys(before).filter(key => !(key in after));
      try {
        if (removed.length > 0) {
          await ec2.send(new DeleteTagsCommand({ Resources: [request.physicalId], Tags: removed.map(Key => ({ Key })) }));
        }
        if (Object.keys(after).length > 0) {
          const Tags = Object.entries(after).map(([Key, Value]) => ({ Key, Value }));
          await ec2.send(new CreateTagsCommand({ Resources: [request.physicalId], Tags }));
        }
      } catch (error) {
        throw serviceFailure(error, 'Ec2');
      }
      return { physicalId: request.physicalId };
    },
    delete: async request => {
      const ec2 = context.ec2(request.environment);
      try {
        await ec2.send(new TerminateInstancesCommand({ InstanceIds: [request.physicalId] }));
      } catch (error) {
        if ((error as Error).name === 'InvalidInstanceID.NotFound') {
          return;
        }
        throw serviceFailure(error, 'Ec2');
      }
      await terminated(context, ec2, request.physicalId);
    },
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
  for (let waited = 0; waited < launchTimeout; waited += pollSeconds) {
    const instance = await describe(ec2, instanceId);
    const state = instance?.State?.Name;
    if (instance !== undefined && state === 'running') {
      return instance;
    }
    if (state === 'terminated' || state === 'shutting-down') {
      throw new ResourceFailure(`Instance ${instanceId} failed to stabilize. Current state: ${state}. Reason: ${instance?.StateReason?.Message ?? ''}`);
    }
    if (canceled.aborted) {
      throw new ResourceFailure('Resource creation cancelled');
    }
    await context.clock.sleep(pollSeconds * 1000);
  }
  throw new ResourceFailure(`Instance ${instanceId} did not stabilize.`);
}

async function terminated(context: TypeContext, ec2: EC2Client, instanceId: string): Promise<void> {
  for (let waited = 0; waited < launchTimeout; waited += pollSeconds) {
    const state = (await describe(ec2, instanceId))?.State?.Name;
    if (state === undefined || state === 'terminated') {
      return;
    }
    await context.clock.sleep(pollSeconds * 1000);
  }
  throw new ResourceFailure(`Instance ${instanceId} did not stabilize.`);
}

async function describe(ec2: EC2Client, instanceId: string): Promise<Instance | undefined> {
  try {
    return await describeInstance(ec2, instanceId);
  } catch (error) {
    throw serviceFailure(error, 'Ec2');
  }
}

function attributesOf(instance: Instance): Record<string, unknown> {
  return {
    InstanceId: instance.InstanceId,
    AvailabilityZone: instance.Placement?.AvailabilityZone,
    PrivateIp: instance.PrivateIpAddress,
    PrivateDnsName: instance.PrivateDnsName,
    PublicIp: instance.PublicIpAddress ?? '',
    PublicDnsName: instance.PublicDnsName ?? '',
    VpcId: instance.VpcId,
  };
}
