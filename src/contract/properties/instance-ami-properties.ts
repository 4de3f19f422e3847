import { IMAGE_RULES, ImageProperties } from './ami-properties';
import { PropertyRules, ValueRules } from './property-rules';

/** One device of an instance. */
export interface InstanceBlockDeviceProperties {
  readonly DeviceName: string;
  readonly DeleteOnTermination?: boolean;
  /** `false`: the AMI does not have this device. */
  readonly MappingEnabled: boolean;
}

/** The properties of `Custom::InstanceAmi`. */
export interface InstanceAmiProperties extends ImageProperties {
  readonly InstanceId: string;
  readonly Reboot: boolean;
  readonly BlockDevices?: readonly InstanceBlockDeviceProperties[];
  readonly BootModeOverride?: string;
  /** The AMI of the instance is copied with this key; without one, each snapshot has the key of its volume. */
  readonly EncryptionKeyArn?: string;
  /** The keys of the volumes, as far as they are known. */
  readonly SourceEncryptionKeyArns?: readonly string[];
}

const instanceBlockDeviceRules: ValueRules<InstanceBlockDeviceProperties> = {
  DeviceName: { type: 'string', required: true },
  DeleteOnTermination: { type: 'boolean', required: false },
  MappingEnabled: { type: 'boolean', required: true },
};

export const INSTANCE_AMI_RULES: PropertyRules<InstanceAmiProperties> = {
  ...IMAGE_RULES,
  InstanceId: { type: 'string', required: true, change: 'replace' },
  // no effect on an existing AMI: how the next one is created
  Reboot: { type: 'boolean', required: true, change: 'in place' },
  BlockDevices: { type: 'structures', of: instanceBlockDeviceRules, required: false, change: 'replace' },
  BootModeOverride: { type: 'string', required: false, change: 'replace' },
  EncryptionKeyArn: { type: 'string', required: false, change: 'replace' },
  SourceEncryptionKeyArns: { type: 'strings', required: false, change: 'in place' },
};
