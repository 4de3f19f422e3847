import { rmSync } from 'fs';
import { dirname } from 'path';

/** Runs once, after all test files; in watch mode after each run. */
export default function afterAllFiles(): void {
  const folder = process.env.TMPDIR!;
  rmSync(folder, { recursive: true, force: true });
  // the next run makes its folder beside this one
  process.env.TMPDIR = dirname(folder);
}
