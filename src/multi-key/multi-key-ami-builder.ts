import { Duration, Fn } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { listDeviceKeys, listLaunchKeys, listNewVolumes, listVolumeOptions, renderBlockDevice, renderSourceVolume } from './block-devices';
import { allowBuild } from './build-permissions';
import { BuilderNetwork, builderNetwork } from './builder-network';
import { listFileSystems } from './file-systems/validate-file-systems';
import { MultiKeyAmiBuilderProps } from './multi-key-ami-builder-props';
import { renderUserData } from './user-data/render-user-data';
import { validateBuild } from './validate-build';
import { AmiBase } from '../ami/ami-base';
import { ServiceLinkedRole } from '../ami/service-linked-role';
import { serviceLinkedRolePrincipal } from '../ami/service-linked-role-grants';
import { validateSourceImageId, getLaunchConfig } from '../ami/source-image';
import { AmiBuildMethod, BuilderCapacityType, ImageProperties, MultiKeyAmiProperties, RESOURCE_TYPES } from '../contract';
import { listSourceKeys, renderSourceKeys } from '../keys/ami-keys';
import { grantKeyForLaunch } from '../keys/grant-key';
import { AmiProvider } from '../provider/ami-provider';
import { resolveKeys } from '../provider/key-resource';

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
  /**
   * The ID of the source AMI, such as `ami-0ff8a91507f77f867`. The ID behind an SSM parameter is known when the stack deploys. It is the ID of this
   * deployment: keep it, for example in an output, to create the same AMI again later.
   */
  public readonly sourceImageId: string;

  public constructor(scope: Construct, id: string, props: MultiKeyAmiBuilderProps) {
    super(scope, id, props);
    const { imageId, osType } = props.sourceImage.getImage(this);
    validateSourceImageId(imageId);
    this.sourceImageId = imageId;
    const fileSystems = listFileSystems(listVolumeOptions(props.blockDevices), props.sourceImage, osType, props.buildMethod);
    const userData = renderUserData(this, props, fileSystems, osType);
    validateBuild(this, props, osType, userData);
    const buildMethod = props.buildMethod ?? AmiBuildMethod.LAUNCH_INSTANCE;
    const network = buildMethod === AmiBuildMethod.LAUNCH_INSTANCE
      ? builderNetwork(this, { ...props, allowAllOutbound: props.allowAllOutbound ?? false }) : undefined;
    const provider = AmiProvider.of(this, props);
    const permissions = provider.permissionsFor(this);
    const snapshotIds = listNewVolumes(props.blockDevices).map(({ snapshotId }) => snapshotId);
    const sourceEncryptionKeys = listSourceKeys(props.sourceEncryptionKeys, imageId, ...snapshotIds);
    allowBuild(permissions, props, imageId, sourceEncryptionKeys, network, userData !== undefined);
    const buildRole = props.capacityType === BuilderCapacityType.SPOT ? ServiceLinkedRole.EC2_SPOT : undefined;
    if (buildRole) {
      const launchKeys = resolveKeys([...listLaunchKeys(props.rootVolume, props.blockDevices), ...sourceEncryptionKeys]);
      launchKeys.forEach(key => grantKeyForLaunch(this, key, serviceLinkedRolePrincipal(this, buildRole)));
    }
    this._createResource({
      resourceType: RESOURCE_TYPES.multiKeyAmi,
      provider,
      permissions,
      properties: renderProperties({ ...props, sourceEncryptionKeys }, imageId, buildMethod, network, userData),
      props,
      // which devices the source has is not known at synthesis: those without an entry keep their keys
      deviceKeys: [...listDeviceKeys(props.rootVolume, props.blockDevices), ...sourceEncryptionKeys],
      buildRole,
      launchConfig: () => getLaunchConfig(this, props.sourceImage),
    });
  }
}

function renderProperties(
  props: MultiKeyAmiBuilderProps & { readonly sourceEncryptionKeys: kms.IKey[] },
  imageId: string,
  buildMethod: AmiBuildMethod,
  network: BuilderNetwork | undefined,
  userData: string | undefined,
): Omit<MultiKeyAmiProperties, keyof ImageProperties> {
  return {
    SourceImageId: imageId,
    SourceEncryptionKeyArns: renderSourceKeys(props.sourceEncryptionKeys),
    RootVolume: props.rootVolume && renderSourceVolume(props.rootVolume),
    BlockDevices: props.blockDevices?.map(renderBlockDevice),
    UserData: userData && Fn.base64(userData),
    BuildMethod: buildMethod,
    UserDataTimeoutSeconds: userData === undefined ? undefined : (props.userDataTimeout ?? Duration.minutes(30)).toSeconds(),
    AssociatePublicIpAddress: network?.associatePublicIpAddress ?? false,
    CapacityType: props.capacityType === BuilderCapacityType.SPOT ? props.capacityType : undefined,
    InstanceTypes: props.instanceTypes?.map(type => type.toString()),
    SubnetIds: network?.subnetIds,
    SecurityGroupIds: network?.securityGroupIds,
  };
}
