import { LaunchTemplateSpecification, RequestLaunchTemplateData } from '@aws-sdk/client-ec2';

/** The account and Region of a group. */
export interface Environment {
  readonly account: string;
  readonly region: string;
}

/** A share of the instances of a group with mixed instances. */
interface InstancesDistribution {
  readonly onDemandBaseCapacity: number;
  readonly onDemandPercentageAboveBaseCapacity: number;
}

/** The source of the instances of a group: by a launch template, by one with overrides (mixed instances), or by a launch configuration. */
export type LaunchSource =
  | { readonly kind: 'template'; readonly template: LaunchTemplateSpecification }
  | {
    readonly kind: 'mixed';
    readonly template: LaunchTemplateSpecification;
    readonly instanceTypes: readonly string[];
    readonly distribution: InstancesDistribution;
  }
  | { readonly kind: 'configuration'; readonly data: RequestLaunchTemplateData };

export interface GroupSettings {
  readonly name: string;
  readonly source: LaunchSource;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desiredCapacity: number;
  readonly subnetIds: readonly string[];
  /** The tags that its instances get. */
  readonly propagatedTags: Readonly<Record<string, string>>;
  /** The ARN of its service-linked role; that without a suffix by default. */
  readonly serviceLinkedRoleArn?: string;
}

/** A scaling activity: one attempt to launch an instance. */
interface Activity {
  readonly status: 'Successful' | 'Failed';
  readonly instanceId?: string;
  readonly message: string;
}

export interface Group extends Environment {
  settings: GroupSettings;
  readonly roleArn: string;
  readonly instanceIds: string[];
  readonly activities: Activity[];
}
