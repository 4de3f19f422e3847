import { App, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../src';
import { validateDescription, validateImageName, validateTimeout } from '../../src/ami/validate-ami';
import { validateDeviceName, validateDistinct } from '../../src/ami/validate-device-names';
import { validateTags } from '../../src/ami/validate-tags';
import { Tag } from '../../src/contract';
import { imageWithId } from '../helpers/deployment';
import { newStack } from '../helpers/stacks';

/** The common props that are refused or warned about at synth. The forms of their values are in test/contract/forms.test.ts. */

const WARNING = Match.stringLikeRegexp('^The AMI is replaced when its source changes, and then the name "golden" is still in use: .*cdk-encrypted-ami:imageName');

function annotationsOf(props: Partial<EncryptedAmiCopyProps>): Annotations {
  const stack = new Stack(undefined, 'Images');
  new EncryptedAmiCopy(stack, 'Copy', { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), useDefaultKey: true, ...props });
  return Annotations.fromStack(stack);
}

test('a literal name of an AMI whose source changes by itself is warned about', () => {
  annotationsOf({ imageName: 'golden' }).hasWarning('*', WARNING);
});

test.each<[string, Partial<EncryptedAmiCopyProps>]>([
  ['a prefix', { imageNamePrefix: 'golden' }],
  ['no name', {}],
  ['a source with a literal ID', { imageName: 'golden', sourceImage: imageWithId('ami-0123456789abcdef0') }],
])('%s is not', (_name, props) => {
  annotationsOf(props).hasNoWarning('*', Match.anyValue());
});

test.each<[string, Partial<EncryptedAmiCopyProps>, string]>([
  ['a removal policy', { removalPolicy: RemovalPolicy.SNAPSHOT }, '`removalPolicy` must be RemovalPolicy.DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, but is RemovalPolicy.SNAPSHOT'],
  ['a timeout', { timeout: Duration.minutes(61) }, '`timeout` must be 1 minute to 1 hour, but is 1 hour 1 minute: CloudFormation waits at most an hour'],
  ['a completion duration', { completionDuration: Duration.millis(90_500) }, '`completionDuration` must be 15 minutes to 48 hours in steps of 15 minutes, but is 1 minute '],
  ['a Region in another partition', { sourceRegion: 'us-gov-west-1' }, '`sourceRegion` must be in the partition of the stack, aws (us-east-1), but is us-gov-west-1 in the partition aws-us-gov.'],
])('%s that is not allowed is refused', (_title, props, message) => {
  const stack = newStack();
  expect(() => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId('ami-0123456789abcdef0'), useDefaultKey: true, ...props })).toThrow(message);
});

test('two AMIs of one name are refused, with the path of the other', () => {
  const app = new App();
  const stack = new Stack(app, 'Images');
  ['One', 'Other'].forEach(id => new EncryptedAmiCopy(stack, id, { sourceImage: imageWithId('ami-0123456789abcdef0'), useDefaultKey: true, imageName: 'golden' }));
  expect(() => app.synth()).toThrow('[Images/Other] `imageName` is "golden", and Images/One has the same, but EC2 requires unique names.');
});

const TOKEN = Token.asString({ Ref: 'Parameter' }, { displayHint: 'of the stack' });

test.each<[Parameters<typeof validateImageName>[0], string | undefined]>([
  [{}, undefined],
  [{ imageName: 'golden' }, undefined],
  [{ imageNamePrefix: 'golden' }, undefined],
  [{ imageName: TOKEN }, undefined],
  [{ imageNamePrefix: TOKEN }, undefined],
  [{ imageName: 'golden', imageNamePrefix: 'golden' }, '`imageName` is the whole name of the AMI, but `imageNamePrefix` is set too. Remove one of them.'],
  [{ imageName: '' }, '`imageName` must have 3 to 128 characters, but "" has 0.'],
  [{ imageNamePrefix: '' }, '`imageNamePrefix` must have 1 to 96 characters, but "" has 0.'],
])('the name of %j: %p', (props, message) => {
  expect(errorOf(() => validateImageName(props))).toEqual(message && expect.stringContaining(message));
});

test.each<[string | undefined, string | undefined]>([
  [undefined, undefined],
  [TOKEN.padEnd(300, 'x'), undefined],
  ['ours', undefined],
  ['', '`description` must have 1 to 255 characters'],
])('the description %p: %p', (description, message) => {
  expect(errorOf(() => validateDescription(description))).toEqual(message && expect.stringContaining(message));
});

test.each<[Duration | undefined, string | undefined]>([
  [undefined, undefined],
  [Duration.seconds(Token.asNumber({ Ref: 'Parameter' })), undefined],
  [Duration.seconds(60), undefined],
  [Duration.millis(90_000), undefined],
  [Duration.hours(1), undefined],
  [Duration.seconds(59), '`timeout` must be 1 minute to 1 hour, but is 59 seconds: CloudFormation waits at most an hour for a custom resource. Choose a duration in this range.'],
  [Duration.seconds(3_601), '`timeout` must be 1 minute to 1 hour, but is 1 hour 1 second'],
  [Duration.seconds(60.0005), '`timeout` must be a whole number of seconds, but is 60000.5 milliseconds.'],
  [Duration.millis(90_500), '`timeout` must be a whole number of seconds, but is 90500 milliseconds. Use Duration.seconds() or Duration.minutes().'],
])('the timeout %p: %p', (timeout, message) => {
  expect(errorOf(() => validateTimeout('timeout', timeout))).toEqual(message && expect.stringContaining(message));
});

test.each<[string, Tag[], RegExp[]]>([
  ['forty tags', Array.from({ length: 40 }, (_, index) => ({ Key: `t${index}`, Value: 'x' })), []],
  ['the longest of EC2', [{ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }], []],
  ['an empty value', [{ Key: 'team', Value: '' }], []],
  ['what is known only when the stack deploys', [{ Key: TOKEN.padEnd(200, 'x'), Value: 'x' }, { Key: 'team', Value: TOKEN.padEnd(300, 'x') }], []],
  ['41 tags, of which one is empty', [...Array.from({ length: 40 }, (_, index) => ({ Key: `t${index}`, Value: 'x' })), { Key: '', Value: 'team' }],
    [/^An AMI can have 40 tags of yours, because EC2 allows 50 and ten are reserved for this library, but got 41\. /, /^A tag key must have at least one character, but that of the value "team" is empty/]],
  ['tags of the library', [{ Key: 'cdk-encrypted-ami:owner', Value: 'me' }], [/^The tag key "cdk-encrypted-ami:owner" begins with "cdk-encrypted-ami:", which is reserved for this library/]],
  ['tags of AWS', [{ Key: 'aws:x', Value: 'x' }, { Key: 'AWS:y', Value: 'y' }], [/^The tag key "aws:x" begins with "aws:", which is reserved for AWS/, /^The tag key "AWS:y" begins with/]],
  ['a longer key', [{ Key: 'k'.repeat(129), Value: 'x' }], [/^A tag key can have 128 characters, but "k+" has 129\./]],
  ['a longer value', [{ Key: 'team', Value: 'v'.repeat(257) }], [/^A tag value can have 256 characters, but that of "team" has 257\./]],
])('%s', (_title, tags, messages) => {
  expect(validateTags(tags)).toEqual(messages.map(message => expect.stringMatching(message)));
});

const [ON_LINUX, ON_WINDOWS] = [false, true];

test.each<[string, boolean, boolean]>([
  ...['/dev/sdf', '/dev/sda1', '/dev/sda2', 'xvdf', '/dev/xvdf', 'xvdcz', 'xvddx'].map((name): [string, boolean, boolean] => [name, ON_LINUX, true]),
  ...['/dev/sdf1', 'sdf', '/dev/nvme1n1', '/dev/xvdzz', 'xvddy', ''].map((name): [string, boolean, boolean] => [name, ON_LINUX, false]),
  ...['/dev/sda1', 'xvdf', 'xvdcz'].map((name): [string, boolean, boolean] => [name, ON_WINDOWS, true]),
  ...['/dev/sdf', '/dev/xvdf'].map((name): [string, boolean, boolean] => [name, ON_WINDOWS, false]),
  [TOKEN, ON_LINUX, true],
])('the device %p, of Windows: %s, is allowed: %s', (name, windows, isAllowed) => {
  const free = windows ? 'xvdb to xvdz, or xvdba to xvddx (on Windows).' : '/dev/sdf to /dev/sdp, which are free on every instance type.';
  expect(errorOf(() => validateDeviceName(name, windows))).toBe(
    isAllowed ? undefined : `\`deviceName\` must be a device name of EC2, but is ${JSON.stringify(name)}. Use ${free}`);
});

test.each<[string[], string | undefined]>([
  [['/dev/sdf', '/dev/sdg', 'xvdh'], undefined],
  [[TOKEN, TOKEN], undefined],
  [['/dev/sdf', 'xvdf'], '/dev/sdf and xvdf, which are two names of one device'],
  [['/dev/xvda', '/dev/sdb', '/dev/sda1'], '/dev/xvda and /dev/sda1, which are two names of one device'],
  [['/dev/sdf', '/dev/sdf'], '/dev/sdf and /dev/sdf'],
])('the devices %j: %p', (names, twice) => {
  expect(errorOf(() => validateDistinct(names))).toBe(twice && `\`blockDevices\` has ${twice}. Give one of them another \`deviceName\`, or remove it.`);
});

/** The message of a refusal. */
function errorOf(validate: () => void): string | undefined {
  try {
    validate();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
