import { execFile, spawnSync } from 'child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'fs';
import { connect } from 'net';
import { networkInterfaces, tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { LocalAwsProcess, ROOT } from './local-aws-process';
import { CdkCli } from '../../../local-aws/cdk-cli';
import { testUnless } from '../../helpers/test-unless';

/*
 * `npm run local-aws` with the clients that people have. The AWS CLI, boto3 and CDK for Python are used where the machine has them: `npm test` needs
 * nothing but Node.
 */

const REGION = 'eu-central-1';
const ACCOUNT = '210987654321';
const BASE_KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const BASE_IMAGE = 'ami-0a1b2c3d4e5f60718';

let aws: LocalAwsProcess;
let ec2: EC2Client;

beforeAll(async () => {
  aws = await LocalAwsProcess.start('--port', '0', '--speed', '120', '--account', ACCOUNT, '--region', REGION, '--seed', join(__dirname, 'seed.json'));
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = aws.environment;
  ec2 = new EC2Client({ endpoint: aws.url, region: aws.environment.AWS_REGION, credentials: { accessKeyId, secretAccessKey } });
}, 90_000);

afterAll(() => {
  ec2?.destroy();
  aws?.kill();
});

/** Runs a client in a shell with the printed lines, as users do, and returns its output. */
async function inShell(command: string): Promise<string> {
  // a shell with a real account
  const env = { PATH: process.env.PATH, HOME: mkdtempSync(join(tmpdir(), 'home-')), AWS_PROFILE: 'production', AWS_SESSION_TOKEN: 'real', NO_PROXY: '127.0.0.1' };
  return (await promisify(execFile)('sh', ['-c', `${aws.output}\n${command}`], { env })).stdout;
}

/** A test that needs a tool. */
function testWith(tool: string, [file, ...args]: readonly [string, ...string[]], title: string, run: () => Promise<void>, timeout?: number): void {
  const isThere = spawnSync(file, args, { stdio: 'ignore' }).status === 0;
  testUnless(isThere ? undefined : `this machine has no ${tool}`, title, run, timeout);
}

async function keysOf(imageId: string): Promise<(string | undefined)[]> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
  const ids = Images![0].BlockDeviceMappings!.map(({ Ebs }) => Ebs!.SnapshotId!);
  const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: ids }));
  return ids.map(id => Snapshots!.find(({ SnapshotId }) => SnapshotId === id)!.KmsKeyId);
}

/** A CDK command line with an app in a directory outside of the repository. */
function cliOf(file: string, text: string, command: string): CdkCli {
  const directory = mkdtempSync(join(tmpdir(), 'app-'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, file), text);
  return new CdkCli({ environment: aws.environment, app: `${command} ${file}`, directory });
}

test('the SDK for JavaScript finds the seeded resources', async () => {
  expect(await keysOf(BASE_IMAGE)).toEqual([BASE_KEY, BASE_KEY]);
  const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: ['snap-0a1b2c3d4e5f60718'] }));
  expect(Snapshots).toMatchObject([{ VolumeSize: 20, Tags: [{ Key: 'team', Value: 'data' }], OwnerId: ACCOUNT, Encrypted: true }]);
});

test('the environment has the Region and the speed of the options, and the seeded resources', () => {
  expect(aws.output).toContain(`# AWS on this machine: account ${ACCOUNT}, Region ${REGION}, 120 times as fast.`);
  expect(aws.output).toContain(`# key alias/base ${BASE_KEY}\n# snapshot snap-0a1b2c3d4e5f60718\n# image base-2026-01 ${BASE_IMAGE}\n`);
});

test('it listens on 127.0.0.1 only', async () => {
  const others = Object.values(networkInterfaces()).flat().filter(one => one!.address !== '127.0.0.1').map(one => one!);
  const hosts = ['127.0.0.2', '::1', ...others.map(({ address, scopeid }) => scopeid ? `${address}%${scopeid}` : address)];
  const isOpen = (host: string) => new Promise<boolean>(resolve => {
    const socket = connect(Number(new URL(aws.url).port), host, () => { socket.destroy(); resolve(true); });
    socket.setTimeout(2000, () => { socket.destroy(); resolve(false); });
    socket.once('error', () => resolve(false));
  });
  expect(await isOpen('127.0.0.1')).toBe(true);
  expect((await Promise.all(hosts.map(async host => [host, await isOpen(host)]))).filter(([, open]) => open)).toEqual([]);
});

test('a web page cannot use it', async () => {
  const query = `X-Amz-Credential=${aws.environment.AWS_ACCESS_KEY_ID}/20260101/${REGION}/ec2/aws4_request`;
  const request = (headers: Record<string, string>) => fetch(`${aws.url}/?${query}`, {
    method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: 'Action=DescribeImages&Version=2016-11-15',
  });
  expect((await request({})).status).toBe(200);
  expect((await request({ origin: 'https://example.com' })).status).toBe(403);
  // an image of a page, for example, has no origin
  expect((await request({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

testWith('AWS CLI', ['aws', '--version'], 'the AWS CLI reads and changes resources', async () => {
  expect((await inShell(`aws ec2 describe-images --image-ids ${BASE_IMAGE} --query 'Images[0].Name' --output text`)).trim()).toBe('base-2026-01');
  expect((await inShell('aws kms describe-key --key-id alias/base --query KeyMetadata.Arn --output text')).trim()).toBe(BASE_KEY);
  const copied = (await inShell(`aws ec2 copy-snapshot --source-region ${REGION} --source-snapshot-id snap-0a1b2c3d4e5f60718 --output text`)).trim();
  await expect(inShell(`aws ec2 delete-snapshot --snapshot-id ${copied.split(/\s/)[0]}`)).resolves.toBe('');
}, 120_000);

testWith('boto3', ['python3', '-c', 'import boto3'], 'boto3 reads and changes resources', async () => {
  const script = [
    'import boto3',
    `print(boto3.client("ec2").describe_images(ImageIds=["${BASE_IMAGE}"])["Images"][0]["Name"])`,
    'kms = boto3.client("kms")',
    'key = kms.create_key(Description="of boto3")["KeyMetadata"]["KeyId"]',
    'print(kms.describe_key(KeyId=key)["KeyMetadata"]["Description"])',
  ].join('\n');
  expect(await inShell(`python3 -c '${script}'`)).toBe('base-2026-01\nof boto3\n');
}, 120_000);

test('the CDK command line deploys an app outside of the repository, and destroys it', async () => {
  const cli = cliOf('app.ts', `
    import { App, CfnOutput, Stack } from 'aws-cdk-lib';
    import { MachineImage } from 'aws-cdk-lib/aws-ec2';
    import { Key } from 'aws-cdk-lib/aws-kms';
    import { EncryptedAmiCopy } from '${join(ROOT, 'src')}';
    const stack = new Stack(new App(), 'Outside', { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION } });
    const encryptionKey = new Key(stack, 'Key');
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: MachineImage.genericLinux({ '${REGION}': '${BASE_IMAGE}' }), encryptionKey,
      sourceEncryptionKeys: [Key.fromKeyArn(stack, 'Base', '${BASE_KEY}')] });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    new CfnOutput(stack, 'KeyArn', { value: encryptionKey.keyArn });
  `, join(ROOT, 'node_modules', '.bin', 'tsx'));
  try {
    expect(await cli.bootstrap(ACCOUNT, REGION)).toMatchObject({ exitCode: 0 });
    const deployed = await cli.deploy('Outside');
    expect(deployed.output).toContain('Outside.ImageId');
    expect(deployed.exitCode).toBe(0);
    const [imageId, keyArn] = ['ImageId', 'KeyArn'].map(name => new RegExp(`Outside\\.${name} = (\\S+)`).exec(deployed.output)![1]);
    expect(await keysOf(imageId)).toEqual([keyArn, keyArn]);
    expect(await cli.destroy('Outside')).toMatchObject({ exitCode: 0 });
  } finally {
    cli.dispose();
  }
}, 240_000);

testWith('aws-cdk-lib for Python', ['python3', '-c', 'import aws_cdk'], 'the CDK command line deploys an app in Python', async () => {
  const cli = cliOf('app.py', [
    'import aws_cdk as cdk',
    'from aws_cdk import aws_kms as kms',
    'app = cdk.App()',
    'stack = cdk.Stack(app, "Snake")',
    'cdk.CfnOutput(stack, "KeyArn", value=kms.Key(stack, "Key", removal_policy=cdk.RemovalPolicy.DESTROY).key_arn)',
    'app.synth()',
  ].join('\n'), 'python3');
  try {
    expect(await cli.bootstrap(ACCOUNT, REGION)).toMatchObject({ exitCode: 0 });
    const deployed = await cli.deploy('Snake');
    expect(deployed.output).toMatch(new RegExp(`Snake\\.KeyArn = arn:aws:kms:${REGION}:${ACCOUNT}:key/`));
    expect(deployed.exitCode).toBe(0);
    expect(await cli.destroy('Snake')).toMatchObject({ exitCode: 0 });
  } finally {
    cli.dispose();
  }
}, 400_000);

test('a second one on the same port is refused with a sentence', async () => {
  const { port } = new URL(aws.url);
  await expect(LocalAwsProcess.start('--port', port)).rejects.toThrow(`ended with 1: local AWS: port ${port} is in use: pass another --port`);
}, 60_000);

test('a seed file that does not exist is refused before anything runs', async () => {
  await expect(LocalAwsProcess.start('--port', '0', '--seed', 'none.json')).rejects.toThrow('ended with 1: local AWS: cannot read the seed file none.json: ENOENT');
}, 60_000);

// last, because it ends the process that the other tests use
test('Ctrl-C ends it with exit code 0, closes the port, and leaves no process', async () => {
  expect(await aws.interrupt()).toBe(0);
  expect(aws.output).not.toMatch(/Error|^local AWS:/m);
  // processes of functions end by themselves when their channel closes
  for (let attempt = 0; attempt < 20 && aws.hasProcesses; attempt++) {
    await new Promise(resolve => setTimeout(resolve, 250));
  }
  expect(aws.hasProcesses).toBe(false);
  await expect(fetch(aws.url)).rejects.toThrow();
}, 60_000);
