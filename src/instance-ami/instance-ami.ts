import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { allowInstanceAmi } from './instance-ami-permissions';
import { InstanceAmiProps } from './instance-ami-props';
import * as messages from './messages';
import { listVolumeKeys } from './volume-keys';
import { AmiBase } from '../ami/ami-base';
import { validateDistinct } from '../ami/validate-device-names';
import { ImageProperties, InstanceAmiProperties, RESOURCE_TYPES } from '../contract';
import { renderSourceKeys } from '../keys/ami-keys';
import { validateKeys } from '../keys/validate-keys';
import { AmiProvider } from '../provider/ami-provider';
import { resolveKey } from '../provider/key-resource';

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
    validateInstance(instanceId);
    validateBlockDevices(props);
    validateKeys(this, 'encryptionKey', props.encryptionKey && [props.encryptionKey]);
    validateKeys(this, 'sourceEncryptionKeys', props.sourceEncryptionKeys);
    const encryptionKey = props.encryptionKey && resolveKey(props.encryptionKey);
    const sourceEncryptionKeys = listVolumeKeys(this, props);
    const properties: Omit<InstanceAmiProperties, keyof ImageProperties> = {
      InstanceId: instanceId,
      Reboot: props.reboot ?? true,
      BlockDevices: props.blockDevices?.map(({ deviceName, deleteOnTermination, mappingEnabled = true }) => ({
        DeviceName: deviceName, DeleteOnTermination: deleteOnTermination, MappingEnabled: mappingEnabled,
      })),
      BootModeOverride: props.bootModeOverride,
      EncryptionKeyArn: encryptionKey?.keyArn,
      SourceEncryptionKeyArns: renderSourceKeys(sourceEncryptionKeys),
    };
    const osType = props.osType ?? (isInstance(instance) ? instance.osType : ec2.OperatingSystemType.LINUX);
    const provider = AmiProvider.of(this, props);
    const permissions = provider.permissionsFor(this);
    allowInstanceAmi(permissions, { ...props, encryptionKey, sourceEncryptionKeys });
    this._createResource({
      resourceType: RESOURCE_TYPES.instanceAmi,
      provider,
      permissions,
      properties,
      props,
      deviceKeys: encryptionKey ? [encryptionKey] : sourceEncryptionKeys,
      launchConfig: () => ({ osType, userData: newUserData(osType) }),
    });
  }
}

/** Whether it is an instance construct of the app, which knows its operating system. */
function isInstance(instance: ec2.IInstanceRef): instance is ec2.Instance {
  return 'osType' in instance;
}

function newUserData(osType: ec2.OperatingSystemType): ec2.UserData {
  return osType === ec2.OperatingSystemType.UNKNOWN ? ec2.UserData.custom('') : ec2.UserData.forOperatingSystem(osType);
}

function validateInstance(instanceId: string): void {
  if (!Token.isUnresolved(instanceId) && !/^i-[0-9a-f]{8,17}$/.test(instanceId)) {
    throw new Error(messages.instanceIdMalformed(instanceId));
  }
}

/** Whether the instance has the devices is known only when the stack deploys; contradictions are known now. */
function validateBlockDevices({ blockDevices = [] }: InstanceAmiProps): void {
  for (const { deviceName, deleteOnTermination, mappingEnabled = true } of blockDevices) {
    if (mappingEnabled === (deleteOnTermination === undefined)) {
      throw new Error(messages.deleteOnTerminationOrNoMapping(deviceName, mappingEnabled ? 'neither' : 'both'));
    }
  }
  validateDistinct(blockDevices.map(({ deviceName }) => deviceName));
}
