import { readFileSync } from 'fs';
import { CommandOptions, parseOptions, USAGE } from './options';
import { seedAccount } from './seed-account';
import { parseSeed } from './seed-members';
import { LocalAws } from '../local-aws';

/*
 * The local AWS by itself, for the AWS CLI, SDKs and the CDK command line, until Ctrl-C. Standard output is a shell script that sets the
 * environment of a client; anything else in it is a comment.
 */

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** Variables with which a client would use a real account, although it has the endpoint of the local AWS. */
const UNSET = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'];

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) {
    print(USAGE);
    return;
  }
  // before the server starts, so that an invalid file leaves nothing running
  const seed = options.seed === undefined ? {} : readSeed(options.seed);
  const aws = await start(options);
  try {
    const seeded = seedAccount(aws, seed);
    stopOnSignal(aws);
    printEnvironment(aws, options, seeded);
  } catch (error) {
    await aws.stop();
    throw error;
  }
}

function readSeed(file: string): ReturnType<typeof parseSeed> {
  try {
    return parseSeed(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read the seed file ${file}: ${messageOf(error)}`);
  }
}

async function start({ speed, port, account, region }: CommandOptions): Promise<LocalAws> {
  try {
    return await LocalAws.start({ speed, port, account, region });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? new Error(`port ${port} is in use: pass another --port, or 0 for any free port`) : error;
  }
}

function printEnvironment(aws: LocalAws, { speed }: CommandOptions, seeded: readonly string[]): void {
  print(`# AWS on this machine: account ${aws.account}, Region ${aws.region}, ${speed} times as fast.`);
  seeded.forEach(line => print(`# ${line}`));
  print('# Run these lines in the shell of the client:');
  print(`unset ${UNSET.join(' ')}`);
  Object.entries(aws.environment()).forEach(([name, value]) => print(`export ${name}=${value}`));
  print('# Ctrl-C stops it, and deletes everything in it.');
}

/** A terminal sends SIGINT to every process of the group, and npm and tsx forward theirs, so that it can arrive more than once. */
function stopOnSignal(aws: LocalAws): void {
  let stopping = false;
  const stop = (): void => {
    if (!stopping) {
      stopping = true;
      aws.stop().then(() => process.exit(0), fail);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, stop);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fail(error: unknown): void {
  process.stderr.write(`local AWS: ${messageOf(error)}\n`);
  process.exit(1);
}

main(process.argv.slice(2)).catch(fail);
