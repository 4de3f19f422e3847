import { rmSync } from 'fs';

/** Runs once, after all test files. */
export default function afterAllFiles(): void {
  rmSync(process.env.TMPDIR!, { recursive: true, force: true });
}
