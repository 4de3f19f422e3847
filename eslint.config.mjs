// `npx eslint FILE` reads this file; the rules are those of .eslintrc.json, which projen writes.
import { readFileSync } from 'node:fs';
import { FlatCompat } from '@eslint/eslintrc';

const { ignorePatterns: _ignored, ...rules } = JSON.parse(readFileSync(new URL('.eslintrc.json', import.meta.url), 'utf8').replace(/^\/\/.*$/m, ''));

export default [
  { ignores: ['lib/', 'dist/', 'assets/', 'coverage/', '**/*.d.ts'] },
  { files: ['**/*.ts'] },
  ...new FlatCompat({ baseDirectory: import.meta.dirname }).config(rules),
];
