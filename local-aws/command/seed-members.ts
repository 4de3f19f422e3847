import { ArchitectureType, BootModeValues, VolumeType } from '@aws-sdk/client-ec2';
import { KeySpec, KeyState, KeyUsageType, OriginType } from '@aws-sdk/client-kms';
import { AccountAndRegion } from '../aws-call';
import { isMalformedId } from '../ec2/settings/malformed-ids';
import { DeviceSettings, ImageSettings, SnapshotSettings } from '../ec2/state/seeding';
import { KeySettings } from '../kms/keys';

/** The content of a seed file. */
export interface Seed {
  readonly keys?: readonly (KeySettings & Partial<AccountAndRegion>)[];
  readonly snapshots?: readonly SnapshotSettings[];
  readonly images?: readonly ImageSettings[];
}

/** Throws an `Error` if the value at the path is not as expected. */
type Check = (value: unknown, path: string) => void;

function check(expected: string, accepts: (value: unknown) => boolean): Check {
  return (value, path) => {
    if (!accepts(value)) {
      throw new Error(`${path} must be ${expected}, got ${JSON.stringify(value)}`);
    }
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text = check('a text', value => typeof value === 'string');
const flag = check('true or false', value => typeof value === 'boolean');
const amount = check('a number above 0', value => typeof value === 'number' && value > 0);
const whole = check('a whole number above 0', value => Number.isInteger(value) && Number(value) > 0);
const tags = check('an object of texts', value => isObject(value) && Object.values(value).every(one => typeof one === 'string'));
const account = check('an account ID of 12 digits', value => typeof value === 'string' && /^\d{12}$/.test(value));
const policy = check('a key policy with a Statement', value => isObject(value) && 'Statement' in value);

function form(expected: string, pattern: RegExp): Check {
  return check(expected, value => typeof value === 'string' && pattern.test(value));
}

function oneOf(values: Readonly<Record<string, string>>): Check {
  const allowed = Object.values(values);
  return check(`one of ${allowed.join(', ')}`, value => allowed.includes(value as string));
}

function listOf(element: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) {
      throw new Error(`${path} must be a list`);
    }
    value.forEach((one, index) => element(one, `${path}[${index}]`));
  };
}

/** An object without other members than these. A misspelled member would have no effect otherwise. */
function objectOf(members: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path) => {
    if (!isObject(value)) {
      throw new Error(`${path} must be an object`);
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(members, name)) {
        throw new Error(`${path} has an unknown member ${name}; known are ${Object.keys(members).join(', ')}`);
      }
      members[name](value[name], `${path}.${name}`);
    }
    for (const name of required.filter(one => !Object.hasOwn(value, one))) {
      throw new Error(`${path}.${name} is missing`);
    }
  };
}

/** An ID that EC2 would not report as malformed: requests could not name the resource. */
function idOf(resource: string, prefix: string): Check {
  const pattern = new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`);
  const expected = `the ID of ${resource} that EC2 takes for well-formed, such as ${prefix}-0a1b2c3d4e5f60718`;
  return check(expected, value => typeof value === 'string' && pattern.test(value) && !isMalformedId(value));
}

const snapshotId = idOf('a snapshot', 'snap');
const place = { account, region: form('the name of a Region', /^[a-z]{2}(-[a-z]+)+-\d$/) };

const key: Partial<Record<keyof KeySettings | keyof AccountAndRegion, Check>> = {
  ...place,
  alias: form('the name of an alias, such as alias/golden', /^alias\/(?!aws\/)[\w/-]+$/),
  keyId: form('a key ID', /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/),
  description: text,
  policy,
  spec: oneOf(KeySpec),
  usage: oneOf(KeyUsageType),
  state: oneOf(KeyState),
  origin: oneOf(OriginType),
  multiRegion: flag,
  tags,
};

const snapshot: Partial<Record<keyof SnapshotSettings, Check>> = {
  ...place, id: snapshotId, size: whole, used: amount, kmsKeyId: text, description: text, tags,
};

const device: Partial<Record<keyof DeviceSettings, Check>> = {
  deviceName: text,
  size: whole,
  used: amount,
  type: oneOf(VolumeType),
  iops: whole,
  throughput: whole,
  deleteOnTermination: flag,
  kmsKeyId: text,
  snapshotId,
  blank: flag,
  virtualName: form('the name of an instance store volume, such as ephemeral0', /^ephemeral\d+$/),
};

const image: Partial<Record<keyof ImageSettings, Check>> = {
  ...place,
  id: idOf('an AMI', 'ami'),
  name: text,
  description: text,
  architecture: oneOf(ArchitectureType),
  devices: listOf(objectOf(device, ['deviceName'])),
  rootDeviceName: text,
  bootMode: oneOf(BootModeValues),
  tpmSupport: check('v2.0', value => value === 'v2.0'),
  imdsSupport: check('v2.0', value => value === 'v2.0'),
  windows: flag,
  public: flag,
  tags,
};

const seed = objectOf({
  keys: listOf(objectOf(key)),
  snapshots: listOf(objectOf(snapshot, ['id'])),
  images: listOf(objectOf(image, ['name'])),
});

/** Returns the content of a seed file. Throws an `Error` with the path of the first invalid member. */
export function parseSeed(json: string): Seed {
  const content: unknown = JSON.parse(json);
  seed(content, 'seed');
  const { keys, ...others } = content as Record<string, readonly Record<string, unknown>[]>;
  return { ...others, keys: keys?.map(one => ({ ...one, policy: one.policy && JSON.stringify(one.policy) })) } as Seed;
}
