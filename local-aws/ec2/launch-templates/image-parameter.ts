import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { partitionOf } from '../../regions/partition';
import { RequiredPermission } from '../authorization/ec2-authorization';
import { Ec2Context } from '../state/ec2-context';

/** An image ID such as `resolve:ssm:/golden/ami` or `resolve:ssm:/golden/ami:3`. */
export const RESOLVE_SSM = 'resolve:ssm:';

/** EC2 reads the parameter with the permissions of the caller. */
export function permissionToReadParameter(call: Call, imageId: string): RequiredPermission {
  const { account, region } = accountAndRegionOf(call);
  const [name] = imageId.slice(RESOLVE_SSM.length).split(':');
  const owner = name.startsWith('/aws/') ? '' : account;
  const arn = `arn:${partitionOf(region)}:ssm:${region}:${owner}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
  return { action: 'ssm:GetParameters', resource: { arn, context: {} } };
}

/** The ID of the image in the parameter, as it is at this moment. */
export function imageIdInParameter(ec2: Ec2Context, call: Call, imageId: string): string {
  const parameter = ec2.imageParameter(accountAndRegionOf(call), imageId.slice(RESOLVE_SSM.length));
  if (parameter === undefined) {
    throw new AwsError('SsmInvalidParameter', `The following aliases are invalid: ${imageId}`);
  }
  // Amazon's public parameters have the data type text
  if (!parameter.isPublic && parameter.dataType !== 'aws:ec2:image') {
    throw new AwsError('SsmInvalidParameter', `Unsupported data type: ${parameter.dataType}. Supported: aws:ec2:image`);
  }
  return parameter.value;
}

export function checkImageParameter(ec2: Ec2Context, call: Call, imageId: string): void {
  if (ec2.permissions.allows(call, permissionToReadParameter(call, imageId))) {
    imageIdInParameter(ec2, call, imageId);
  }
}
