import { deepStrictEqual, match, notStrictEqual, strictEqual } from 'assert';
import { join } from 'path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import type { ExecutionListItem } from '@aws-sdk/client-sfn';
import { Owned, ownedBy, since } from './account';
import { adapt, imageParameters, ownName } from './adaptation';
import { installMinistack, MINISTACK, NotInstalled } from './installation';
import { Invocations } from './invocations';
import { withKeysOf } from './key-mirror';
import { Ministack } from './ministack';
import { withResourceStatus } from './resource-status';
import { allowAll } from '../aws-call';
import { CallLog } from '../call-log';
import { CdkCli, CdkRun } from '../cdk-cli';
import { Ec2 } from '../ec2/ec2';
import { exitOnInterruption } from '../exit-on-interrupt';
import { Faults } from '../fault-injection';
import { Kms } from '../kms/kms';
import { Clock } from '../time/clock';
import { WireServer } from '../wire/server';

/*
 * The example, deployed, replaced and destroyed by the real command line on a CloudFormation, Lambda and Step Functions that we did not write.
 * Only EC2 is ours, and what ministack does not show of a resource: the functions find them by AWS_ENDPOINT_URL_EC2 and
 * AWS_ENDPOINT_URL_CLOUDFORMATION, which they inherit from the process of ministack.
 */

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const ROOT = join(__dirname, '..', '..');
const STACK = 'GoldenImage';
const APP = 'node_modules/.bin/tsx --tsconfig tsconfig.check.json examples/encrypted-copy/app.ts';

function print(sentence: string): void {
  process.stdout.write(`ministack: ${sentence}\n`);
}

async function main(): Promise<void> {
  const command = installMinistack(join(ROOT, '.venv', 'ministack'), print);
  const clock = new Clock(30);
  const kms = new Kms({ clock, authorizer: allowAll, account: ACCOUNT, region: REGION });
  const ec2 = new Ec2({ clock, kms, authorizer: allowAll, account: ACCOUNT });
  const log = new CallLog();
  // The functions sign with the account's number as their access key.
  const principal = (accessKeyId: string) => ({ accessKeyId, account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` });
  const server = await WireServer.start({ services: [], principal, faults: new Faults(), log, clock });
  let ministack: Ministack | undefined;
  const app = new CdkCli({ environment: {}, app: APP, directory: ROOT });
  let cli: CdkCli | undefined;
  try {
    ministack = await Ministack.start({
      command, account: ACCOUNT, region: REGION, ownUrl: server.url, logFile: join(ROOT, '.venv', 'ministack', 'ministack.log'),
    });
    print(`${MINISTACK} runs on ${ministack.url}, the local EC2 on ${server.url}`);
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };
    server.add(withKeysOf(new KMSClient({ endpoint: ministack.url, region: REGION, credentials }), kms, ec2.service));
    server.add(withResourceStatus(new CloudFormationClient({ endpoint: ministack.url, region: REGION, credentials })));
    cli = new CdkCli({ environment: ministack.clientEnvironment(), app: app.assembly, onOutput: text => process.stdout.write(text) });
    for (const name of imageParameters(await synthesized(app))) {
      await putParameter(ministack.url, ownName(name), ec2.publicParameters(REGION)[name]);
    }
    const invocations = new Invocations({ endpoint: ministack.url, region: REGION, credentials });
    await deployments(app, cli, ministack.url, new EC2Client({ endpoint: server.url, region: REGION, credentials }), invocations);
    invocations.dispose();
    print(`done; the functions made ${log.calls.length} calls to the local EC2`);
  } finally {
    app.dispose();
    cli?.dispose();
    await ministack?.stop();
    await server.stop();
  }
}

async function deployments(app: CdkCli, cli: CdkCli, url: string, ec2: EC2Client, invocations: Invocations): Promise<void> {
  const before = await ownedBy(ec2);
  succeeded('cdk bootstrap', await cli.bootstrap(ACCOUNT, REGION));

  await synthesized(app);
  succeeded('cdk deploy', await cli.deploy(STACK));
  const first = await outputsOf(url);
  await imageIs(ec2, before, first);
  print(`${first.ImageId} is there, each of its snapshots encrypted with ${first.KeyArn}`);

  await synthesized(app, '-c', 'key=2');
  const [deployed] = await Promise.all([cli.deploy(STACK), disturb(invocations)]);
  succeeded('cdk deploy with another key', deployed);
  const second = await outputsOf(url);
  notStrictEqual(second.KeyArn, first.KeyArn, 'the key is another one');
  notStrictEqual(second.ImageId, first.ImageId, 'the image was replaced');
  await imageIs(ec2, before, second);
  print(`${second.ImageId} is in its place, each of its snapshots encrypted with ${second.KeyArn}`);

  succeeded('cdk destroy', await cli.destroy(STACK));
  await eventually(async () => deepStrictEqual(await ownedBy(ec2), before, 'nothing is left in the account'));
  print('the image and its snapshots are gone');
}

/** Delivers the request that has ended and the one that runs again, and has Lambda refuse the next invocations of the latter. */
async function disturb(invocations: Invocations): Promise<void> {
  const [ended] = await invocations.executions();
  await invocations.deliverAgain(ended);
  let running: ExecutionListItem | undefined;
  await eventually(async () => {
    running = (await invocations.executions()).find(({ status }) => status === 'RUNNING');
    strictEqual(running?.status, 'RUNNING', 'an execution runs');
  }, 400);
  await invocations.deliverAgain(running!);
  print('a request that is delivered twice, while it runs and after it, is one execution');
  await invocations.throttleStep(running!);
  const causes = await invocations.causesOfFailedTasks(running!.executionArn!);
  match(causes.join(), /TooManyRequestsException/, 'an invocation is throttled');
  print(`${causes.length} invocations were throttled`);
}

/** Checks that the image and its snapshots, encrypted with the key, are the only new resources of the account. */
async function imageIs(ec2: EC2Client, before: Owned, { ImageId, KeyArn }: Record<string, string>): Promise<void> {
  await eventually(async () => {
    const { images, snapshots } = since(before, await ownedBy(ec2));
    deepStrictEqual(images.map(image => [image.ImageId, image.State]), [[ImageId, 'available']], 'the images');
    const mapped = (images[0].BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
    deepStrictEqual(snapshots.map(({ id }) => id).sort(), mapped.sort(), 'the snapshots are those of the image');
    deepStrictEqual(snapshots.map(({ keyArn }) => keyArn), mapped.map(() => KeyArn), 'the keys of the snapshots');
  });
}

/** EC2 can describe a deregistered image for a moment. */
async function eventually(check: () => Promise<void>, attempts = 20): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await check();
    } catch (error) {
      if (attempt === attempts) {
        throw error;
      }
      await new Promise(resolve => setTimeout(resolve, 250));
    }
  }
}

function succeeded(what: string, { exitCode }: CdkRun): void {
  strictEqual(exitCode, 0, `${what} ended with ${exitCode}`);
}

async function outputsOf(endpoint: string): Promise<Record<string, string>> {
  const client = new CloudFormationClient({ endpoint, region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' } });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: STACK }));
  return Object.fromEntries((Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue ?? '']));
}

/** Synthesizes the app, adapts it to ministack, and returns the original template. */
async function synthesized(app: CdkCli, ...options: string[]): Promise<ReturnType<typeof adapt>> {
  return adapt(await app.synth(...options), STACK);
}

async function putParameter(url: string, Name: string, Value: string): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.PutParameter',
      'authorization': `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/ssm/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ Name, Value, Type: 'String' }),
  });
  strictEqual(answer.status, 200, `PutParameter ${Name}: ${await answer.text()}`);
}

exitOnInterruption();
main().catch(error => {
  if (error instanceof NotInstalled) {
    print(`skipped, ${error.message}`);
  } else {
    print(`failed: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
});
