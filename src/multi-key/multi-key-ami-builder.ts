import { Duration, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { keysOfDevices, newVolumes, renderBlockDevice, renderSourceVolume } from './block-devices';
import { BuilderNetwork, builderNetwork } from './builder-network';
import { MultiKeyAmiBuilderProps } from './multi-key-ami-builder-props';
import { checkMultiKey } from './validate-build';
import { AmiBase } from '../ami/ami-base';
import { checkSource, freshUserData } from '../ami/source-image';
import { AmiBuildMethod, ImageProperties, MultiKeyAmiProperties, RESOURCE_TYPES, VolumeOrigin } from '../contract';
import { AmiProvider } from '../provider/ami-provider';
import { KeyUse } from '../provider/key-permissions';

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
    provider.keys.allow(key, network ? KeyUse.SOURCE : KeyUse.SNAPSHOT_SOURCE);
    provider.keys.allow(key, KeyUse.DESTINATION);
  }
  return provider;
}
