import { parseArgs } from 'util';

export interface CommandOptions {
  /** The number of its seconds in one second of the machine. */
  readonly speed: number;
  /** The port on 127.0.0.1. With 0, the operating system chooses a free one. */
  readonly port: number;
  readonly account: string;
  readonly region: string;
  /** The path of a file with resources that exist from the beginning. */
  readonly seed?: string;
  readonly help: boolean;
}

export const USAGE = `npm run local-aws -- [options]

  --speed N      seconds of AWS in one second of this machine; 12 by default, at most 240
  --port N       port on 127.0.0.1; 4580 by default, 0 for any free port
  --account ID   account of the exported environment; 123456789012 by default
  --region NAME  Region of the exported environment and of the account's seed AMIs; us-east-1 by default
  --seed FILE    JSON file with keys, snapshots and images that exist from the beginning
  --help

docs/local-aws.md describes the seed file.`;

/** Throws an `Error` with one sentence if the arguments are invalid. */
export function parseOptions(args: readonly string[]): CommandOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      speed: { type: 'string', default: '12' },
      port: { type: 'string', default: '4580' },
      account: { type: 'string', default: '123456789012' },
      region: { type: 'string', default: 'us-east-1' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    // the fastest at which functions are tested
    speed: numberOf('--speed', values.speed, /^\d+(\.\d+)?$/, 0.1, 240),
    port: numberOf('--port', values.port, /^\d+$/, 0, 65_535),
    account: accountOf(values.account),
    region: regionOf(values.region),
    seed: values.seed,
    help: values.help,
  };
}

function numberOf(option: string, value: string, form: RegExp, min: number, max: number): number {
  if (!form.test(value) || Number(value) < min || Number(value) > max) {
    throw new Error(`${option} must be a number from ${min} to ${max}, got ${value}`);
  }
  return Number(value);
}

function accountOf(value: string): string {
  if (!/^\d{12}$/.test(value)) {
    throw new Error(`--account must be an account ID of 12 digits, got ${value}`);
  }
  return value;
}

function regionOf(value: string): string {
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(value)) {
    throw new Error(`--region must be the name of a Region, such as eu-central-1, got ${value}`);
  }
  return value;
}
