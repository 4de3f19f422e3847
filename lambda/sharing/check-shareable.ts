import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { ebsKeyNotShareable } from './messages';
import { principalsOf } from './principals';
import { Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { ACCESS_DENIED_CODES, hasErrorCode } from '../aws/error-codes';
import { DeploymentError } from '../outcomes';

/** A device of the AMI, and the key that its snapshot will be encrypted with: an ARN or an alias; none if it will not be encrypted. */
export interface EncryptedDevice {
  readonly name: string;
  readonly keyId: string | undefined;
}

/** Refuses, before anything is created, to share an AMI that EC2 will refuse to share: one with a snapshot that is encrypted with `aws/ebs`. */
export async function checkShareable(aws: AwsClients, sharing: Sharing, devicesOf: () => Promise<readonly EncryptedDevice[]>): Promise<void> {
  const principals = principalsOf(sharing);
  if (principals.length === 0) {
    return;
  }
  const devices = (await devicesOf()).filter(({ keyId }) => keyId !== undefined);
  const ebsKeyArn = devices.length === 0 ? undefined : await findKeyArn(aws, EBS_ALIAS);
  const device = devices.find(({ keyId = '' }) => keyId === ebsKeyArn || keyId.split(':').pop() === EBS_ALIAS);
  if (device !== undefined) {
    throw new DeploymentError(ebsKeyNotShareable({ device: device.name, ids: principals.map(({ id }) => id) }));
  }
}

const EBS_ALIAS = 'alias/aws/ebs';

/** None if KMS does not tell: then EC2 decides. */
async function findKeyArn(aws: AwsClients, KeyId: string): Promise<string | undefined> {
  try {
    return (await aws.kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn;
  } catch (error) {
    if (hasErrorCode(error, ['NotFoundException', ...ACCESS_DENIED_CODES])) {
      return undefined;
    }
    throw error;
  }
}
