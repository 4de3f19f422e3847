import { AwsError } from '../aws-call';

/** A service-linked role, as IAM creates it. */
export interface ServiceLinkedRole {
  readonly name: string;
  readonly path: string;
  readonly managedPolicyArns: readonly string[];
  readonly trustPolicy: object;
}

interface Linked {
  readonly role: string;
  readonly policy: string;
  /** True if an account can have several, each with its own suffix. */
  readonly takesSuffix?: boolean;
}

/** The service-linked roles of services that launch instances. */
const SERVICES: Readonly<Record<string, Linked>> = {
  'autoscaling.amazonaws.com': { role: 'AWSServiceRoleForAutoScaling', policy: 'AutoScalingServiceRolePolicy', takesSuffix: true },
  'spot.amazonaws.com': { role: 'AWSServiceRoleForEC2Spot', policy: 'AWSEC2SpotServiceRolePolicy' },
  'spotfleet.amazonaws.com': { role: 'AWSServiceRoleForEC2SpotFleet', policy: 'AWSEC2SpotFleetServiceRolePolicy' },
  'ec2fleet.amazonaws.com': { role: 'AWSServiceRoleForEC2Fleet', policy: 'AWSEC2FleetServiceRolePolicy' },
  'eks-nodegroup.amazonaws.com': { role: 'AWSServiceRoleForAmazonEKSNodegroup', policy: 'AWSServiceRoleForAmazonEKSNodegroup' },
  'imagebuilder.amazonaws.com': { role: 'AWSServiceRoleForImageBuilder', policy: 'AWSServiceRoleForImageBuilder' },
};

export function serviceLinkedRole(service: string, suffix: string | undefined, partition: string): ServiceLinkedRole {
  const linked = SERVICES[service];
  if (linked === undefined) {
    throw new AwsError('AccessDenied', `Cannot find Service Linked Role template for ${service}`, 403);
  }
  if (suffix !== undefined && !linked.takesSuffix) {
    throw new AwsError('InvalidInput', `Custom suffix is not allowed for ${service}`);
  }
  return {
    name: suffix === undefined ? linked.role : `${linked.role}_${suffix}`,
    path: `/aws-service-role/${service}/`,
    managedPolicyArns: [`arn:${partition}:iam::aws:policy/aws-service-role/${linked.policy}`],
    trustPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] },
  };
}
