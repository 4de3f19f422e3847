import { execFileSync } from 'child_process';
import { mkdtempSync, realpathSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';

/**
 * Runs once, before all test files.
 * The handler's bundle is built from what is there now: a test of yesterday's bundle passes whatever became of the handler since.
 * Everything temporary goes into one folder, also what the CDK and its command line leave behind; `after-all.ts` removes it.
 */
export default function beforeAllFiles(): void {
  execFileSync(process.execPath, ['build-tools/bundle.mjs'], { cwd: path.join(__dirname, '../..'), stdio: ['ignore', 'ignore', 'inherit'] });
  // the CDK keeps where each resource was created, which takes a tenth of the time of a synthesis, and no test reads it
  process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:disable-creation-stack-traces': true });
  process.env.TMPDIR = mkdtempSync(path.join(realpathSync(tmpdir()), 'cdk-encrypted-ami-'));
}
