import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { ServiceLinkedRole, ServiceLinkedRoleGrantOptions } from './service-linked-role';

/**
 * An AMI that a construct of this library creates: `EncryptedAmiCopy`, `MultiKeyAmiBuilder` or `InstanceAmi`.
 *
 * It is a machine image, so instances, launch templates and Auto Scaling groups take it.
 */
export interface IAmi extends IConstruct, ec2.IMachineImage {
  /**
   * The ID of the AMI, such as `ami-0ff8a91507f77f867`. Known when the stack deploys, once the AMI is available and verified.
   *
   * @attribute
   */
  readonly imageId: string;

  /**
   * The ARN of the AMI. Known when the stack deploys.
   *
   * @attribute
   */
  readonly imageArn: string;

  /**
   * The name of the AMI. Known when the stack deploys.
   *
   * @attribute
   */
  readonly imageName: string;

  /**
   * The architecture of the AMI: `x86_64`, `arm64` or another value of EC2. Known when the stack deploys.
   *
   * @attribute
   */
  readonly imageArchitecture: string;

  /**
   * The name of the root device, such as `/dev/xvda`. Known when the stack deploys.
   *
   * @attribute
   */
  readonly imageRootDeviceName: string;

  /**
   * The ID of the snapshot of the root device. Known when the stack deploys.
   *
   * @attribute
   */
  readonly imageRootSnapshotId: string;

  /**
   * The IDs of the snapshots of the AMI, in the order of its devices: a list token whose length is known when the stack deploys.
   *
   * @attribute
   */
  readonly imageSnapshotIds: string[];

  /**
   * Allows a principal to launch instances from this AMI, to tag what the launch creates, and to use the keys that were given to its construct through EC2.
   */
  grantLaunch(grantee: iam.IGrantable): iam.Grant;

  /**
   * Allows a service-linked role of the account, such as that of Auto Scaling, to use the keys that were given to this construct through EC2.
   */
  grantLaunchToServiceLinkedRole(role: ServiceLinkedRole, options?: ServiceLinkedRoleGrantOptions): iam.Grant;

  /**
   * Shares the AMI, its snapshots, and the keys that were given to its construct with accounts: IDs of 12 digits, at least one.
   */
  shareWithAccounts(...accountIds: string[]): void;

  /**
   * Shares the AMI, and the keys that were given to its construct, with organizations: ARNs, at least one.
   */
  shareWithOrganizations(...organizationArns: string[]): void;

  /**
   * Shares the AMI, and the keys that were given to its construct, with organizational units: ARNs, at least one.
   */
  shareWithOrganizationalUnits(...organizationalUnitArns: string[]): void;
}
