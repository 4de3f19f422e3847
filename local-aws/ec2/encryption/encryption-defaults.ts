import { ModifyEbsDefaultKmsKeyIdRequest } from '@aws-sdk/client-ec2';
import { defaultKeyName } from './key-use';
import { accountAndRegionOf } from '../../aws-call';
import { arnOf } from '../../kms/key';
import { Ec2Operation, Ec2Operations } from '../state/ec2-context';

/** Encryption by default and its key, per account and Region. */
export const encryptionDefaultOperations: Ec2Operations = {
  GetEbsEncryptionByDefault: (ec2, call) => {
    ec2.permissions.require(call);
    const { enabled } = ec2.state.encryptionDefaults(accountAndRegionOf(call));
    return { EbsEncryptionByDefault: enabled };
  },
  EnableEbsEncryptionByDefault: turn(true),
  DisableEbsEncryptionByDefault: turn(false),
  GetEbsDefaultKmsKeyId: (ec2, call) => {
    ec2.permissions.require(call);
    const untouched = ec2.state.encryptionDefaults(accountAndRegionOf(call)).keyId === undefined;
    return { KmsKeyId: untouched ? 'alias/aws/ebs' : defaultKeyName(ec2, accountAndRegionOf(call)) };
  },
  ModifyEbsDefaultKmsKeyId: (ec2, call) => {
    const { KmsKeyId = '' } = call.input as unknown as ModifyEbsDefaultKmsKeyIdRequest;
    ec2.permissions.require(call);
    const found = ec2.kms.find(accountAndRegionOf(call), KmsKeyId);
    const keyId = found ? arnOf(found.key) : KmsKeyId;
    ec2.state.encryptionDefaults(accountAndRegionOf(call)).keyId = keyId;
    return { KmsKeyId: keyId };
  },
  ResetEbsDefaultKmsKeyId: (ec2, call) => {
    ec2.permissions.require(call);
    ec2.state.encryptionDefaults(accountAndRegionOf(call)).keyId = undefined;
    return { KmsKeyId: defaultKeyName(ec2, accountAndRegionOf(call)) };
  },
};

function turn(enabled: boolean): Ec2Operation {
  return (ec2, call) => {
    ec2.permissions.require(call);
    ec2.state.encryptionDefaults(accountAndRegionOf(call)).enabled = enabled;
    return { EbsEncryptionByDefault: enabled };
  };
}
