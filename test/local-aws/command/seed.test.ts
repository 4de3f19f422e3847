import { readFileSync } from 'fs';
import { join } from 'path';
import { parseOptions } from '../../../local-aws/command/options';
import { seedAccount } from '../../../local-aws/command/seed-account';
import { parseSeed } from '../../../local-aws/command/seed-members';
import { arnOf } from '../../../local-aws/kms/key';
import { LocalAws } from '../../../local-aws/local-aws';

let aws: LocalAws;

beforeAll(async () => {
  aws = await LocalAws.start();
});

beforeEach(() => aws.reset());

afterAll(() => aws.stop());

function seed(content: object): string[] {
  return seedAccount(aws, parseSeed(JSON.stringify(content)));
}

const PAGE = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'local-aws.md'), 'utf8');
const EXAMPLE = readFileSync(join(__dirname, 'seed.json'), 'utf8');

test('the example of the page is that of the tests', () => {
  const [, example] = /```json\n([^]*?)```/.exec(PAGE)!;
  const rounded = JSON.parse(EXAMPLE, (name, value) => name === 'used' ? undefined : value);
  expect(JSON.parse(example, (name, value) => name === 'used' ? undefined : value)).toEqual(rounded);
});

test.each([
  ['keys', { keys: [{ unknown: 1 }] }],
  ['snapshots', { snapshots: [{ unknown: 1 }] }],
  ['images', { images: [{ unknown: 1 }] }],
  ['devices', { images: [{ devices: [{ unknown: 1 }] }] }],
])('the page has all members of %s', (resource, content) => {
  const known = /has an unknown member unknown; known are (.*)$/.exec(messageOf(() => seed(content)))![1].split(', ');
  const row = PAGE.split('\n').find(line => line.startsWith(`| ${resource} |`))!;
  const described = [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(described.filter(name => name !== 'devices' || resource === 'images').sort()).toEqual(known.filter(name => !['account', 'region'].includes(name)).sort());
});

test('a resource can have an account and a Region of its own, and a key policy', () => {
  const policy = { Version: '2012-10-17', Statement: [] };
  const place = { account: '111122223333', region: 'eu-west-1' };
  const [line] = seed({ keys: [{ alias: 'alias/shared', policy, ...place }], images: [{ name: 'theirs', devices: [{ deviceName: '/dev/xvda', kmsKeyId: 'alias/shared' }], ...place }] });
  const { key } = aws.kms.find(place, 'alias/shared')!;
  expect(line).toBe(`key alias/shared ${arnOf(key)}`);
  expect(JSON.parse(key.policy)).toEqual(policy);
  expect(aws.kms.find({ account: aws.account, region: aws.region }, 'alias/shared')).toBeUndefined();
});

test('a key without a policy has the default policy', () => {
  seed({ keys: [{ alias: 'alias/plain' }] });
  expect(aws.kms.find({ account: aws.account, region: aws.region }, 'alias/plain')!.key.policy).toContain('Enable IAM User Permissions');
});

const SNAPSHOT = 'snap-0a1b2c3d4e5f60718';

test.each([
  ['an unknown kind', { volumes: [] }, 'seed has an unknown member volumes; known are keys, snapshots, images'],
  ['no object', [], 'seed must be an object'],
  ['no list', { keys: {} }, 'seed.keys must be a list'],
  ['a wrong type', { keys: [{}, { multiRegion: 'yes' }] }, 'seed.keys[1].multiRegion must be true or false, got "yes"'],
  ['an unknown value', { images: [{ name: 'a', devices: [{ deviceName: '/dev/xvda', type: 'gp4' }] }] }, 'seed.images[0].devices[0].type must be one of'],
  ['a size with a fraction', { snapshots: [{ id: SNAPSHOT, size: 1.5 }] }, 'seed.snapshots[0].size must be a whole number above 0, got 1.5'],
  ['no size', { snapshots: [{ id: SNAPSHOT, size: 0 }] }, 'seed.snapshots[0].size must be a whole number above 0, got 0'],
  ['a missing member', { images: [{}] }, 'seed.images[0].name is missing'],
  ['a policy as text', { keys: [{ policy: '{}' }] }, 'seed.keys[0].policy must be a key policy with a Statement, got "{}"'],
  ['an ID that EC2 refuses', { snapshots: [{ id: 'snap-0123456789abcdef0' }] }, 'seed.snapshots[0].id must be the ID of a snapshot that EC2 takes for well-formed'],
  ['an unknown key', { snapshots: [{ id: SNAPSHOT, kmsKeyId: 'alias/none' }] }, `snapshot ${SNAPSHOT}: there is no key alias/none in us-east-1 of account 123456789012`],
  ['an unknown snapshot', { images: [{ name: 'a', devices: [{ deviceName: '/dev/xvda', snapshotId: SNAPSHOT }] }] }, `image a: there is no snapshot ${SNAPSHOT} in us-east-1`],
  ['a snapshot of another Region', {
    snapshots: [{ id: SNAPSHOT, region: 'eu-west-1' }], images: [{ name: 'a', devices: [{ deviceName: '/dev/xvda', snapshotId: SNAPSHOT }] }],
  }, `image a: there is no snapshot ${SNAPSHOT} in us-east-1`],
  ['a key for a snapshot', {
    keys: [{ alias: 'alias/a' }], snapshots: [{ id: SNAPSHOT }], images: [{ name: 'a', devices: [{ deviceName: '/dev/xvda', snapshotId: SNAPSHOT, kmsKeyId: 'alias/a' }] }],
  }, `image a: snapshot ${SNAPSHOT} has its own key, so its device can have no kmsKeyId`],
  ['the same snapshot twice', { snapshots: [{ id: SNAPSHOT }, { id: SNAPSHOT }] }, `snapshot ${SNAPSHOT} exists already`],
  ['the same alias twice', { keys: [{ alias: 'alias/a' }, { alias: 'alias/a' }] }, 'key alias/a exists already'],
  ['the same image twice', { images: [{ name: 'a' }, { name: 'a' }] }, 'image a exists already'],
  ['the same ID of two images', { images: [{ name: 'a', id: 'ami-0a1b2c3d4e5f60718' }, { name: 'b', id: 'ami-0a1b2c3d4e5f60718' }] }, 'image b exists already, or its ID'],
  ['an image that exists from the beginning', { images: [{ name: 'golden-2025-11' }] }, 'image golden-2025-11 exists already'],
])('a file with %s is refused', (_title, content, message) => {
  expect(() => seed(content)).toThrow(message);
});

test.each([
  [['--speed', 'fast'], '--speed must be a number from 0.1 to 240, got fast'],
  [['--speed', '0'], '--speed must be a number from 0.1 to 240, got 0'],
  [['--port', '70000'], '--port must be a number from 0 to 65535, got 70000'],
  [['--account', '1234'], '--account must be an account ID of 12 digits, got 1234'],
  [['--region', 'mars'], '--region must be the name of a Region, such as eu-central-1, got mars'],
  [['--sped', '1'], "Unknown option '--sped'"],
  [['seed.json'], "Unexpected argument 'seed.json'"],
])('the options %j are refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

test('the defaults of the options are those of the page', () => {
  expect(parseOptions([])).toEqual({ speed: 12, port: 4580, account: '123456789012', region: 'us-east-1', seed: undefined, help: false });
  for (const value of ['12 by default', '4580 by default', '`123456789012` by default', '`us-east-1` by default']) {
    expect(PAGE).toContain(value);
  }
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
