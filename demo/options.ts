import { parseArgs } from 'util';

export interface DemoOptions {
  /** The name of a script, or the path of an app. */
  readonly what: string;
  /** Whether the output of the CDK command line is shown. */
  readonly verbose: boolean;
  /** Options of the CDK command line for an app of one's own. */
  readonly context: readonly string[];
  /** The path of a file with resources that exist from the beginning. */
  readonly seed?: string;
  readonly help: boolean;
}

export const USAGE = `npm run demo -- [what] [options]

  encrypted-copy   a copy of Amazon Linux 2023, then with another key (the default)
  multi-key        an AMI whose every snapshot has a key of its own
  path/to/app      an app of yours: a file (.ts, .js, .py), or a folder with cdk.json

  --verbose        the output of the CDK command line, with every event
  -c, --context    name=value, for an app of yours; can be repeated
  --seed FILE      keys, snapshots and images that exist from the beginning: docs/local-aws.md
  --help`;

/** Throws an `Error` with one sentence if the arguments are invalid. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      verbose: { type: 'boolean', default: false },
      context: { type: 'string', short: 'c', multiple: true, default: [] },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [what = 'encrypted-copy', ...more] = positionals;
  if (more.length > 0) {
    throw new Error(`there can be one example or app, got ${positionals.join(' ')}`);
  }
  return { what, verbose: values.verbose, context: values.context, seed: values.seed, help: values.help };
}
