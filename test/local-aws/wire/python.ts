import { execFile, spawnSync } from 'child_process';
import { existsSync } from 'fs';
import { join } from 'path';
import { promisify } from 'util';
import { testUnless } from '../../helpers/test-unless';

/** Where CI installs boto3; else that of the machine. */
const installed = join(__dirname, '../../../.venv/boto3/bin/python');
const command = existsSync(installed) ? installed : 'python3';

/** An older model lacks members that the local AWS answers with, such as the DeploymentConfig of a stack. */
const isNewEnough = 'import boto3, sys; sys.exit(tuple(map(int, boto3.__version__.split(".")[:2])) < (1, 44))';
const available = spawnSync(command, ['-c', isNewEnough]).status === 0;
/** A test with a client that has another copy of AWS's model. */
export function testWithBoto3(title: string, run: () => Promise<void>, timeout?: number): void {
  testUnless(available ? undefined : 'this machine has no boto3 1.44 or newer', title, run, timeout);
}

/** Runs a script that prints JSON, or nothing. */
export async function runPython(...given: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(command, given, { env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true' }, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 });
  return stdout === '' ? undefined : JSON.parse(stdout);
}
