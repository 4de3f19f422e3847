import { execFile, spawnSync } from 'child_process';
import { existsSync } from 'fs';
import { join } from 'path';
import { promisify } from 'util';

/** Where CI installs boto3; else that of the machine. */
const installed = join(__dirname, '../../../.venv/boto3/bin/python');
const command = existsSync(installed) ? installed : 'python3';

/** An older model lacks members that the local AWS answers with, such as the DeploymentConfig of a stack. */
const isNewEnough = 'import boto3, sys; sys.exit(tuple(map(int, boto3.__version__.split(".")[:2])) < (1, 44))';
const available = spawnSync(command, ['-c', isNewEnough]).status === 0;
if (!available) {
  process.stdout.write('boto3 1.44 or newer is not installed: the tests with a second client are skipped\n');
}

/** A test with a client that has another copy of AWS's model. */
export const testWithBoto3 = available ? test : test.skip;

/** Runs a script that prints JSON, or nothing. */
export async function runPython(...given: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(command, given, { env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true' }, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 });
  return stdout === '' ? undefined : JSON.parse(stdout);
}
