import { DescribeInstanceAttributeRequest, DescribeInstanceStatusRequest, ModifyInstanceAttributeRequest } from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../call';
import { Ec2Context, Ec2Operations, placeOf } from './context';
import { sameDevice } from './device-names';
import { checkId, invalidValue, notFound } from './errors';
import { page } from './filters';
import { instanceNeed, ownInstance } from './instance-access';
import { describedInstance, stateOf } from './instance-view';
import { Instance } from './records';
import { inPlace } from './world';

export const instanceAttributeOperations: Ec2Operations = {
  DescribeInstanceAttribute: (ec2, call) => {
    const { InstanceId = '', Attribute } = call.input as unknown as DescribeInstanceAttributeRequest;
    const instance = allowedInstance(ec2, call, InstanceId);
    switch (Attribute) {
      case 'disableApiTermination': return { InstanceId, DisableApiTermination: { Value: instance.protectedFromTermination } };
      case 'instanceInitiatedShutdownBehavior': return { InstanceId, InstanceInitiatedShutdownBehavior: { Value: instance.shutdownBehavior } };
      case 'instanceType': return { InstanceId, InstanceType: { Value: instance.instanceType } };
      case 'rootDeviceName': return { InstanceId, RootDeviceName: { Value: instance.attributes.rootDeviceName } };
      case 'blockDeviceMapping': return { InstanceId, BlockDeviceMappings: describedInstance(ec2, instance).BlockDeviceMappings };
      default: throw invalidValue(Attribute, 'attribute', 'Unknown attribute.');
    }
  },
  ModifyInstanceAttribute: (ec2, call) => {
    const { InstanceId = '', BlockDeviceMappings = [], DisableApiTermination } = call.input as unknown as ModifyInstanceAttributeRequest;
    const instance = allowedInstance(ec2, call, InstanceId);
    for (const { DeviceName = '', Ebs } of BlockDeviceMappings) {
      const volume = ec2.world.volumesOf(InstanceId).find(one => sameDevice(one.attachment?.device ?? '', DeviceName));
      if (!volume?.attachment) {
        throw new AwsError('InvalidInstanceAttributeValue', `No device is currently mapped at ${DeviceName}`);
      }
      // a value that is not said is taken for true
      volume.attachment.deleteOnTermination = Ebs?.DeleteOnTermination ?? true;
    }
    instance.protectedFromTermination = DisableApiTermination?.Value ?? instance.protectedFromTermination;
  },
  DescribeInstanceStatus: (ec2, call) => {
    const input = call.input as DescribeInstanceStatusRequest;
    ec2.permissions.require(call);
    const missing = (input.InstanceIds ?? []).filter(id => !ownInstance(ec2, call, id));
    if (missing.length > 0) {
      throw notFound('i', missing);
    }
    const described = inPlace(ec2.world.instances, placeOf(call))
      .filter(one => !input.InstanceIds?.length || input.InstanceIds.includes(one.id))
      .filter(one => input.IncludeAllInstances || one.state === 'running')
      .map(statusOf);
    const { items, NextToken } = page(described, input, 5);
    return { InstanceStatuses: items, NextToken };
  },
};

function allowedInstance(ec2: Ec2Context, call: Call, id: string): Instance {
  checkId('i', id);
  const { resource } = instanceNeed(ec2, call, id);
  const name = typeof call.input.Attribute === 'string' ? call.input.Attribute : call.input.BlockDeviceMappings ? 'blockDeviceMapping' : 'disableApiTermination';
  ec2.permissions.require(call, [{
    resource: { ...resource, context: { ...resource.context, 'ec2:Attribute': name[0].toUpperCase() + name.slice(1) } },
  }]);
  const instance = ownInstance(ec2, call, id);
  if (!instance) {
    throw notFound('i', [id]);
  }
  return instance;
}

function statusOf(instance: Instance): object {
  const status = { Status: instance.state === 'running' ? 'ok' : 'not-applicable' };
  return {
    InstanceId: instance.id,
    AvailabilityZone: instance.availabilityZone,
    InstanceState: stateOf(instance.state),
    InstanceStatus: status,
    SystemStatus: status,
  };
}
