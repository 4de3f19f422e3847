import { AttachVolumeRequest, DetachVolumeRequest, VolumeAttachment } from '@aws-sdk/client-ec2';
import { checkDeviceName, isSameDevice } from './device-names';
import { describedAttachment } from './volume-description';
import { ownVolume } from './volumes';
import { AwsError, Call } from '../../aws-call';
import { instanceResource, volumeResource } from '../authorization/iam-resources';
import { keyErrorForAttach } from '../encryption/key-use';
import { ownInstance } from '../instances/instance-access';
import { notFound } from '../requests/errors';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { Instance, Volume } from '../state/records';

export const attachmentOperations: Ec2Operations = {
  AttachVolume: (ec2, call) => attach(ec2, call),
  DetachVolume: (ec2, call) => detach(ec2, call),
};

function attach(ec2: Ec2Context, call: Call): VolumeAttachment {
  const { Device = '', InstanceId = '', VolumeId = '' } = call.input as unknown as AttachVolumeRequest;
  const { state, clock, settings: { timing } } = ec2;
  const { volume, instance } = both(ec2, call, VolumeId, InstanceId);
  checkDeviceName(Device);
  if (volume.state === 'in-use') {
    throw new AwsError('VolumeInUse', `${VolumeId} is already attached to an instance`);
  }
  if (volume.state !== 'available') {
    throw new AwsError('IncorrectState', `Volume '${VolumeId}' is not 'available'.`);
  }
  if (!instance || (instance.state !== 'running' && instance.state !== 'stopped')) {
    throw new AwsError('IncorrectState', `Instance '${InstanceId}' is not 'running'.`);
  }
  if (volume.availabilityZone !== instance.availabilityZone) {
    throw new AwsError('InvalidVolume.ZoneMismatch', `The volume '${VolumeId}' is not in the same availability zone as instance '${InstanceId}'`);
  }
  if (state.volumesOf(InstanceId).some(one => isSameDevice(one.attachment?.device ?? '', Device))) {
    throw new AwsError('InvalidParameterValue', `Invalid value '${Device}' for unixDevice. Attachment point ${Device} is already in use`);
  }
  requireKeyForAttachment(ec2, call, volume);
  volume.state = 'in-use';
  const attachment = { instanceId: InstanceId, device: Device, attachedAt: clock.now(), state: 'attaching' as const, deleteOnTermination: false };
  volume.attachment = attachment;
  state.schedule.scheduleTransition(clock.now() + timing.attachment, () => {
    if (volume.attachment === attachment && volume.attachment.state === 'attaching') {
      volume.attachment.state = 'attached';
    }
  });
  return describedAttachment(volume)!;
}

function requireKeyForAttachment(ec2: Ec2Context, call: Call, volume: Volume): void {
  if (keyErrorForAttach(ec2, call, volume)) {
    throw new AwsError(
      'CustomerKeyHasBeenRevoked',
      `Volume ${volume.id} cannot be attached. The encrypted volume was unable to access the KMS (master) key.`,
    );
  }
}

function detach(ec2: Ec2Context, call: Call): VolumeAttachment {
  const { InstanceId, VolumeId = '' } = call.input as unknown as DetachVolumeRequest;
  const { state, clock, settings: { timing } } = ec2;
  const { volume, instance } = both(ec2, call, VolumeId, InstanceId);
  const { attachment } = volume;
  if (!attachment) {
    throw new AwsError('IncorrectState', `Volume '${VolumeId}' is in the '${volume.state}' state.`);
  }
  if (InstanceId !== undefined && attachment.instanceId !== InstanceId) {
    throw new AwsError('InvalidAttachment.NotFound', `The volume '${VolumeId}' is not attached to instance '${InstanceId}' as device '${attachment.device}'`);
  }
  const holder = instance ?? state.instances.get(attachment.instanceId);
  if (holder && holder.state !== 'stopped' && isSameDevice(attachment.device, holder.attributes.rootDeviceName)) {
    throw new AwsError('OperationNotPermitted', `Unable to detach root volume '${VolumeId}' from instance '${holder.id}'`);
  }
  attachment.state = 'detaching';
  const answer = describedAttachment(volume)!;
  state.schedule.scheduleTransition(clock.now() + timing.attachment, () => {
    if (volume.attachment === attachment) {
      volume.attachment = undefined;
      volume.state = 'available';
    }
  });
  return answer;
}

function both(ec2: Ec2Context, call: Call, volumeId: string, instanceId: string | undefined): { volume: Volume; instance?: Instance } {
  const { account } = call.principal;
  const volume = ownVolume(ec2, call, volumeId);
  const instance = instanceId === undefined ? undefined : ownInstance(ec2, call, instanceId);
  if (!volume) {
    throw notFound('vol', [volumeId]);
  }
  if (instanceId !== undefined && !instance) {
    throw notFound('i', [instanceId]);
  }
  ec2.permissions.require(call, [
    { resource: volumeResource(ec2, account, volume) },
    ...instance ? [{ resource: instanceResource(ec2, account, instance) }] : [],
  ]);
  return { volume, instance };
}
