import { propertyMismatch } from './messages';
import {
  AMI_SHARING_RULES, AmiBlockDeviceProperties, AmiBuildMethod, AmiSharingProperties, BuilderCapacityType, CopyEncryption, ENCRYPTED_AMI_COPY_RULES,
  EncryptedAmiCopyProperties, INSTANCE_AMI_RULES, InstanceAmiProperties, MULTI_KEY_AMI_RULES, MultiKeyAmiProperties, ValueRule,
  VolumeOrigin,
} from '../../src/contract';
import { DeploymentError } from '../outcomes';

type Raw = Readonly<Record<string, unknown>>;

export function parseEncryptedAmiCopy(properties: Raw): EncryptedAmiCopyProperties {
  const parsed = parse(properties, ENCRYPTED_AMI_COPY_RULES) as unknown as EncryptedAmiCopyProperties;
  checkOneOf('Encryption', Object.values(CopyEncryption), parsed.Encryption);
  if (parsed.Encryption === CopyEncryption.KEY && !parsed.EncryptionKeyArn) {
    throw mismatch('EncryptionKeyArn', 'the ARN of a key', parsed.EncryptionKeyArn);
  }
  return parsed;
}

export function parseMultiKeyAmi(properties: Raw): MultiKeyAmiProperties {
  const parsed = parse(properties, MULTI_KEY_AMI_RULES) as unknown as MultiKeyAmiProperties;
  checkOneOf('BuildMethod', Object.values(AmiBuildMethod), parsed.BuildMethod);
  if (parsed.CapacityType !== undefined) {
    checkOneOf('CapacityType', Object.values(BuilderCapacityType), parsed.CapacityType);
  }
  parsed.BlockDevices?.forEach((device, index) => checkBlockDevice(`BlockDevices[${index}].`, device));
  return parsed;
}

export function parseInstanceAmi(properties: Raw): InstanceAmiProperties {
  return parse(properties, INSTANCE_AMI_RULES) as unknown as InstanceAmiProperties;
}

export function parseAmiSharing(properties: Raw): AmiSharingProperties {
  return parse(properties, AMI_SHARING_RULES) as unknown as AmiSharingProperties;
}

/** The properties that can be read. */
export function parseLeniently(properties: Raw, rules: Readonly<Record<string, ValueRule>>): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = properties[name];
    try {
      parsed[name] = value === undefined || value === '' ? undefined : parseValue(name, rule, value);
    } catch (error) {
      console.warn({ message: 'a property cannot be read', why: (error as Error).message });
    }
  }
  return parsed;
}

/**
 * The properties as they were in the template. CloudFormation delivers each scalar as a string, `"false"` too, which is true
 * for whoever asks carelessly.
 */
function parse(properties: Raw, rules: Readonly<Record<string, ValueRule>> = {}, prefix = ''): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = properties[name];
    if (value !== undefined && value !== '') {
      parsed[name] = parseValue(`${prefix}${name}`, rule, value);
    } else if (rule.required && (value === undefined || rule.type !== 'string')) {
      throw mismatch(`${prefix}${name}`, `a ${rule.type}`, value);
    } else if (rule.required) {
      parsed[name] = '';
    }
  }
  return parsed;
}

function parseValue(name: string, rule: ValueRule, value: unknown): unknown {
  switch (rule.type) {
    case 'string':
      return check(typeof value === 'string', value, name, 'a string');
    case 'boolean':
      return check(value === 'true' || value === 'false', value, name, '"true" or "false"') === 'true';
    case 'integer':
      return Number(check(typeof value === 'string' && /^\d+$/.test(value), value, name, 'a whole number'));
    case 'strings':
      return check(Array.isArray(value) && value.every(item => typeof item === 'string'), value, name, 'a list of strings');
    case 'structure':
      return parse(check(typeof value === 'object' && value !== null && !Array.isArray(value), value, name, 'a structure') as Raw, rule.of, `${name}.`);
    case 'structures':
      check(Array.isArray(value) && value.every(item => typeof item === 'object' && item !== null), value, name, 'a list of structures');
      return (value as Raw[]).map((item, index) => parse(item, rule.of, `${name}[${index}].`));
  }
}

/** The properties that a device of each origin requires. */
const REQUIRED_BY_ORIGIN: Record<VolumeOrigin, readonly (keyof AmiBlockDeviceProperties)[]> = {
  [VolumeOrigin.SOURCE]: [],
  [VolumeOrigin.EBS]: ['EncryptionKeyArn', 'SizeGibibytes', 'VolumeType', 'DeleteOnTermination'],
  [VolumeOrigin.SNAPSHOT]: ['EncryptionKeyArn', 'SnapshotId', 'VolumeType', 'DeleteOnTermination'],
  [VolumeOrigin.NONE]: [],
};

function checkBlockDevice(prefix: string, device: AmiBlockDeviceProperties): void {
  checkOneOf(`${prefix}Volume`, Object.values(VolumeOrigin), device.Volume);
  for (const name of REQUIRED_BY_ORIGIN[device.Volume]) {
    check(device[name] !== undefined, device[name], `${prefix}${name}`, `given for a volume of the kind ${device.Volume}`);
  }
}

function check(matches: boolean, value: unknown, name: string, wanted: string): unknown {
  if (!matches) {
    throw mismatch(name, wanted, value);
  }
  return value;
}

function checkOneOf(name: string, allowed: readonly string[], value: string): void {
  check(allowed.includes(value), value, name, `one of ${allowed.join(', ')}`);
}

function mismatch(name: string, wanted: string, value: unknown): DeploymentError {
  return new DeploymentError(propertyMismatch({ name, wanted, value }));
}
