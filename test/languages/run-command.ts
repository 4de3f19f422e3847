import { execFile, spawnSync } from 'child_process';
import { promisify } from 'util';

/** Compiling, packing or installing takes a minute or two; with empty caches, five. */
const STEP_TIMEOUT_MS = 15 * 60_000;

/** A command, and its arguments. */
export type Command = readonly [string, ...string[]];

/** Runs a command and returns its standard output. Fails with all output if the command fails. */
export async function runCommand([file, ...given]: Command, cwd: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  // jsii's notice about Node 20 hides what failed
  const env = { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20', ...environment };
  try {
    const { stdout } = await promisify(execFile)(file, given, { cwd, env, timeout: STEP_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${[file, ...given].join(' ')} failed: ${String(error)}\n${stdout ?? ''}\n${stderr ?? ''}`);
  }
}

/** True if the machine has the command. */
export function hasCommand([file, ...given]: Command): boolean {
  return spawnSync(file, given, { stdio: 'ignore' }).status === 0;
}
