import {
  AttachVolumeCommand, CreateTagsCommand, CreateVolumeCommand, DeleteTagsCommand, DeleteVolumeCommand, DescribeVolumesCommand, DetachVolumeCommand,
  EC2Client, Volume, VolumeType,
} from '@aws-sdk/client-ec2';
import { TypeContext } from '../context';
import { callEc2, deleteUnlessGone, tagSpecifications } from './calls';
import { JsonObject, sameJson } from '../../template/template';
import { flag, number, requiredText, tags, text } from '../properties';
import { ResourceType } from '../resource-type';

const POLL_INTERVAL_MS = 5_000;
/** CloudFormation changes these with ModifyVolume. */
const MODIFIED = ['Size', 'VolumeType', 'Iops', 'Throughput'];

export function volumeTypes(context: TypeContext): Record<string, ResourceType> {
  return { 'AWS::EC2::Volume': volumeType(context), 'AWS::EC2::VolumeAttachment': attachmentType(context) };
}

function volumeType(context: TypeContext): ResourceType {
  const replacementProperties = ['AvailabilityZone', 'Encrypted', 'KmsKeyId', 'SnapshotId'];
  return {
    replacementProperties,
    updateError: (before, after) => isSame(before, after, replacementProperties) && !isSame(before, after, MODIFIED)
      ? `the local AWS has no ec2:ModifyVolume, so it changes no ${MODIFIED.join(', ')}`
      : undefined,
    create: request => callEc2(context, request, async ec2 => {
      const { properties } = request;
      const { VolumeId = '' } = await ec2.send(new CreateVolumeCommand({
        AvailabilityZone: requiredText(properties, 'AvailabilityZone'),
        Size: number(properties, 'Size'),
        SnapshotId: text(properties, 'SnapshotId'),
        VolumeType: text(properties, 'VolumeType') as VolumeType | undefined,
        Iops: number(properties, 'Iops'),
        Throughput: number(properties, 'Throughput'),
        Encrypted: flag(properties, 'Encrypted'),
        KmsKeyId: text(properties, 'KmsKeyId'),
        ClientToken: request.token,
        TagSpecifications: tagSpecifications(properties, 'volume'),
      }));
      request.initiated(VolumeId);
      await waitForVolume(context, ec2, VolumeId, volume => volume.State === 'available');
      return { physicalId: VolumeId, attributes: { VolumeId } };
    }),
    update: request => callEc2(context, request, async ec2 => {
      const [before, after] = [tags(request.oldProperties), tags(request.properties)];
      const removed = Object.keys(before).filter(key => !(key in after));
      const Resources = [request.physicalId];
      if (removed.length > 0) {
        await ec2.send(new DeleteTagsCommand({ Resources, Tags: removed.map(Key => ({ Key })) }));
      }
      if (Object.keys(after).length > 0) {
        await ec2.send(new CreateTagsCommand({ Resources, Tags: Object.entries(after).map(([Key, Value]) => ({ Key, Value })) }));
      }
      return { physicalId: request.physicalId };
    }),
    delete: request => deleteUnlessGone(context, request, ['InvalidVolume.NotFound'], async ec2 => {
      await ec2.send(new DeleteVolumeCommand({ VolumeId: request.physicalId }));
      // until EC2 does not find it any more
      await waitForVolume(context, ec2, request.physicalId, () => false);
    }),
  };
}

function isSame(before: JsonObject, after: JsonObject, names: readonly string[]): boolean {
  return names.every(name => sameJson(before[name], after[name]));
}

function attachmentType(context: TypeContext): ResourceType {
  return {
    replacementProperties: ['Device', 'InstanceId', 'VolumeId'],
    create: request => callEc2(context, request, async ec2 => {
      const [VolumeId, InstanceId] = [requiredText(request.properties, 'VolumeId'), requiredText(request.properties, 'InstanceId')];
      await ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: text(request.properties, 'Device') }));
      const physicalId = `${VolumeId}|${InstanceId}`;
      request.initiated(physicalId);
      await waitForVolume(context, ec2, VolumeId, ({ Attachments = [] }) => Attachments.some(({ State }) => State === 'attached'));
      return { physicalId };
    }),
    delete: request => deleteUnlessGone(context, request, ['InvalidVolume.NotFound', 'IncorrectState', 'InvalidAttachment.NotFound'], async ec2 => {
      const [VolumeId, InstanceId] = request.physicalId.split('|');
      await ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId }));
      await waitForVolume(context, ec2, VolumeId, volume => volume.State === 'available');
    }),
  };
}

/** Waits until the volume is as expected. Fails if EC2 does not find it any more: it has deleted it, because it could not use the key. */
async function waitForVolume(context: TypeContext, ec2: EC2Client, volumeId: string, isExpected: (volume: Volume) => boolean): Promise<void> {
  for (;;) {
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [volumeId] }));
    if (Volumes.some(isExpected)) {
      return;
    }
    await context.clock.sleep(POLL_INTERVAL_MS);
  }
}
