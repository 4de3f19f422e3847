import { EC2Client, Image, Snapshot } from '@aws-sdk/client-ec2';
import { answering, Answers } from './answers';
import { SOURCE_ID } from './stacks';
import { AwsClients } from '../../lambda/aws/clients';
import { CopyRequest } from '../../lambda/copy/copy-request';
import { EncryptedAmiCopyProperties, OWNER_TAG } from '../../src/contract';

export const ACCOUNT = '123456789012';
export const START = Date.parse('2026-01-01T00:00:00Z');
export const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/wanted`;
export const COPY_ID = 'ami-0000000000000c09f';

export interface ClientsOfRegions {
  /** In us-east-1. */
  readonly aws: AwsClients;
  /** The calls so far, with the Region if it is another one, and whether nothing retries them. */
  readonly calls: string[];
  readonly inputs: Record<string, object>;
  /** The test may change it. */
  readonly clock: { now: number };
}

/** Clients of EC2 and KMS in us-east-1, and in all other Regions, that answer each operation as it is given here, when a request begins. */
export function answeringInRegions(answers: Answers, elsewhere: Answers = answers): ClientsOfRegions {
  const calls: string[] = [];
  const inputs: Record<string, object> = {};
  const clock = { now: START };
  const clientsOf = (region: string, retries: boolean): AwsClients => {
    const { aws } = answering(region === 'us-east-1' ? answers : elsewhere);
    const note = `${region === 'us-east-1' ? '' : ` in ${region}`}${retries ? '' : ' once'}`;
    const recorded = (service: { send: EC2Client['send'] }, noted: string) => ({
      send: async (command: { constructor: { name: string }; input: object }) => {
        const operation = command.constructor.name.replace(/Command$/, '');
        calls.push(`${operation}${noted}`);
        inputs[operation] = command.input;
        return service.send(command as never);
      },
    });
    return {
      ...aws,
      region,
      ec2: Object.assign(Object.create(EC2Client.prototype), recorded(aws.ec2, note)),
      kms: recorded(aws.kms as never, note.replace(' once', '')) as never,
      now: () => clock.now,
      forRegion: other => clientsOf(other, retries),
      withoutRetries: () => clientsOf(region, false),
    };
  };
  return { aws: clientsOf('us-east-1', true), calls, inputs, clock };
}

/** A request for a copy with a key, as it begins. */
export function copyRequest(properties: Partial<EncryptedAmiCopyProperties> = {}, more: Partial<CopyRequest> = {}): CopyRequest {
  return {
    owner: 'stack/one',
    ownerPrefix: 'stack/',
    logicalId: 'Copy',
    account: ACCOUNT,
    requestId: 'request',
    attemptId: 'attempt',
    startedAt: START,
    limitMs: 3_600_000,
    deadline: START + 3_600_000,
    memory: {},
    isNewImage: true,
    isRollback: false,
    isDelete: false,
    oldProperties: {},
    throwIfCanceled: async () => undefined,
    properties: {
      SourceImageId: SOURCE_ID, Encryption: 'KEY', EncryptionKeyArn: KEY, GeneratedNamePrefix: 'Images', CopySourceTags: false, ...properties,
    } as EncryptedAmiCopyProperties,
    ...more,
  };
}

/** The copy that this request has made. */
export function copyImage(changes: Image = {}): Image {
  return {
    ImageId: COPY_ID,
    Name: 'Images-attempt',
    OwnerId: ACCOUNT,
    State: 'available',
    RootDeviceType: 'ebs',
    SourceImageId: SOURCE_ID,
    SourceImageRegion: 'us-east-1',
    Tags: [{ Key: OWNER_TAG, Value: 'stack/one' }],
    BlockDeviceMappings: [{ DeviceName: '/dev/sda', Ebs: { SnapshotId: 'snap-1', VolumeSize: 8 } }],
    ...changes,
  };
}

export function snapshotOfCopy(changes: Snapshot = {}): Snapshot {
  return { SnapshotId: 'snap-1', State: 'completed', Encrypted: true, KmsKeyId: KEY, Tags: [{ Key: OWNER_TAG, Value: 'stack/one' }], ...changes };
}

/** The AMI to copy, with one unencrypted snapshot. */
export const SOURCE_IMAGE: Image = {
  ImageId: SOURCE_ID, State: 'available', RootDeviceType: 'ebs', OwnerId: ACCOUNT, BlockDeviceMappings: [{ DeviceName: '/dev/sda', Ebs: { SnapshotId: 'snap-0', VolumeSize: 8 } }],
};

export const KEY_METADATA = { Arn: KEY, KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' };

export interface StepError {
  readonly error: string;
  readonly message: string;
  readonly seconds?: number;
}

/** The message of the error of a step, or its result. */
export async function outcomeOf<T>(step: () => Promise<T>): Promise<T | StepError> {
  try {
    return await step();
  } catch (error) {
    const { name, message, seconds } = error as Error & { seconds?: number };
    return { error: name, message, ...seconds === undefined ? {} : { seconds } };
  }
}
