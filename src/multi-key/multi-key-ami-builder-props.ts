import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBlockDevice, SourceVolumeOptions } from './block-devices';
import { CommonAmiProps } from '../ami/common-ami-props';
import { AmiBuildMethod, BuilderCapacityType } from '../contract';

/**
 * Properties of `MultiKeyAmiBuilder`. At least one of `rootVolume` and `blockDevices` is required.
 */
export interface MultiKeyAmiBuilderProps extends CommonAmiProps {
  /**
   * The source AMI: a machine image of the Region of the stack, backed by EBS, whose ID is known when the stack deploys.
   *
   * Changing it requires replacement. The ID behind an SSM parameter, such as `latestAmazonLinux2023()`, can change at every deployment; set
   * `cachedInContext: true` to keep one.
   */
  readonly sourceImage: ec2.IMachineImage;

  /**
   * The volume of the root device. Changing it requires replacement.
   *
   * @default - as in the source AMI
   */
  readonly rootVolume?: SourceVolumeOptions;

  /**
   * One entry for each device of the source AMI that changes, and for each new volume. Devices without an entry stay as they are. Changing it requires
   * replacement.
   *
   * @default - the devices of the source AMI
   */
  readonly blockDevices?: AmiBlockDevice[];

  /**
   * The customer managed keys that the snapshots of the source AMI are encrypted with. The handler role is allowed to use them through EC2. Not needed for
   * unencrypted snapshots and for `aws/ebs`.
   *
   * Changing it updates the AMI in place.
   *
   * @default - no snapshot of the source AMI is encrypted with a customer managed key
   */
  readonly sourceEncryptionKeys?: kms.IKey[];

  /**
   * How the AMI is built. Changing it has no effect on an existing AMI.
   *
   * @default AmiBuildMethod.LAUNCH_INSTANCE
   */
  readonly buildMethod?: AmiBuildMethod;

  /**
   * The VPC of the builder instance. Changing it has no effect on an existing AMI. Refused with `COPY_SNAPSHOTS`.
   *
   * @default - the default VPC of the account
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of `vpc` for the builder instance, tried one after the other while EC2 has no capacity. Changing it has no effect on an existing AMI. Refused
   * without `vpc`.
   *
   * @default - the Vpc default strategy if not specified
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the builder instance, of `vpc`. Changing it has no effect on an existing AMI. Refused without `vpc`.
   *
   * @default - a security group without inbound rules, and without outbound rules unless `allowAllOutbound` is `true`
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The types of the builder instance, tried one after the other while EC2 has no capacity. Changing it has no effect on an existing AMI. Refused with
   * `COPY_SNAPSHOTS`.
   *
   * @default - small types that fit the architecture, boot mode and operating system of the source AMI
   */
  readonly instanceTypes?: ec2.InstanceType[];

  /**
   * Whether the builder instance is an On-Demand Instance or a Spot Instance. Every instance type and subnet is tried for a Spot Instance first, and then for an
   * On-Demand Instance. If EC2 interrupts a Spot Instance before its commands have stopped it, the deployment fails, and no AMI is created: deploy again.
   *
   * The account needs the service-linked role `AWSServiceRoleForEC2Spot`. The policies of keys of this app allow it to use them; those of imported keys
   * must do so already. See the section "Spot Instances" of `docs/multi-key.md`.
   *
   * Changing it has no effect on an existing AMI. Refused with `COPY_SNAPSHOTS`.
   *
   * @default BuilderCapacityType.ON_DEMAND
   */
  readonly capacityType?: BuilderCapacityType;

  /**
   * Commands that the builder instance runs, such as installing software: not those of instances of the AMI. With the commands of the construct at most 16 KiB. A shell
   * script of Linux runs when the file systems of the volumes are mounted; after it come the clean-up and the shutdown, unless `cleanUp` is `false`. If it
   * ends with another exit status than 0, the deployment fails with the end of the console output: begin it with `set -euo pipefail`. Other user data must end
   * with a shutdown.
   *
   * They are no place for secrets. They are in the template of the stack. Without `cleanUp`, cloud-init leaves them on the root volume of the AMI, and so with everyone
   * who gets the AMI; what they print can stay in log files. If they fail or do not end in time, the end of the console output is in the stack events.
   *
   * Changing it requires replacement. Refused with `COPY_SNAPSHOTS`.
   *
   * @default - none: the builder instance is stopped as soon as its volumes are attached, and their file systems are made
   */
  readonly userData?: ec2.UserData;

  /**
   * Whether the builder instance removes, after `userData` and before it stops: the user data and the logs that cloud-init keeps, the machine ID, and the SSH host
   * keys. Instances of the AMI make their own.
   *
   * Changing it requires replacement. `true` is refused where `userData` is not a shell script of Linux, and any value without `userData` and file systems.
   *
   * @default - true for shell scripts of Linux, such as `UserData.forLinux()`, and for file systems; false for any other user data, with a warning on Linux
   */
  readonly cleanUp?: boolean;

  /**
   * How long the builder instance may run before its commands have stopped it: 1 minute to 1 hour. After that the deployment fails with the end of the console
   * output.
   *
   * Changing it has no effect on an existing AMI. Refused without `userData` and file systems.
   *
   * @default Duration.minutes(30)
   */
  readonly userDataTimeout?: Duration;

  /**
   * Whether `userData` can connect to the network. Nothing can connect to the builder instance in any case. Changing it has no effect on an existing AMI.
   * Refused without `userData`.
   *
   * @default false
   */
  readonly allowAllOutbound?: boolean;
}
