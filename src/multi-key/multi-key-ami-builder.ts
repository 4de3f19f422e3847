import { Duration, Fn } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { AmiBlockDevice, keysOfDevices, newVolumes, renderBlockDevice, renderSourceVolume, SourceVolumeOptions } from './block-devices';
import { BuilderNetwork, builderNetwork } from './builder-network';
import { checkMultiKey } from './validate-build';
import { AmiBase, CommonAmiProps } from '../ami/ami-base';
import { checkSource, freshUserData } from '../ami/source-image';
import { AmiBuildMethod, ImageProperties, MultiKeyAmiProperties, RESOURCE_TYPES, VolumeOrigin } from '../contract';
import { AmiProvider } from '../provider/ami-provider';
import { KeyUse } from '../provider/key-permissions';

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
   * Commands that the builder instance runs, such as formatting a volume: not those of instances of the AMI. At most 16 KiB. The build continues when the
   * instance stops, so end them with `shutdown -h now`. New volumes are attached while the instance boots: wait for their devices.
   *
   * Changing it requires replacement. Refused with `COPY_SNAPSHOTS`.
   *
   * @default - none: the builder instance is stopped as soon as its volumes are attached
   */
  readonly userData?: ec2.UserData;

  /**
   * How long the builder instance may run before `userData` has stopped it: 1 minute to 1 hour. After that the deployment fails with the end of the console
   * output.
   *
   * Changing it has no effect on an existing AMI. Refused without `userData`.
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

/**
 * An AMI whose snapshots are encrypted with different keys, created while the stack deploys.
 *
 * With `LAUNCH_INSTANCE` an instance is launched from the source AMI, new volumes are attached, the instance is stopped, and the AMI is created from it; with
 * `COPY_SNAPSHOTS` each snapshot is copied with its key. The deployment continues once the AMI is available, each snapshot was verified to be
 * encrypted with its key, and the instance and its volumes are deleted. If the AMI cannot be built, the deployment fails with the cause and what to do,
 * and the partly created AMI is deleted.
 *
 * See the page "Use encryption with EBS-backed AMIs" of the Amazon EC2 User Guide.
 */
export class MultiKeyAmiBuilder extends AmiBase {
  public constructor(scope: Construct, id: string, props: MultiKeyAmiBuilderProps) {
    super(scope, id, props);
    const { imageId, osType } = props.sourceImage.getImage(this);
    checkSource(imageId);
    checkMultiKey(props, osType);
    const buildMethod = props.buildMethod ?? AmiBuildMethod.LAUNCH_INSTANCE;
    const network = buildMethod === AmiBuildMethod.LAUNCH_INSTANCE
      ? builderNetwork(this, { ...props, allowAllOutbound: props.allowAllOutbound ?? false }) : undefined;
    this._createResource({
      resourceType: RESOURCE_TYPES.multiKeyAmi,
      provider: grantHandlerPermissions(this, props, imageId, network),
      properties: propertiesOf(props, imageId, buildMethod, network),
      props,
      launchKeys: keysOfDevices(props.rootVolume, props.blockDevices),
      launchConfig: () => freshUserData(this, props.sourceImage),
    });
  }
}

function propertiesOf(
  props: MultiKeyAmiBuilderProps, imageId: string, buildMethod: AmiBuildMethod, network: BuilderNetwork | undefined,
): Omit<MultiKeyAmiProperties, keyof ImageProperties> {
  return {
    SourceImageId: imageId,
    SourceEncryptionKeyArns: props.sourceEncryptionKeys?.map(({ keyArn }) => keyArn),
    RootVolume: props.rootVolume && renderSourceVolume(props.rootVolume),
    BlockDevices: props.blockDevices?.map(renderBlockDevice),
    UserData: props.userData && Fn.base64(props.userData.render()),
    BuildMethod: buildMethod,
    UserDataTimeoutSeconds: props.userData && (props.userDataTimeout ?? Duration.minutes(30)).toSeconds(),
    AssociatePublicIpAddress: network?.associatePublicIpAddress ?? false,
    InstanceTypes: props.instanceTypes?.map(type => type.toString()),
    SubnetIds: network?.subnetIds,
    SecurityGroupIds: network?.securityGroupIds,
  };
}

/** The provider, allowed to do what this build needs. */
function grantHandlerPermissions(
  scope: Construct, props: MultiKeyAmiBuilderProps, imageId: string, network: BuilderNetwork | undefined,
): AmiProvider {
  const provider = AmiProvider.of(scope, props);
  const volumes = newVolumes(props.blockDevices);
  const snapshotIds = volumes.flatMap(({ snapshotId }) => snapshotId ?? []);
  if (network) {
    const console = props.userData !== undefined;
    provider.permissions.allowBuildByInstance({ imageId, ...network, volumes: volumes.length > 0, snapshotIds, console });
  } else {
    provider.permissions.allowBuildBySnapshots({ volumes: volumes.some(({ origin }) => origin === VolumeOrigin.EBS) });
  }
  for (const key of keysOfDevices(props.rootVolume, props.blockDevices)) {
    provider.keys.allow(key, KeyUse.DESTINATION);
  }
  // a device that is not named keeps its key, which is then both what it is decrypted from and what it is encrypted to
  for (const key of props.sourceEncryptionKeys ?? []) {
    provider.keys.allow(key, KeyUse.SOURCE);
    provider.keys.allow(key, KeyUse.DESTINATION);
  }
  return provider;
}
