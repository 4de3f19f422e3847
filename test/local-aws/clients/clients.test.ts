import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { CreateTagsCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { AWS_CLI, Place } from './aws-cli';
import { install, run } from './installation';
import { arnOf } from '../../../local-aws/kms/key';
import { LocalAws } from '../../../local-aws/local-aws';
import { nightly } from '../../setup/nightly';

/*
 * Programs that others have written, against the local AWS: Ansible's modules for AMIs and snapshots, the policies of Cloud Custodian, and the AWS CLI. Each
 * has its own copy of AWS's model, and reads back what it did. Only in the nightly run, which installs them with pip; boto3 is also part of the other tests.
 */

let aws: LocalAws;
let home: string;
let place: Place;

beforeEach(async () => {
  aws = await LocalAws.start({ speed: 600 });
  // within this time after DeregisterImage, Ansible fails to delete the snapshots: "Failed to delete snapshot"
  aws.ec2.settings.consistency.snapshotReleased = 0;
  home = mkdtempSync(join(tmpdir(), 'clients-'));
  const client = new EC2Client(aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({
    ImageId: aws.ec2.seedImage('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1,
  }));
  const snapshot = aws.ec2.addSnapshot({ size: 8 }).id;
  await client.send(new CreateTagsCommand({ Resources: [snapshot], Tags: [{ Key: 'team', Value: 'data' }] }));
  client.destroy();
  aws.ec2.addImage({ name: 'old', devices: [{ deviceName: '/dev/xvda', size: 1 }] });
  place = {
    region: aws.region, golden: aws.ec2.seedImage('golden').id, instance: Instances![0].InstanceId!, snapshot, key: arnOf(aws.kms.addKey({ alias: 'alias/clients' })),
  };
});
afterEach(async () => {
  await aws.stop();
  rmSync(home, { recursive: true, force: true });
});

/** A test that needs a program of others. */
function testWith(name: Parameters<typeof install>[0], title: string, check: (bin: string) => Promise<void>): void {
  let installed: ReturnType<typeof install>;
  nightly(title, () => check((installed as { readonly bin: string }).bin), 15 * 60_000, () => {
    installed = install(name);
    return 'bin' in installed ? undefined : installed.missing;
  });
}

/** The last line of a traceback, such as "botocore.exceptions.ClientError: An error occurred (InvalidAction) …". */
function errorIn(output: string): string {
  const lines = output.trim().split('\n');
  return lines.filter(line => /^[\w.]+(Error|Exception)\b/.test(line)).at(-1) ?? lines.at(-1)!;
}

const environment = () => ({ ...aws.environment(), HOME: home });

testWith('clients', "Ansible's ec2_ami, ec2_ami_copy, ec2_ami_info, ec2_snapshot, ec2_snapshot_copy and ec2_snapshot_info", async bin => {
  const variables = { ...place, ansible_python_interpreter: join(bin, 'python') };
  const { output } = await run(
    join(bin, 'ansible-playbook'), ['--inventory', 'localhost,', '--extra-vars', JSON.stringify(variables), join(__dirname, 'ansible.yml')],
    { ...environment(), PATH: `${bin}:${process.env.PATH}`, ANSIBLE_STDOUT_CALLBACK: 'ansible.posix.json', ANSIBLE_NOCOLOR: '1' },
  );
  interface Outcome { readonly failed?: boolean; readonly msg?: string; readonly assertion?: string; readonly error?: { readonly message?: string } }
  interface Task { readonly task: { readonly name: string }; readonly hosts: { readonly localhost: Outcome } }
  const { plays } = JSON.parse(output.slice(output.indexOf('{'))) as { plays: { tasks: Task[] }[] };
  const failed = plays.flatMap(({ tasks }) => tasks).filter(({ hosts }) => hosts.localhost.failed)
    .map(({ task, hosts }) => [task.name, hosts.localhost.assertion ?? hosts.localhost.msg, hosts.localhost.error?.message]);
  expect(failed).toEqual([]);
  expect(plays.flatMap(({ tasks }) => tasks)).toHaveLength(22);
});

testWith('custodian', 'the policies of Cloud Custodian for AMIs and snapshots', async bin => {
  const file = join(home, 'policies.json');
  const text = readFileSync(join(__dirname, 'custodian.json'), 'utf8').replaceAll('"SNAPSHOT"', JSON.stringify(place.snapshot));
  writeFileSync(file, text);
  const found: Record<string, number | string> = {};
  for (const { name } of (JSON.parse(text) as { policies: { name: string }[] }).policies) {
    const { ok, output } = await run(
      join(bin, 'custodian'), ['run', '--output-dir', join(home, 'out'), '--cache-period', '0', '--region', aws.region, '--policies', name, file], environment(),
    );
    found[name] = ok ? (JSON.parse(readFileSync(join(home, 'out', name, 'resources.json'), 'utf8')) as unknown[]).length : errorIn(output);
  }
  const missing = expect.stringContaining('(NotImplemented) when calling the DescribeAutoScalingGroups operation: the local AWS has no service autoscaling');
  expect(found).toEqual({
    'ami-tag': 1,
    'ami-mark-for-op': 1,
    'ami-remove-tag': 1,
    'ami-set-permissions': 1,
    'ami-cross-account': 1,
    'ami-image-attribute': 2,
    'ami-remove-matched': 1,
    'ami-set-deprecation': 1,
    'ami-copy': 1,
    'ami-unused': missing,
    'ami-deregister': 1,
    'snapshot-tag': 1,
    'snapshot-skip-ami': 1,
    'snapshot-set-permissions': 1,
    'snapshot-cross-account': 1,
    'snapshot-copy': 1,
    'snapshot-unused': missing,
    'snapshot-delete': 1,
  });
});

testWith('clients', 'the AWS CLI', async bin => {
  const outcomes: Record<string, string> = {};
  const results: Record<string, unknown> = {};
  for (const { name, command, check } of AWS_CLI) {
    const { ok, output } = await run(join(bin, 'aws'), ['--output', 'json', ...command(place, results)], environment());
    const result: unknown = ok && output.trim() !== '' ? JSON.parse(output) : undefined;
    results[name] = result;
    outcomes[name] = ok ? check?.(result, place, results) === false ? `wrong: ${output}` : 'right' : output.trim();
  }
  expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'right')).toEqual([]);
});
