/** Options of `grantLaunchToServiceLinkedRole()`. */
export interface ServiceLinkedRoleGrantOptions {
  /**
   * Create the service-linked role, once for the app, before the keys whose policies name it. AWS KMS refuses a key policy that names a role that does not
   * exist, and an account has a service-linked role only after someone, or the first use of the service, created it.
   *
   * Set it if the account does not have the role yet: IAM refuses to create it a second time. The role stays when the stack is deleted, because other
   * resources of the account may use it.
   *
   * @default false
   */
  readonly createRole?: boolean;
}

/** A service-linked role with which an AWS service launches instances. */
export class ServiceLinkedRole {
  /**
   * The role of Amazon EC2 Auto Scaling. Managed node groups of Amazon EKS launch through Auto Scaling, too.
   */
  public static readonly AUTO_SCALING = new ServiceLinkedRole('autoscaling.amazonaws.com', 'AWSServiceRoleForAutoScaling');

  /**
   * The role of Amazon EC2 Spot, for Spot Instances that are not launched by Auto Scaling or a fleet.
   */
  public static readonly EC2_SPOT = new ServiceLinkedRole('spot.amazonaws.com', 'AWSServiceRoleForEC2Spot');

  /**
   * The role of Spot Fleet.
   */
  public static readonly EC2_SPOT_FLEET = new ServiceLinkedRole('spotfleet.amazonaws.com', 'AWSServiceRoleForEC2SpotFleet');

  /**
   * The role of EC2 Fleet.
   */
  public static readonly EC2_FLEET = new ServiceLinkedRole('ec2fleet.amazonaws.com', 'AWSServiceRoleForEC2Fleet');

  /**
   * A role of Amazon EC2 Auto Scaling with a custom suffix, such as `AWSServiceRoleForAutoScaling_web`: the `serviceLinkedRoleArn` of an Auto Scaling group.
   */
  public static autoScalingWithSuffix(customSuffix: string): ServiceLinkedRole {
    const { serviceName, roleName } = ServiceLinkedRole.AUTO_SCALING;
    return new ServiceLinkedRole(serviceName, `${roleName}_${customSuffix}`, customSuffix);
  }

  /**
   * The role of another service, such as `of('imagebuilder.amazonaws.com', 'AWSServiceRoleForImageBuilder')`.
   */
  public static of(serviceName: string, roleName: string): ServiceLinkedRole {
    return new ServiceLinkedRole(serviceName, roleName);
  }

  private constructor(
    /** The name of the service, such as `autoscaling.amazonaws.com`. */
    public readonly serviceName: string,
    /** The name of the role, such as `AWSServiceRoleForAutoScaling`. */
    public readonly roleName: string,
    /** The part of the name behind the underscore, if the role has a custom suffix. */
    public readonly customSuffix?: string,
  ) {}
}
