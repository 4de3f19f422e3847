import { readFileSync } from 'fs';
import { resolve } from 'path';
import { DemoScript, DemoRun } from './demo-run';
import { encryptedCopy } from './encrypted-copy';
import { multiKey } from './multi-key';
import { parseOptions, USAGE } from './options';
import { ownApp } from './own-app';
import { Screen } from './screen';
import { seedAccount } from '../local-aws/command/seed-account';
import { parseSeed } from '../local-aws/command/seed-members';
import { exitOnInterruption } from '../local-aws/exit-on-interrupt';

/*
 * An example or an app of one's own, deployed, changed and destroyed by the CDK command line as it is, on an AWS on this machine.
 * Nothing leaves the machine; no account is needed.
 */

const SCRIPTS: Readonly<Record<string, DemoScript>> = { 'encrypted-copy': encryptedCopy, 'multi-key': multiKey };
/** Where the user is: npm changes to the folder of the package. */
const DIRECTORY = process.env.INIT_CWD ?? process.cwd();

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const screen = new Screen(process.stdout);

async function main(args: readonly string[]): Promise<void> {
  const { what, verbose, context, seed, help } = parseOptions(args);
  if (help) {
    screen.print(USAGE);
    return;
  }
  const script = Object.hasOwn(SCRIPTS, what) ? SCRIPTS[what] : ownApp(what, DIRECTORY, context);
  const resources = seed === undefined ? undefined : parseSeed(readFileSync(resolve(DIRECTORY, seed), 'utf8'));
  await DemoRun.start(script, { screen, verbose, seed: resources && (aws => void seedAccount(aws, resources)) });
}

exitOnInterruption();
main(process.argv.slice(2)).catch(error => {
  screen.print(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
