import { arnOf } from '../../local-aws/kms/key';
import { LocalAws } from '../../local-aws/local-aws';

/** The role and the keys that an account needs for Spot Instances. */

const SERVICE = 'spot.amazonaws.com';

export function createSpotRole({ iam, account }: LocalAws): void {
  iam.createServiceLinkedRole({ account, partition: 'aws' }, SERVICE);
}

/** A key that the account may use, and its role of EC2 Spot. */
export function keyForSpot({ kms, account }: LocalAws): string {
  const principals = ['root', `role/aws-service-role/${SERVICE}/AWSServiceRoleForEC2Spot`].map(name => `arn:aws:iam::${account}:${name}`);
  return arnOf(kms.addKey({
    policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: principals }, Action: 'kms:*', Resource: '*' }] }),
  }));
}
