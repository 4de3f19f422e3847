import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { Ec2Context } from '../state/ec2-context';

/**
 * Checks the key of a CopySnapshot request, for which EC2 calls DescribeKey with the caller's permissions. The response for other keys that
 * EBS cannot use, such as one that is pending deletion, is not recorded.
 */
export function checkNamedKey(ec2: Ec2Context, call: Call, keyId: string): void {
  const found = ec2.kms.find(accountAndRegionOf(call), keyId);
  if (!found) {
    throw new AwsError('InvalidParameterValue', `The specified keyId ${keyId} is invalid`);
  }
  const { key, requestAlias } = found;
  if (!ec2.kms.allows(call.principal, key, 'kms:DescribeKey', { viaEc2In: call.region, requestAlias })) {
    throw new AwsError('AuthFailure', `Not authorized to use key ${keyId} `, 403);
  }
  if (key.state === 'Disabled') {
    throw new AwsError('InvalidParameterValue', `The specified keyId ${keyId} is disabled`);
  }
}
