import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';
import { DemoRun } from '../../demo/demo-run';
import { parseOptions } from '../../demo/options';
import { ownApp } from '../../demo/own-app';
import { listRequestedAmis } from '../../demo/requested-amis';
import { Screen } from '../../demo/screen';

/* The lines of the demo, without the command line. */

class Recorder {
  public text = '';
  public constructor(public readonly isTTY: boolean, public readonly columns?: number) {}
  public write(text: string): void { this.text += text; }
}

describe('the screen', () => {
  const show = (isTTY: boolean, environment: NodeJS.ProcessEnv = {}, columns?: number): string => {
    const recorder = new Recorder(isTTY, columns);
    let now = 0;
    const screen = new Screen(recorder, environment, () => now);
    screen.print(screen.style('bold', 'one'));
    for (const [at, text] of [[0, 'a'], [1, 'b'], [5, 'b'], [11, 'b'], [12, 'c']] as const) {
      now = at * 1_000;
      screen.progress(at, text);
    }
    screen.print('two');
    return recorder.text;
  };

  test('of a terminal has colors, and updates one line in place', () => {
    const text = show(true);
    expect(text).toMatch(/^\u001b\[1mone\u001b\[0m\n\r\u001b\[K/);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toMatch(/\u001b\[2m   12 s  c\u001b\[0m\r\u001b\[Ktwo\n$/);
  });

  test('cuts a line that a terminal would break', () => {
    expect(show(true, {}, 8)).toContain('\u001b[2m   0 s \u001b[0m');
    expect(show(true, {}, 0)).toContain('   0 s  a');
  });

  test('of a file has lines, of which each is new and none too soon', () => {
    expect(show(false)).toBe('one\n   0 s  a\n   5 s  b\n   12 s  c\ntwo\n');
    expect(show(true, { TERM: 'dumb' })).toBe(show(false));
  });

  test('has no colors with NO_COLOR', () => {
    expect(show(true, { NO_COLOR: '1' })).not.toContain('\u001b[1m');
  });
});

test('the options', () => {
  expect(parseOptions([])).toEqual({ what: 'encrypted-copy', verbose: false, context: [], seed: undefined, help: false });
  expect(parseOptions(['my/app', '-c', 'a=1', '--context', 'b=2', '--verbose', '--seed', 's.json'])).toMatchObject({
    what: 'my/app', verbose: true, context: ['a=1', 'b=2'], seed: 's.json',
  });
  expect(() => parseOptions(['a', 'b'])).toThrow('there can be one example or app, got a b');
  expect(() => parseOptions(['--speed', '3'])).toThrow('--speed');
});

test('what was asked of each AMI, with the names of keys', () => {
  const ami = (type: string, properties: object, path?: string) => ({
    logicalId: 'Ami1', type, properties: { ...properties }, attributes: { ImageId: 'ami-2' }, definition: { Metadata: path && { 'aws:cdk:path': path } },
  });
  const requests = listRequestedAmis([
    ami('AWS::KMS::Key', {}),
    ami('Custom::EncryptedAmiCopy', { SourceImageId: 'ami-1', Encryption: 'KEY', EncryptionKeyArn: 'a' }, 'Stack/Golden/Resource/Default'),
    ami('Custom::EncryptedAmiCopy', { SourceImageId: 'ami-1', SourceRegion: 'eu-west-1', Encryption: 'DEFAULT_KEY' }),
    ami('Custom::EncryptedAmiCopy', { SourceImageId: 'ami-1', Encryption: 'PRESERVE' }),
    ami('Custom::InstanceAmi', { InstanceId: 'i-1', EncryptionKeyArn: 'a' }),
    ami('Custom::InstanceAmi', { InstanceId: 'i-1' }),
    ami('Custom::MultiKeyAmi', {
      SourceImageId: 'ami-1',
      RootVolume: { EncryptionKeyArn: 'a' },
      BlockDevices: [
        { DeviceName: '/dev/sdf', Volume: 'EBS', EncryptionKeyArn: 'b' }, { DeviceName: '/dev/sdg', Volume: 'NONE' }, { DeviceName: '/dev/sdh', Volume: 'SOURCE' },
      ],
    }),
  ], arn => `key ${arn}`);
  expect(requests.map(({ path, imageId, request }) => `${path} ${imageId} ${request}`)).toEqual([
    'Stack/Golden ami-2 EncryptedAmiCopy of ami-1: every snapshot with key a',
    "Ami1 ami-2 EncryptedAmiCopy of ami-1 in eu-west-1: every snapshot with the account's default key for EBS",
    'Ami1 ami-2 EncryptedAmiCopy of ami-1: each snapshot as in the source',
    'Ami1 ami-2 InstanceAmi of i-1: every snapshot with key a',
    'Ami1 ami-2 InstanceAmi of i-1: the rest as it is',
    'Ami1 ami-2 MultiKeyAmi of ami-1: the root with key a, /dev/sdf with key b, no /dev/sdg, /dev/sdh with its key, the rest as it is',
  ]);
});

describe('an app of one\'s own', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'own-app-')); });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text = '') => {
    writeFileSync(join(folder, name), text);
    return name;
  };

  test('is run by what its file or its cdk.json says', () => {
    expect(ownApp(file('app.js'), folder, [])).toMatchObject({ app: `node ${join(folder, 'app.js')}`, directory: folder, stacks: ['--all'] });
    expect(ownApp(file('app.py'), folder, []).app).toBe(`python3 ${join(folder, 'app.py')}`);
    expect(ownApp(file('app.ts'), folder, []).app).not.toContain('--tsconfig');
    expect(ownApp('examples/instance-ami/app.ts', resolve(__dirname, '..', '..'), []).app).toMatch(/tsx --tsconfig \S+tsconfig\.check\.json \S+app\.ts$/);
    expect(ownApp(file('my app.js'), folder, []).app).toBe(`node "${join(folder, 'my app.js')}"`);
    file('cdk.json', '{"app":"mvn exec:java"}');
    expect(ownApp('.', folder, [])).toMatchObject({ app: 'mvn exec:java', directory: folder });
  });

  test('that is none is refused', () => {
    expect(() => ownApp('nope', folder, [])).toThrow('there is no example and no app nope. --help lists the examples');
    expect(() => ownApp('.', folder, [])).toThrow('must have a file cdk.json with an "app"');
    expect(() => ownApp(file('app.rb'), folder, [])).toThrow('a file with the extension .ts, .js, .mjs, .cjs, .py, got');
  });

  test.each([['{"a":1}'], [undefined]])('has its context file %p again, also when the demo fails', async before => {
    if (before !== undefined) {
      file('cdk.context.json', before);
    }
    const calls: string[] = [];
    const demo = {
      bootstrap: async () => { file('cdk.context.json', '{"looked":"up"}'); },
      deploy: async (...options: string[]) => { calls.push(options.join(' ')); throw new Error('it failed'); },
    };
    await expect(ownApp(file('app.js'), folder, ['x=1']).run(demo as unknown as DemoRun)).rejects.toThrow('it failed');
    expect(calls).toEqual(['app.js -c x=1']);
    expect(existsSync(join(folder, 'cdk.context.json')) ? readFileSync(join(folder, 'cdk.context.json'), 'utf8') : undefined).toBe(before);
  });
});
