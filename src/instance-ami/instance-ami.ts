import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ImageProperties, InstanceAmiProperties, RESOURCE_TYPES } from '../contract';
import { AmiBase, CommonAmiProps } from '../ami/ami-base';
import { checkDistinct } from '../ami/validate-device-names';
import { KeyUse } from '../provider/key-permissions';
import { AmiProvider } from '../provider/ami-provider';

/**
 * How instances of an AMI boot, other than the instance that it was made from.
 */
export enum InstanceBootMode {
  /**
   * Always by UEFI. Only for an instance that has booted by UEFI itself.
   */
  UEFI = 'uefi',
}

/**
 * What becomes of a volume of the instance. A change replaces the AMI.
 */
export interface InstanceDevice {
  /**
   * The name of the device on the instance, such as `/dev/sdb`.
   */
  readonly deviceName: string;

  /**
   * Whether the volume goes when an instance that was launched from the AMI is terminated.
   */
  readonly deleteOnTermination: boolean;
}

/**
 * Which instance becomes an AMI, and how.
 */
export interface InstanceAmiProps extends CommonAmiProps {
  /**
   * The instance to make the AMI from: one of the stack, or one that exists, by its id: `ec2.CfnInstance.fromInstanceId(this, 'Server', 'i-…')`.
   * It must be running or stopped (one that starts or stops is waited for), of this account and Region, and its root must be an EBS volume.
   *
   * Another instance replaces the AMI. What changes on the disks of the same instance does not: see `version`. An instance of the stack is
   * waited for, until it has signalled if it has to signal; let the AMI depend on volumes that the stack attaches to it.
   */
  readonly instance: ec2.IInstanceRef;

  /**
   * Whether the instance is shut down and booted again, so that its file systems are at rest when the snapshots are taken. Without that, the
   * snapshots are what a loss of power would leave behind. Nothing else is ever done to the instance. A change is made in place: the AMI that
   * exists stays, and the next one is made so.
   *
   * @see the parameter NoReboot of CreateImage in the EC2 API reference
   *
   * @default true
   */
  readonly reboot?: boolean;

  /**
   * A text of yours that stands for what is on the disks, such as the version of what is installed. Another one replaces the AMI: nobody can see
   * from outside that the disks of an instance have changed, so that without it, only another instance makes a new AMI.
   *
   * @default - none: the AMI stays until the instance is another one
   */
  readonly version?: string;

  /**
   * The names of devices whose volumes the AMI does not have. Not the root. A change replaces the AMI.
   *
   * @default - the AMI has all volumes of the instance
   */
  readonly excludedDevices?: string[];

  /**
   * What becomes of volumes of the instance. A change replaces the AMI.
   *
   * @default - each volume goes with an instance of the AMI if it goes with this instance
   */
  readonly devices?: InstanceDevice[];

  /**
   * How instances of the AMI boot. A change replaces the AMI.
   *
   * @default - as the instance does
   */
  readonly bootMode?: InstanceBootMode;

  /**
   * The key that every snapshot of the AMI is encrypted with: symmetric, of this Region, from this account or another. The image is made first,
   * with the keys of the volumes, and then copied on to this key; the first image is removed. A change replaces the AMI.
   *
   * @default - each snapshot has the key of its volume, and that of an unencrypted volume is not encrypted
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The customer managed keys that the instance's volumes are encrypted with. Needed with `encryptionKey`, to decrypt the snapshots on the way
   * to that key; without it, only to say beforehand what is wrong with such a key. A change is made in place.
   *
   * @default - no volume is under a customer managed key, or nothing has to be decrypted
   */
  readonly sourceKeys?: kms.IKey[];

  /**
   * The operating system of the instance, for the user data of instances of the AMI.
   *
   * @default - that of the instance if it is one of the app; Linux if it was imported
   */
  readonly operatingSystem?: ec2.OperatingSystemType;
}

/**
 * An AMI of an instance that exists, made while the stack deploys.
 *
 * When the deployment goes on, the AMI is available, and each of its snapshots was read back and has the key of its volume, or the one that was
 * asked for. Its attributes are those of the instance.
 *
 * The library cannot see that the disks of the instance have changed: give another `version` to have a new AMI made.
 *
 * When the AMI cannot be made, the deployment fails with a sentence that names the device, the key, the cause and the cure, and nothing is
 * left behind.
 *
 * @see the page "Create an Amazon EBS-backed AMI" in the Amazon EC2 User Guide
 */
export class InstanceAmi extends AmiBase {
  private readonly osType: ec2.OperatingSystemType;

  public constructor(scope: Construct, id: string, props: InstanceAmiProps) {
    super(scope, id, props, self => {
      checkInstance(props.instance.instanceRef.instanceId);
      checkDevices(props);
      const properties: Omit<InstanceAmiProperties, keyof ImageProperties> = {
        InstanceId: props.instance.instanceRef.instanceId,
        Reboot: props.reboot ?? true,
        Version: props.version,
        ExcludedDevices: props.excludedDevices,
        Devices: props.devices?.map(({ deviceName, deleteOnTermination }) => ({ DeviceName: deviceName, DeleteOnTermination: deleteOnTermination })),
        BootMode: props.bootMode,
        KeyArn: props.encryptionKey?.keyArn,
      };
      return {
        resourceType: RESOURCE_TYPES.instanceAmi,
        provider: grantHandlerPermissions(self, props),
        launchKeys: props.encryptionKey ? [props.encryptionKey] : props.sourceKeys ?? [],
        properties,
      };
    });
    this.osType = props.operatingSystem ?? (props.instance as Partial<ec2.Instance>).osType ?? ec2.OperatingSystemType.LINUX;
  }

  public getImage(_scope: Construct): ec2.MachineImageConfig {
    const unknown = this.osType === ec2.OperatingSystemType.UNKNOWN;
    return { imageId: this.imageId, osType: this.osType, userData: unknown ? ec2.UserData.custom('') : ec2.UserData.forOperatingSystem(this.osType) };
  }
}

function checkInstance(instanceId: string): void {
  if (!Token.isUnresolved(instanceId) && !/^i-[0-9a-f]{8,17}$/.test(instanceId)) {
    throw new Error(`instance must have an id such as "i-0123456789abcdef0", got ${JSON.stringify(instanceId)}: check where the instance takes it from`);
  }
}

/** Names of devices are the instance's, so the handler compares them; what contradicts itself is known here. */
function checkDevices({ excludedDevices = [], devices = [] }: InstanceAmiProps): void {
  checkDistinct([...excludedDevices, ...devices.map(({ deviceName }) => deviceName)]);
}

/** The provider, allowed to do what this image needs. */
function grantHandlerPermissions(scope: Construct, props: InstanceAmiProps): AmiProvider {
  const provider = AmiProvider.of(scope, props);
  provider.permissions.allowImageOfInstance(props.instance.instanceRef.instanceId);
  if (props.encryptionKey) {
    provider.permissions.allowCopy();
    provider.keys.allow(props.encryptionKey, KeyUse.DESTINATION);
  }
  for (const key of props.sourceKeys ?? []) {
    provider.keys.allow(key, props.encryptionKey ? KeyUse.SOURCE : KeyUse.METADATA);
  }
  return provider;
}
