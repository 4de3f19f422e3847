import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { findDifference } from './compare-templates';
import { GeneratedPackage, LOWEST } from './generated-package';
import { go } from './go/go';
import { java } from './java/java';
import { Language } from './language';
import { LocalAccount } from './local-account';
import { python } from './python/python';
import { hasCommand } from './run-command';
import { typescript } from './typescript/typescript';
import { exitOnInterruption } from '../../local-aws/exit-on-interrupt';

/*
 * The packages for the languages, each used from a project of its own outside of this one: the same app in each language must have the template that it
 * has in TypeScript, and is deployed to the local AWS by the CDK command line. Arguments name the languages that must be tried; without arguments,
 * those are tried that the machine has the tools for.
 */

const LANGUAGES: readonly Language[] = [python, java, go];

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

async function main(names: readonly string[]): Promise<void> {
  const languages = chooseLanguages(names);
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'languages-'));
  const account = await LocalAccount.start();
  try {
    // a version of its own, because Maven keeps what it has installed once
    const generated = await step('compile with jsii', () => GeneratedPackage.compile(directory, `0.0.${Math.floor(Date.now() / 1000)}`));
    print(`CDK ${LOWEST.cdk}, constructs ${LOWEST.constructs}`);
    const expected = await tryLanguage(typescript, generated, account, directory);
    for (const language of languages) {
      await tryLanguage(language, generated, account, directory, expected);
    }
    await step('.NET: generate the code', () => generateDotnet(generated));
    print('.NET: not compiled: it needs an SDK of .NET, which this does not look for');
  } finally {
    await account.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The named languages, whose tools must exist, or all whose tools exist. */
function chooseLanguages(names: readonly string[]): readonly Language[] {
  const unknown = names.filter(name => !LANGUAGES.some(language => language.name.toLowerCase() === name.toLowerCase()));
  if (unknown.length > 0) {
    throw new Error(`the languages are ${LANGUAGES.map(({ name }) => name).join(', ')}, got ${unknown.join(', ')}`);
  }
  const chosen = LANGUAGES.filter(({ name }) => names.length === 0 || names.some(given => given.toLowerCase() === name.toLowerCase()));
  return chosen.filter(({ name, needs }) => {
    const missing = needs.filter(command => !hasCommand(command)).map(([tool]) => tool);
    if (missing.length > 0 && names.length > 0) {
      throw new Error(`${name} needs ${missing.join(' and ')}, which this machine does not have`);
    }
    if (missing.length > 0) {
      print(`${name}: skipped, because this machine has no ${missing.join(' and no ')}`);
    }
    return missing.length === 0;
  });
}

/** Installs, synthesizes, compares and deploys. Returns the directory of the cloud assembly. */
async function tryLanguage(
  { name, install }: Language, generated: GeneratedPackage, account: LocalAccount, directory: string, expected?: string,
): Promise<string> {
  const project = join(directory, name.toLowerCase());
  mkdirSync(project);
  const app = await step(`${name}: build the package, install it, compile the app`, () => install(generated, project));
  const assembly = await step(`${name}: cdk synth`, () => account.synthesize(app, project, join(directory, 'jsii-cache')));
  const difference = expected && findDifference(assembly, expected);
  if (difference) {
    throw new Error(`${name}: the template is another one: ${difference}`);
  }
  if (expected) {
    print(`${name}: the template is that of TypeScript, byte for byte`);
  }
  await step(`${name}: cdk deploy, read the keys back, cdk destroy, nothing left`, () => account.tryOut(assembly));
  return assembly;
}

async function generateDotnet(generated: GeneratedPackage): Promise<void> {
  const files = readdirSync(await generated.build('dotnet', true), { recursive: true, encoding: 'utf8' });
  for (const name of ['EncryptedAmiCopy.cs', 'MultiKeyAmiBuilder.cs', 'InstanceAmi.cs', 'AmiSharing.cs']) {
    if (!files.some(file => file.endsWith(name))) {
      throw new Error(`.NET: there is no ${name}`);
    }
  }
}

async function step<T>(title: string, run: () => Promise<T>): Promise<T> {
  const begin = Date.now();
  try {
    const result = await run();
    print(`${title}: ${Math.round((Date.now() - begin) / 1000)} s`);
    return result;
  } catch (error) {
    throw new Error(`${title}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

exitOnInterruption();
main(process.argv.slice(2)).catch(error => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
