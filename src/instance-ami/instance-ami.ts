import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import * as messages from './messages';
import { AmiBase, CommonAmiProps } from '../ami/ami-base';
import { checkDistinct } from '../ami/validate-device-names';
import { ImageProperties, InstanceAmiProperties, RESOURCE_TYPES } from '../contract';
import { AmiProvider } from '../provider/ami-provider';
import { KeyUse } from '../provider/key-permissions';

/**
 * How instances of an AMI boot, if not as the instance that it was created from.
 */
export enum BootModeOverride {
  /**
   * With UEFI. Only for an instance that was booted with UEFI itself.
   */
  UEFI = 'uefi',
}

/**
 * One device of the instance. Devices without an entry stay as they are. Changing an entry requires replacement.
 */
export interface InstanceBlockDevice {
  /**
   * The name of the device on the instance, such as `/dev/sdb`.
   */
  readonly deviceName: string;

  /**
   * Whether EC2 deletes the volume when it terminates an instance that was launched from the AMI.
   *
   * @default - as for this instance
   */
  readonly deleteOnTermination?: boolean;

  /**
   * `false`: the AMI does not have this device. Not for the root device. Excludes `deleteOnTermination`.
   *
   * @default true
   */
  readonly mappingEnabled?: boolean;
}

/**
 * Properties of `InstanceAmi`.
 */
export interface InstanceAmiProps extends CommonAmiProps {
  /**
   * The instance: one of the stack, or an existing one by its ID, `ec2.CfnInstance.fromInstanceId(this, 'Server', 'i-…')`. It must be running or stopped
   * (one that is starting or stopping is waited for), of this account and Region, with an EBS volume as its root.
   *
   * Changing it requires replacement; a change on the disks of the same instance does not: change `contentVersion`. An instance of the stack is waited
   * for, with its signals. Make the AMI depend on volumes that the stack attaches to it.
   */
  readonly instance: ec2.IInstanceRef;

  /**
   * Whether EC2 reboots the instance, so that its file systems are consistent when the snapshots are taken. Without a reboot the snapshots are what a loss of
   * power would leave. See NoReboot of CreateImage in the Amazon EC2 API Reference.
   *
   * Changing it has no effect on an existing AMI.
   *
   * @default true
   */
  readonly reboot?: boolean;

  /**
   * One entry for each device of the instance that the AMI does not have, or has with another `deleteOnTermination`. Changing it requires replacement.
   *
   * @default - the AMI has the devices of the instance
   */
  readonly blockDevices?: InstanceBlockDevice[];

  /**
   * How instances of the AMI boot. Changing it requires replacement.
   *
   * @default - as the instance
   */
  readonly bootModeOverride?: BootModeOverride;

  /**
   * The key that every snapshot of the AMI is encrypted with: symmetric, of this Region, of this account or another. EC2 first creates an AMI with the keys
   * of the volumes, which the handler copies with this key and deletes.
   *
   * Changing it requires replacement.
   *
   * @default - each snapshot has the key of its volume, and the snapshot of an unencrypted volume is not encrypted
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The customer managed keys that the volumes of the instance are encrypted with. Required with `encryptionKey`, to decrypt the snapshots; without
   * it, only to find out before the AMI is created that such a key cannot be used.
   *
   * Changing it updates the AMI in place.
   *
   * @default - no volume is encrypted with a customer managed key, or nothing has to be decrypted
   */
  readonly sourceEncryptionKeys?: kms.IKey[];

  /**
   * The operating system of the instance, which decides the form of the user data of instances of the AMI.
   *
   * @default - that of an instance of the app; Linux for an imported instance
   */
  readonly osType?: ec2.OperatingSystemType;
}

/**
 * An AMI of an existing instance, created while the stack deploys.
 *
 * The deployment continues once the AMI is available and each of its snapshots was verified to have the key of its volume, or `encryptionKey`. A change on
 * the disks of the instance is not noticed: change `contentVersion` to create a new AMI. If the AMI cannot be created, the deployment fails with the
 * cause and what to do, and the partly created AMI is deleted.
 *
 * See the page "Create an Amazon EBS-backed AMI" of the Amazon EC2 User Guide.
 */
export class InstanceAmi extends AmiBase {
  public constructor(scope: Construct, id: string, props: InstanceAmiProps) {
    super(scope, id, props);
    const { instance } = props;
    const { instanceId } = instance.instanceRef;
    checkInstance(instanceId);
    checkBlockDevices(props);
    const properties: Omit<InstanceAmiProperties, keyof ImageProperties> = {
      InstanceId: instanceId,
      Reboot: props.reboot ?? true,
      BlockDevices: props.blockDevices?.map(({ deviceName, deleteOnTermination, mappingEnabled = true }) => ({
        DeviceName: deviceName, DeleteOnTermination: deleteOnTermination, MappingEnabled: mappingEnabled,
      })),
      BootModeOverride: props.bootModeOverride,
      EncryptionKeyArn: props.encryptionKey?.keyArn,
    };
    const osType = props.osType ?? (isInstance(instance) ? instance.osType : ec2.OperatingSystemType.LINUX);
    this._createResource({
      resourceType: RESOURCE_TYPES.instanceAmi,
      provider: grantHandlerPermissions(this, props),
      properties,
      props,
      launchKeys: props.encryptionKey ? [props.encryptionKey] : props.sourceEncryptionKeys ?? [],
      launchConfig: () => ({ osType, userData: newUserData(osType) }),
    });
  }
}

/** Whether it is an instance construct of the app, which knows its operating system. */
function isInstance(instance: ec2.IInstanceRef): instance is ec2.Instance {
  return (instance as Partial<ec2.Instance>).osType !== undefined;
}

function newUserData(osType: ec2.OperatingSystemType): ec2.UserData {
  return osType === ec2.OperatingSystemType.UNKNOWN ? ec2.UserData.custom('') : ec2.UserData.forOperatingSystem(osType);
}

function checkInstance(instanceId: string): void {
  if (!Token.isUnresolved(instanceId) && !/^i-[0-9a-f]{8,17}$/.test(instanceId)) {
    throw new Error(messages.instanceIdMalformed(instanceId));
  }
}

/** Whether the instance has the devices is known only when the stack deploys; contradictions are known now. */
function checkBlockDevices({ blockDevices = [] }: InstanceAmiProps): void {
  for (const { deviceName, deleteOnTermination, mappingEnabled = true } of blockDevices) {
    if (mappingEnabled === (deleteOnTermination === undefined)) {
      throw new Error(messages.deleteOnTerminationOrNoMapping(deviceName, mappingEnabled ? 'neither' : 'both'));
    }
  }
  checkDistinct(blockDevices.map(({ deviceName }) => deviceName));
}

/** The provider, allowed to do what this image needs. */
function grantHandlerPermissions(scope: Construct, props: InstanceAmiProps): AmiProvider {
  const provider = AmiProvider.of(scope, props);
  provider.permissions.allowImageOfInstance(props.instance.instanceRef.instanceId);
  if (props.encryptionKey) {
    provider.permissions.allowCopy();
    provider.keys.allow(props.encryptionKey, KeyUse.DESTINATION);
  }
  for (const key of props.sourceEncryptionKeys ?? []) {
    provider.keys.allow(key, props.encryptionKey ? KeyUse.SOURCE : KeyUse.METADATA);
  }
  return provider;
}
