import { DemoScript, DemoRun } from './demo-run';
import { encryptedCopy } from './encrypted-copy';
import { multiKey } from './multi-key';
import { exitOnInterruption } from '../local-aws/exit-on-interrupt';

/*
 * An example, deployed, changed and destroyed by the CDK command line as it is, on an AWS on this machine.
 * Nothing leaves the machine; no account is needed.
 */

const SCRIPTS: Readonly<Record<string, DemoScript>> = { 'encrypted-copy': encryptedCopy, 'multi-key': multiKey };

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

async function main([name = 'encrypted-copy', ...rest]: readonly string[]): Promise<void> {
  const script = Object.hasOwn(SCRIPTS, name) ? SCRIPTS[name] : undefined;
  if (!script || rest.length > 0) {
    throw new Error(`the example to show must be one of ${Object.keys(SCRIPTS).join(', ')}, got ${[name, ...rest].join(' ')}`);
  }
  await DemoRun.start(script);
}

exitOnInterruption();
main(process.argv.slice(2)).catch(error => {
  process.stdout.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
