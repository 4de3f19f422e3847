import { Instance } from '@aws-sdk/client-ec2';
import { MultiKeyRequest } from '../../lambda/multi-key/device-plan';
import { launchClientToken, LaunchOption } from '../../lambda/multi-key/with-instance/own-builders';
import { newAttemptId } from '../../lambda/request/physical-id';
import { AmiBuildMethod, REQUEST_TAG } from '../../src/contract';
import { SOURCE_ID } from '../helpers/stacks';

/** Requests of builds, and builder instances, for plain tests. */

export const STARTED_AT = Date.parse('2026-01-01T00:00:00Z');

export const attemptOf = (RequestId: string) => newAttemptId('resource-recipe00-', { RequestId });

/** A source whose only device is not encrypted; memory knows it from an earlier step. */
const SOURCE = {
  image: { ImageId: SOURCE_ID, Architecture: 'x86_64', RootDeviceName: '/dev/sda', EnaSupport: true },
  devices: [{ name: '/dev/sda', ebs: { VolumeSize: 8, DeleteOnTermination: true }, snapshot: { SnapshotId: 'snap-1', Encrypted: false } }],
};

interface ChangedRequest extends Partial<Omit<MultiKeyRequest, 'properties' | 'memory'>> {
  readonly properties?: object;
  readonly memory?: object;
}

/** `changed` has other members of the request, its properties and its memory. */
export function buildRequest({ properties, memory, ...changed }: ChangedRequest = {}): MultiKeyRequest {
  return {
    owner: 'us',
    ownerPrefix: 'us',
    requestId: 'one',
    attemptId: attemptOf('one'),
    account: '123456789012',
    isDelete: false,
    isNewImage: true,
    startedAt: STARTED_AT,
    deadline: STARTED_AT + 3_600_000,
    throwIfCanceled: () => Promise.resolve(),
    properties: {
      SourceImageId: SOURCE_ID, BuildMethod: AmiBuildMethod.LAUNCH_INSTANCE, ImageName: 'golden', AssociatePublicIpAddress: false, ...properties,
    },
    memory: { source: SOURCE, ...memory },
    ...changed,
  } as unknown as MultiKeyRequest;
}

/** A builder instance that a request has launched. */
export function launchedBuilder(option: Partial<LaunchOption> = {}, more: Instance = {}, requestId = 'one'): Instance {
  return {
    InstanceId: 'i-1',
    ImageId: SOURCE_ID,
    InstanceType: 'm5.large',
    Tags: [{ Key: REQUEST_TAG, Value: requestId }],
    ClientToken: launchClientToken(buildRequest({ requestId }), { type: 'm5.large', ...option }),
    ...more,
  };
}
