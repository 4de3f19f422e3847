import { Duration, Fn } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { BuilderNetwork, builderNetwork } from './builder-network';
import { ImageProperties, MultiKeyAmiProperties, MultiKeyMethod, RESOURCE_TYPES } from '../contract';
import { AmiBase, CommonAmiProps } from '../ami/ami-base';
import { KeyUse } from '../provider/key-permissions';
import { KeyedDevice, KeyedVolume } from './block-devices';
import { checkMultiKey } from './validate-build';
import { AmiProvider } from '../provider/ami-provider';
import { checkSource, freshUserData } from '../ami/source-image';

/**
 * What the AMI is made from, the key of each of its devices, and where it is built.
 */
export interface MultiKeyAmiBuilderProps extends CommonAmiProps {
  /**
   * The image to start from: any machine image that is known by its id when the stack deploys, of this Region, backed by EBS.
   *
   * A change replaces the AMI. With an image behind an SSM parameter, such as `latestAmazonLinux2023()`, every deployment looks
   * the parameter up, so that a newer image replaces the AMI at the next deployment; say `cachedInContext: true` to stay with one.
   */
  readonly source: ec2.IMachineImage;

  /**
   * The key that the root device's snapshot is encrypted with. A change replaces the AMI.
   *
   * @default - the root's encryption stays as it is
   */
  readonly rootKey?: kms.IKey;

  /**
   * What becomes of devices that the source has. Devices that are not named stay as they are. A change replaces the AMI.
   *
   * @default - all of them stay as they are
   */
  readonly sourceDevices?: KeyedDevice[];

  /**
   * The names of devices of the source that the AMI does not have. Not the root. A change replaces the AMI.
   *
   * @default - none is dropped
   */
  readonly droppedDevices?: string[];

  /**
   * Volumes that the source does not have, each with a key of its own. A change replaces the AMI.
   *
   * @default - none
   */
  readonly volumes?: KeyedVolume[];

  /**
   * The customer managed keys that the source's snapshots are encrypted with. The handler's role is allowed to use them through EC2.
   * Not needed for unencrypted snapshots and for those under `aws/ebs`. A change is made in place.
   *
   * @default - the source has no snapshot under a customer managed key
   */
  readonly sourceKeys?: kms.IKey[];

  /**
   * How the AMI is built. A change is made in place: the AMI that exists stays, and the next one is built so.
   *
   * @default MultiKeyMethod.INSTANCE
   */
  readonly method?: MultiKeyMethod;

  /**
   * The VPC that the builder runs in. A change is made in place.
   *
   * @default - the default VPC of the account
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the VPC that the builder may run in. They are tried one after the other while there is no capacity. A change is made in place.
   *
   * @default - the Vpc default strategy if not specified
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the builder. A change is made in place.
   *
   * @default - one that lets nothing in, and nothing out but with `prepareNetworkAccess`
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The types that the builder may have. They are tried one after the other while there is no capacity. A change is made in place.
   *
   * @default - small ones that fit the source's architecture, boot mode and operating system
   */
  readonly instanceTypes?: ec2.InstanceType[];

  /**
   * What the builder runs before its volumes become the AMI, such as formatting a volume or installing something. The build goes on when the
   * instance stops itself, so end with `shutdown -h now`. The volumes are attached while it starts: wait for their devices to appear.
   * At most 16 KiB. A change replaces the AMI.
   *
   * @default - nothing of yours runs: the builder is stopped as soon as its volumes are attached
   */
  readonly prepare?: ec2.UserData;

  /**
   * How long the instance may take to stop itself after it was launched. When it is over, the deployment fails with the end of the console's
   * output. A change is made in place.
   *
   * @default Duration.minutes(30)
   */
  readonly prepareTimeout?: Duration;

  /**
   * Whether what is run to prepare may reach the network. Nothing can reach the builder in any case. A change is made in place.
   *
   * @default false
   */
  readonly prepareNetworkAccess?: boolean;
}

/**
 * An AMI whose every snapshot has a KMS key of its own, made while the stack deploys.
 *
 * An instance is launched from the source, a volume is created for each key and attached, the instance is stopped, and its volumes become the
 * snapshots of the AMI. Or, by `MultiKeyMethod.SNAPSHOTS`, each snapshot is copied to its key. When the deployment goes on, each snapshot was read
 * back and is encrypted with its key, and the instance and its volumes are gone.
 *
 * When the AMI cannot be made, the deployment fails with a sentence that names the device, the key, the cause and the cure, and nothing is
 * left behind.
 *
 * @see the page "Use encryption with EBS-backed AMIs" in the Amazon EC2 User Guide
 */
export class MultiKeyAmiBuilder extends AmiBase {
  private readonly source: ec2.IMachineImage;

  public constructor(scope: Construct, id: string, props: MultiKeyAmiBuilderProps) {
    super(scope, id, props, self => {
      const { imageId, osType } = props.source.getImage(self);
      checkSource(imageId);
      checkMultiKey(props, osType);
      const method = props.method ?? MultiKeyMethod.INSTANCE;
      const network = method === MultiKeyMethod.INSTANCE
        ? builderNetwork(self, { ...props, networkAccess: props.prepareNetworkAccess ?? false }) : undefined;
      return {
        resourceType: RESOURCE_TYPES.multiKeyAmi,
        provider: grantHandlerPermissions(self, props, imageId, network),
        launchKeys: keysOf(props),
        properties: propertiesOf(props, imageId, method, network),
      };
    });
    this.source = props.source;
  }

  public getImage(_scope: Construct): ec2.MachineImageConfig {
    return { imageId: this.imageId, ...freshUserData(this, this.source) };
  }
}

function propertiesOf(
  props: MultiKeyAmiBuilderProps, imageId: string, method: MultiKeyMethod, network: BuilderNetwork | undefined,
): Omit<MultiKeyAmiProperties, keyof ImageProperties> {
  return {
    SourceImageId: imageId,
    SourceKeyArns: props.sourceKeys?.map(({ keyArn }) => keyArn),
    RootKeyArn: props.rootKey?.keyArn,
    SourceDevices: props.sourceDevices?.map(device => ({
      DeviceName: device.deviceName,
      KeyArn: device.encryptionKey?.keyArn,
      DeleteOnTermination: device.deleteOnTermination,
    })),
    DroppedDevices: props.droppedDevices,
    Volumes: props.volumes?.map(volume => ({
      DeviceName: volume.deviceName,
      KeyArn: volume.encryptionKey.keyArn,
      SizeGibibytes: volume.size?.toGibibytes(),
      SnapshotId: volume.snapshotId,
      VolumeType: volume.volumeType ?? ec2.EbsDeviceVolumeType.GP3,
      Iops: volume.iops,
      Throughput: volume.throughput,
      DeleteOnTermination: volume.deleteOnTermination ?? true,
    })),
    UserData: props.prepare && Fn.base64(props.prepare.render()),
    Method: method,
    PrepareTimeoutSeconds: props.prepare && (props.prepareTimeout ?? Duration.minutes(30)).toSeconds(),
    PublicAddress: network?.publicAddress ?? false,
    InstanceTypes: props.instanceTypes?.map(type => type.toString()),
    SubnetIds: network?.subnetIds,
    SecurityGroupIds: network?.securityGroupIds,
  };
}

/** The keys of the AMI's devices, as far as they are declared. */
function keysOf({ rootKey, sourceDevices = [], volumes = [] }: MultiKeyAmiBuilderProps): kms.IKey[] {
  return [rootKey, ...sourceDevices.map(({ encryptionKey }) => encryptionKey), ...volumes.map(({ encryptionKey }) => encryptionKey)]
    .flatMap(key => key ?? []);
}

/** The provider, allowed to do what this build needs. */
function grantHandlerPermissions(
  scope: Construct, props: MultiKeyAmiBuilderProps, imageId: string, network: BuilderNetwork | undefined,
): AmiProvider {
  const provider = AmiProvider.of(scope, props);
  const volumes = props.volumes ?? [];
  const snapshotIds = volumes.flatMap(({ snapshotId }) => snapshotId ?? []);
  if (network) {
    const console = props.prepare !== undefined;
    provider.permissions.allowBuildByInstance({ imageId, ...network, volumes: volumes.length > 0, snapshotIds, console });
  } else {
    provider.permissions.allowBuildBySnapshots({ volumes: volumes.some(({ snapshotId }) => !snapshotId) });
  }
  for (const key of keysOf(props)) {
    provider.keys.allow(key, KeyUse.DESTINATION);
  }
  // a device that is not named keeps its key, which is then both what it is decrypted from and what it is encrypted to
  for (const key of props.sourceKeys ?? []) {
    provider.keys.allow(key, network ? KeyUse.SOURCE : KeyUse.SNAPSHOT_SOURCE);
    provider.keys.allow(key, KeyUse.DESTINATION);
  }
  return provider;
}
