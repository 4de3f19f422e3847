import { InstanceAmiProps } from './instance-ami-props';
import { allowCopyOwnImage, allowCreateImage } from '../ami/ami-permissions';
import { ec2Arn } from '../provider/ec2-resources';
import { allowManagingAmi } from '../provider/existing-ami-permissions';
import { HandlerPermissions } from '../provider/handler-permissions';
import { allowKey } from '../provider/key-permissions';
import { KeyUse } from '../provider/key-statements';

/** Allows the handler role to create an AMI of an instance, and to copy that with `encryptionKey`. */
export function allowInstanceAmi(permissions: HandlerPermissions, { instance, encryptionKey, sourceEncryptionKeys = [] }: InstanceAmiProps): void {
  const { instanceId } = instance.instanceRef;
  allowManagingAmi(permissions);
  allowCreateImage(permissions);
  permissions.allow('DescribeInstance', ['ec2:DescribeInstances', 'ec2:DescribeVolumes'], ['*']);
  permissions.allowWith([instanceId], 'ImageOfInstance', ['ec2:CreateImage'], [ec2Arn(permissions.stack, 'instance', instanceId)]);
  if (encryptionKey) {
    allowCopyOwnImage(permissions);
    allowKey(permissions, encryptionKey, KeyUse.DESTINATION);
  }
  for (const key of sourceEncryptionKeys) {
    allowKey(permissions, key, encryptionKey ? KeyUse.SOURCE : KeyUse.METADATA);
  }
}
