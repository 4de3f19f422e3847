import { deepStrictEqual, notStrictEqual, ok, strictEqual } from 'assert';
import { join } from 'path';
import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CdkCli, CdkRun } from '../local-aws/cdk-cli';
import { exitOnInterruption } from '../local-aws/interruption';
import { LocalAws } from '../local-aws/local-aws';
import { Disk, disksOfImage, disksOfInstance, table, tableOfDisks } from '../local-aws/report';

/*
 * The example in `encrypted-copy`, deployed, changed and destroyed by the CDK command line as it is, on an AWS on this machine.
 * Nothing leaves the machine; no account is needed.
 */

const ROOT = join(__dirname, '..');
const APP = `${join('node_modules', '.bin', 'tsx')} --tsconfig tsconfig.check.json ${join('examples', 'encrypted-copy', 'app.ts')}`;
const STACK = 'GoldenImage';
/** A minute of EC2 is five seconds here: fast enough to wait for, slow enough to watch. */
const SPEED = 12;

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const begin = Date.now();
let chapters = 0;

function chapter(title: string): void {
  chapters += 1;
  process.stdout.write(`\n=== ${chapters}. ${title} (${Math.round((Date.now() - begin) / 1000)} s)\n\n`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function succeeded(command: string, { exitCode }: CdkRun): void {
  strictEqual(exitCode, 0, `${command} ended with ${exitCode}`);
}

async function demo(aws: LocalAws, cli: CdkCli): Promise<void> {
  const ec2 = new EC2Client(aws.clientOptions());

  chapter(`cdk bootstrap, on an AWS at ${aws.url}`);
  succeeded('cdk bootstrap', await cli.bootstrap(aws.account, aws.region));

  chapter('cdk deploy: a key, a copy of Amazon Linux 2023 encrypted with it, an instance launched from the copy');
  succeeded('cdk deploy', await cli.deploy(STACK, '--progress', 'events'));
  const first = await shown(aws, ec2);

  chapter('cdk deploy -c key=2: another key, so another image, and another instance');
  succeeded('cdk deploy', await cli.deploy(STACK, '--progress', 'events', '-c', 'key=2'));
  const second = await shown(aws, ec2);
  notStrictEqual(second[0].of, first[0].of, 'the image was replaced');
  notStrictEqual(second[0].key, first[0].key, 'the key is another one');
  await gone(ec2, first);
  say(`\nThe image ${first[0].of} and its snapshots are gone: CloudFormation had them deleted once the new instance ran.`);

  chapter('cdk destroy');
  succeeded('cdk destroy', await cli.destroy(STACK));
  await gone(ec2, second);
  const counts = await eventually(() => {
    const left = aws.ec2.counts();
    deepStrictEqual(left, { images: 0, snapshots: 0, volumes: 0, instances: 0 }, 'nothing is left');
    return left;
  });
  say(`\n${table(['left in the account', ''], Object.entries(counts).map(([what, count]) => [what, String(count)]))}`);
  const calls = ['ec2', 'kms'].map(service => `${aws.log.calls.filter(call => call.service === service).length} to ${service.toUpperCase()}`);
  say(`\nDone in ${Math.round((Date.now() - begin) / 1000)} s. Calls made: ${calls.join(', ')}.`);
}

/** Shows what the stack has made, and holds it against what was asked for: every disk is encrypted with the stack's key. */
async function shown(aws: LocalAws, ec2: EC2Client): Promise<Disk[]> {
  const stack = aws.cloudFormation.stack(aws, STACK);
  const output = Object.fromEntries(stack.outputs.map(({ key, value }) => [key, value]));
  const disks = [...await disksOfImage(ec2, output.ImageId), ...await disksOfInstance(ec2, output.InstanceId)];
  say(`\n${tableOfDisks(disks)}`);
  ok(disks.some(disk => disk.of === output.ImageId), 'the image has a snapshot');
  ok(disks.some(disk => disk.of === output.InstanceId), 'the instance has a volume');
  for (const disk of disks) {
    strictEqual(disk.key, output.KeyArn, `${disk.id} is encrypted with the key of the stack`);
  }
  return disks;
}

/** That EC2 knows neither the image nor its snapshots any more. */
async function gone(ec2: EC2Client, disks: readonly Disk[]): Promise<void> {
  await eventually(async () => {
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
    const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    const there = new Set([...Images.map(({ ImageId }) => ImageId), ...Snapshots.map(({ SnapshotId }) => SnapshotId)]);
    deepStrictEqual(disks.filter(disk => there.has(disk.of) || there.has(disk.id)), [], 'what was replaced is gone');
  });
}

/** EC2 still shows for a moment what was deleted. */
async function eventually<T>(check: () => Promise<T> | T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await check();
    } catch (error) {
      if (attempt === 40) {
        throw error;
      }
      await new Promise(resolve => setTimeout(resolve, 250));
    }
  }
}

async function main(): Promise<void> {
  const aws = await LocalAws.start({ speed: SPEED });
  const cli = new CdkCli({ environment: aws.environment(), app: APP, directory: ROOT, onOutput: text => process.stdout.write(text) });
  try {
    await demo(aws, cli);
  } finally {
    cli.dispose();
    await aws.stop();
  }
}

exitOnInterruption();
main().catch(error => {
  say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
