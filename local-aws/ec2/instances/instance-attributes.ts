import { DescribeInstanceAttributeRequest, ModifyInstanceAttributeRequest } from '@aws-sdk/client-ec2';
import { instancePermission, ownInstance } from './instance-access';
import { describedInstance, groupsOf } from './instance-description';
import { instanceType } from './instance-types';
import { decodedUserData } from './user-data';
import { AwsError, Call } from '../../aws-call';
import { findOwned } from '../networks/network-access';
import { checkId, invalidValue, notFound } from '../requests/errors';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { Instance } from '../state/records';
import { isSameDevice } from '../volumes/device-names';

/** One change of ModifyInstanceAttribute. */
interface Change {
  /** The name in the form of `Attribute`. */
  readonly name: string;
  readonly apply: (instance: Instance) => void;
}

export const instanceAttributeOperations: Ec2Operations = {
  DescribeInstanceAttribute: (ec2, call) => {
    const { InstanceId = '', Attribute = '' } = call.input as unknown as DescribeInstanceAttributeRequest;
    return { InstanceId, ...attributeOf(ec2, allowedInstance(ec2, call, InstanceId, Attribute), Attribute) };
  },
  ModifyInstanceAttribute: (ec2, call) => {
    const input = call.input as unknown as ModifyInstanceAttributeRequest;
    const { InstanceId = '' } = input;
    const changes = [...namedChange(input), ...changesOf(ec2, call, input)];
    if (changes.length > 1) {
      throw new AwsError('InvalidParameterCombination', `Fields for multiple attribute types specified: ${changes.map(({ name }) => name).join(', ')}`);
    }
    const [change] = changes;
    if (!change) {
      throw new AwsError('InvalidParameterCombination', 'No attributes specified.');
    }
    change.apply(allowedInstance(ec2, call, InstanceId, change.name));
  },
};

function attributeOf(ec2: Ec2Context, instance: Instance, name: string): object {
  switch (name) {
    case 'blockDeviceMapping': return { BlockDeviceMappings: describedInstance(ec2, instance).BlockDeviceMappings };
    case 'disableApiTermination': return { DisableApiTermination: { Value: instance.protectedFromTermination } };
    case 'ebsOptimized': return { EbsOptimized: { Value: instance.ebsOptimized } };
    case 'groupSet': return { Groups: groupsOf(ec2, instance) };
    case 'instanceInitiatedShutdownBehavior': return { InstanceInitiatedShutdownBehavior: { Value: instance.shutdownBehavior } };
    case 'instanceType': return { InstanceType: { Value: instance.instanceType } };
    case 'rootDeviceName': return { RootDeviceName: { Value: instance.attributes.rootDeviceName } };
    case 'sourceDestCheck': return { SourceDestCheck: { Value: instance.sourceDestCheck } };
    case 'userData': return { UserData: { Value: instance.userData === undefined ? undefined : Buffer.from(instance.userData).toString('base64') } };
    default: throw invalidValue(name, 'attribute', 'Unknown attribute.');
  }
}

/** Reads the change from `Attribute` and `Value`. */
function namedChange({ Attribute, Value }: ModifyInstanceAttributeRequest): Change[] {
  if (Attribute === undefined || Value === undefined) {
    return [];
  }
  const flag = () => {
    if (Value !== 'true' && Value !== 'false') {
      throw invalidValue(Value, 'value', 'The value must be true or false.');
    }
    return Value === 'true';
  };
  switch (Attribute) {
    case 'disableApiTermination': return [protection(flag())];
    case 'ebsOptimized': return [ebsOptimization(flag())];
    case 'instanceInitiatedShutdownBehavior': return [shutdownBehavior(Value)];
    case 'instanceType': return [type(Value)];
    case 'sourceDestCheck': return [sourceDestCheck(flag())];
    case 'userData': return [userData(Value)];
    default: throw invalidValue(Attribute, 'attribute', `The local AWS does not change ${Attribute}.`);
  }
}

/** Reads the changes from the other members. */
function changesOf(ec2: Ec2Context, call: Call, input: ModifyInstanceAttributeRequest): Change[] {
  const changes: (Change | undefined)[] = [
    input.BlockDeviceMappings && devices(ec2, input.BlockDeviceMappings),
    input.DisableApiTermination && protection(input.DisableApiTermination.Value ?? true),
    input.EbsOptimized && ebsOptimization(input.EbsOptimized.Value ?? true),
    input.Groups && groups(ec2, call, input.Groups),
    input.InstanceInitiatedShutdownBehavior && shutdownBehavior(input.InstanceInitiatedShutdownBehavior.Value),
    input.InstanceType && type(input.InstanceType.Value ?? ''),
    input.SourceDestCheck && sourceDestCheck(input.SourceDestCheck.Value ?? true),
    input.UserData && userData(Buffer.from(input.UserData.Value ?? []).toString('base64')),
  ];
  return changes.filter(change => change !== undefined);
}

function devices({ state }: Ec2Context, mappings: NonNullable<ModifyInstanceAttributeRequest['BlockDeviceMappings']>): Change {
  return {
    name: 'blockDeviceMapping',
    apply: instance => mappings.forEach(({ DeviceName = '', Ebs }) => {
      const volume = state.volumesOf(instance.id).find(one => isSameDevice(one.attachment?.device ?? '', DeviceName));
      if (!volume?.attachment) {
        throw new AwsError('InvalidInstanceAttributeValue', `No device is currently mapped at ${DeviceName}`);
      }
      // EC2 uses true for a missing value
      volume.attachment.deleteOnTermination = Ebs?.DeleteOnTermination ?? true;
    }),
  };
}

function protection(on: boolean): Change {
  return { name: 'disableApiTermination', apply: instance => { instance.protectedFromTermination = on; } };
}

function ebsOptimization(on: boolean): Change {
  return ofStopped('ebsOptimized', instance => { instance.ebsOptimized = on; });
}

function groups(ec2: Ec2Context, call: Call, ids: readonly string[]): Change {
  const found = ids.map(id => findOwned(ec2, call, ec2.state.networks.securityGroups, id, 'InvalidGroup.NotFound', 'security group').id);
  return { name: 'groupSet', apply: instance => { instance.securityGroupIds = found; } };
}

function shutdownBehavior(value = ''): Change {
  if (value !== 'stop' && value !== 'terminate') {
    throw invalidValue(value, 'instanceInitiatedShutdownBehavior');
  }
  return { name: 'instanceInitiatedShutdownBehavior', apply: instance => { instance.shutdownBehavior = value; } };
}

function sourceDestCheck(on: boolean): Change {
  return { name: 'sourceDestCheck', apply: instance => { instance.sourceDestCheck = on; } };
}

function type(name: string): Change {
  const { architecture } = instanceType(name);
  return ofStopped('instanceType', instance => {
    if (architecture !== instance.attributes.architecture) {
      throw new AwsError(
        'InvalidInstanceAttributeValue',
        `The architecture '${architecture}' of the specified instance type does not match the architecture '${instance.attributes.architecture}' of the specified AMI.`,
      );
    }
    instance.instanceType = name;
  });
}

function userData(encoded: string): Change {
  const decoded = decodedUserData(encoded);
  return ofStopped('userData', instance => { instance.userData = decoded; });
}

function ofStopped(name: string, apply: Change['apply']): Change {
  return {
    name,
    apply: instance => {
      if (instance.state !== 'stopped') {
        throw new AwsError('IncorrectInstanceState', `The instance '${instance.id}' is not in the 'stopped' state.`);
      }
      apply(instance);
    },
  };
}

function allowedInstance(ec2: Ec2Context, call: Call, id: string, attribute: string): Instance {
  checkId('i', id);
  const { resource } = instancePermission(ec2, call, id);
  ec2.permissions.require(call, [{
    resource: { ...resource, context: { ...resource.context, 'ec2:Attribute': attribute.charAt(0).toUpperCase() + attribute.slice(1) } },
  }]);
  const instance = ownInstance(ec2, call, id);
  if (!instance) {
    throw notFound('i', [id]);
  }
  return instance;
}
