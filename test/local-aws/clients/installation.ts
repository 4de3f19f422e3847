import { execFile, spawnSync } from 'child_process';
import { existsSync, mkdirSync } from 'fs';
import { join } from 'path';
import { promisify } from 'util';

const DIRECTORY = join(__dirname, '../../../.venv');
const INSTALL_TIMEOUT_MS = 20 * 60_000;

/** Each in a virtual environment of its own: they require different versions of boto3. */
const PACKAGES = {
  clients: { command: 'ansible-playbook', packages: ['awscli<2', 'ansible>=11', 'boto3'] },
  custodian: { command: 'custodian', packages: ['c7n'] },
} as const;

/** Installs packages with pip, unless they are there. Returns the directory of their commands, or the reason why there is none. */
export function install(name: keyof typeof PACKAGES): { readonly bin: string } | { readonly missing: string } {
  const { command, packages } = PACKAGES[name];
  const directory = join(DIRECTORY, name);
  const bin = join(directory, 'bin');
  if (existsSync(join(bin, command))) {
    return { bin };
  }
  mkdirSync(DIRECTORY, { recursive: true });
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', directory]],
    [join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--prefer-binary', ...packages]],
  ];
  for (const [file, given] of steps) {
    const { status, stderr, error } = spawnSync(file, given, { encoding: 'utf8', timeout: INSTALL_TIMEOUT_MS });
    if (status !== 0) {
      return { missing: error?.message ?? stderr.trim().split('\n').at(-1) ?? 'unknown' };
    }
  }
  return { bin };
}

export interface Result {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a command, and returns what it printed, whether it fails or not. */
export async function run(file: string, given: readonly string[], environment: NodeJS.ProcessEnv, cwd?: string): Promise<Result> {
  // without the settings of the machine
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...environment };
  try {
    const { stdout } = await promisify(execFile)(file, given, { env, cwd, timeout: 10 * 60_000, maxBuffer: 64 * 1024 * 1024 });
    return { ok: true, output: stdout };
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    return { ok: false, output: [stdout, stderr].filter(Boolean).join('\n') || message };
  }
}
