import { Image } from '@aws-sdk/client-ec2';
import { Answers } from './answers';
import { answeringInRegions, copyRequest, KEY, KEY_METADATA, outcomeOf, snapshotOfCopy } from './copies';
import { reconcileInstanceAmi } from '../../lambda/instance-ami/reconcile-instance-ami';
import { ImageRequest } from '../../lambda/request/image-request';
import { Memory } from '../../lambda/request/memory';
import { ENCRYPTION_TAG, ID_TAG, InstanceAmiProperties, OWNER_TAG, REMOVAL_POLICY_TAG } from '../../src/contract';

/** Steps of an AMI of an instance. */

export const InstanceId = 'i-0123456789abcdef0';
export const [IMAGE_ID, COPY_ID] = ['ami-0000000000000001a', 'ami-0000000000000002c'];
export const VOLUME_KEY = `${KEY}-of-volume`;
export const KEYED = { EncryptionKeyArn: KEY };
export const OWNED = { Key: OWNER_TAG, Value: 'stack/one' };
const imageOf = (id: string, Name: string, more: Image): Image => ({
  ImageId: id,
  Name,
  OwnerId: '123456789012',
  State: 'available',
  RootDeviceType: 'ebs',
  RootDeviceName: '/dev/sda',
  Description: `Image of ${InstanceId}`,
  Tags: [OWNED, { Key: ID_TAG, Value: id }, { Key: REMOVAL_POLICY_TAG, Value: 'Retain' }],
  BlockDeviceMappings: [{ DeviceName: '/dev/sda', Ebs: { SnapshotId: `snap-of-${id}`, VolumeSize: 8, DeleteOnTermination: true } }],
  ...more,
});
export const image = (more: Image = {}) => imageOf(IMAGE_ID, 'Images-attempt', { SourceInstanceId: InstanceId, ...more });
export const intermediate = (more: Image = {}) => image({ Name: 'Images-attempt-1', Tags: [OWNED, { Key: 'Team', Value: 'one' }], ...more });
export const copy = (more: Image = {}) => imageOf(COPY_ID, 'Images-attempt', { SourceImageId: IMAGE_ID, ...more });
const isCopySnapshot = (id: string) => id.endsWith(COPY_ID);

export interface Case {
  readonly properties?: Partial<InstanceAmiProperties>;
  readonly isUpdate?: boolean;
  readonly memory?: Memory;
  readonly request?: Partial<ImageRequest<InstanceAmiProperties>>;
  readonly listed?: Image[];
  /** Images that only their ID, or their name, finds. */
  readonly byId?: Image;
  readonly byName?: Image;
  readonly instance?: object;
  readonly keyOfVolume?: string;
  readonly keyOfCopy?: string;
  readonly answers?: Answers;
}

/** The outcome of a step, a minute after the request began. */
export async function step(one: Case) {
  const { properties = {}, isUpdate = false, memory = {}, listed = [], byId, byName, instance = {}, keyOfVolume = VOLUME_KEY, keyOfCopy = KEY } = one;
  const { aws, calls, inputs, clock } = answeringInRegions({
    DescribeImages: ({ ImageIds, Filters }: { ImageIds?: string[]; Filters?: { Name: string }[] }) => ({
      Images: ImageIds ? [...listed, ...byId ? [byId] : []].filter(({ ImageId }) => ImageIds.includes(ImageId!)) : Filters![0].Name !== 'name' ? listed : byName ? [byName] : [],
    }),
    DescribeSnapshots: ({ SnapshotIds }: { SnapshotIds?: string[] }) => ({
      Snapshots: (SnapshotIds ?? []).map(id => snapshotOfCopy({
        SnapshotId: id,
        KmsKeyId: isCopySnapshot(id) ? keyOfCopy : keyOfVolume,
        Tags: [OWNED, { Key: ID_TAG, Value: id }, { Key: ENCRYPTION_TAG, Value: `/dev/sda: ${isCopySnapshot(id) ? keyOfCopy : keyOfVolume}` }],
      })),
    }),
    DescribeInstances: {
      Reservations: [{
        Instances: [{
          InstanceId,
          State: { Name: 'running' },
          RootDeviceType: 'ebs',
          RootDeviceName: '/dev/sda',
          BlockDeviceMappings: ['a', 'b'].map(letter => ({ DeviceName: `/dev/sd${letter}`, Ebs: { VolumeId: `vol-${letter}`, Status: 'attached', DeleteOnTermination: true } })).slice(0, properties.BlockDevices ? 2 : 1),
          ...instance,
        }],
      }],
    },
    DescribeVolumes: ({ VolumeIds }: { VolumeIds: string[] }) =>
      ({ Volumes: VolumeIds.map(VolumeId => ({ VolumeId, Size: 8, Encrypted: true, KmsKeyId: VOLUME_KEY })) }),
    DescribeKey: ({ KeyId }: { KeyId: string }) => ({ KeyMetadata: { ...KEY_METADATA, Arn: KeyId } }),
    CreateImage: { ImageId: IMAGE_ID },
    CopyImage: { ImageId: COPY_ID },
    DescribeImageAttribute: {},
    ModifyImageAttribute: {},
    DeleteTags: {},
    CreateTags: {},
    DeregisterImage: {},
    ...one.answers,
  });
  clock.now += 60_000;
  const request = {
    ...copyRequest(),
    memory: { ...memory },
    isNewImage: !isUpdate,
    properties: { InstanceId, Reboot: true, GeneratedNamePrefix: 'Images', ...properties },
    ...one.request,
  } as ImageRequest<InstanceAmiProperties>;
  const outcome = await outcomeOf(() => reconcileInstanceAmi(aws, request));
  return { outcome, calls, inputs, memory: request.memory };
}

export const waiting = (message: string, seconds?: number) => ({ error: 'NotReady', message, ...seconds === undefined ? {} : { seconds } });
export const failure = (message: unknown) => ({ error: 'DeploymentError', message });
export const PENDING = waiting(`the AMI ${IMAGE_ID} of the instance ${InstanceId} is pending`, 6);
export const known: Memory = { ids: { image: IMAGE_ID } };
export const NOT_SHOWN = waiting(`EC2 has accepted the AMI ${IMAGE_ID}, but does not show it yet`, 2);
