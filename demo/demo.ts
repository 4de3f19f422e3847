import { encryptedCopy } from './encrypted-copy';
import { multiKey } from './multi-key';
import { DemoScript, DemoRun } from './demo-run';
import { exitOnInterruption } from '../local-aws/exit-on-interrupt';

/*
 * An example, deployed, changed and destroyed by the CDK command line as it is, on an AWS on this machine.
 * Nothing leaves the machine; no account is needed.
 */

const PLAYS: Readonly<Record<string, DemoScript>> = { 'encrypted-copy': encryptedCopy, 'multi-key': multiKey };

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

async function main([name = 'encrypted-copy', ...surplus]: readonly string[]): Promise<void> {
  const play = Object.hasOwn(PLAYS, name) ? PLAYS[name] : undefined;
  if (!play || surplus.length > 0) {
    throw new Error(`the example to show must be one of ${Object.keys(PLAYS).join(', ')}, got ${[name, ...surplus].join(' ')}`);
  }
  await DemoRun.start(play);
}

exitOnInterruption();
main(process.argv.slice(2)).catch(error => {
  process.stdout.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
