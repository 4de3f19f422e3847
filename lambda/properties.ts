import { CopyEncryption, ENCRYPTED_AMI_COPY_RULES, EncryptedAmiCopyProperties, PropertyRule, Tag } from '../src/contract';
import { Failure } from './failure';

/**
 * The properties as they were in the template. CloudFormation delivers each scalar as a string, `"false"` too, which is true
 * for whoever asks carelessly.
 */
export function parseEncryptedAmiCopy(properties: Readonly<Record<string, unknown>>): EncryptedAmiCopyProperties {
  const parsed = parse(properties, ENCRYPTED_AMI_COPY_RULES) as unknown as EncryptedAmiCopyProperties;
  if (!Object.values(CopyEncryption).includes(parsed.Encryption)) {
    throw mismatch('Encryption', `one of ${Object.values(CopyEncryption).join(', ')}`, parsed.Encryption);
  }
  if (parsed.Encryption === CopyEncryption.KEY && !parsed.KeyArn) {
    throw mismatch('KeyArn', 'the ARN of a key', parsed.KeyArn);
  }
  return parsed;
}

/** The tags of earlier properties, whatever else is in them. */
export function parseTags(properties: Readonly<Record<string, unknown>> | undefined): readonly Tag[] {
  return properties?.Tags === undefined ? [] : asTags('Tags', properties.Tags);
}

export function parse(properties: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, PropertyRule>>): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = properties[name];
    if (value !== undefined && value !== '') {
      parsed[name] = parseValue(name, rule, value);
    } else if (rule.required) {
      throw mismatch(name, `a ${rule.type}`, value);
    }
  }
  return parsed;
}

function parseValue(name: string, rule: PropertyRule, value: unknown): unknown {
  switch (rule.type) {
    case 'string':
      if (typeof value !== 'string') {
        throw mismatch(name, 'a string', value);
      }
      return value;
    case 'boolean':
      if (value !== 'true' && value !== 'false') {
        throw mismatch(name, '"true" or "false"', value);
      }
      return value === 'true';
    case 'integer':
      if (typeof value !== 'string' || !/^\d+$/.test(value)) {
        throw mismatch(name, 'a whole number', value);
      }
      return Number(value);
    case 'tags':
      return asTags(name, value);
  }
}

function asTags(name: string, value: unknown): Tag[] {
  if (!Array.isArray(value)) {
    throw mismatch(name, 'a list of tags', value);
  }
  return value.map(tag => {
    const { Key, Value } = tag as Partial<Tag>;
    if (typeof Key !== 'string' || typeof Value !== 'string') {
      throw mismatch(name, 'tags with Key and Value', tag);
    }
    return { Key, Value };
  });
}

function mismatch(name: string, wanted: string, value: unknown): Failure {
  return new Failure(
    `the property ${name} must be ${wanted}, got ${JSON.stringify(value)}: the construct library and its handler are of different versions, ` +
    'synthesize and deploy the stack again with one of them',
  );
}
