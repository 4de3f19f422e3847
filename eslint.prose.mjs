// The words of build-tools/prose-words.mjs, in everything that people read: npm run check:prose
import markdown from '@eslint/markdown';
import parser from '@typescript-eslint/parser';
import { commentStarts, words } from './build-tools/prose-rule.mjs';

const plugins = { prose: { rules: { words, 'comment-starts': commentStarts } } };

export default [
  // generated, or the words themselves
  { ignores: ['API.md', 'build-tools/prose-words.mjs', '**/*.d.ts', 'lib/', 'dist/', 'assets/', 'coverage/', '**/cdk.out/'] },
  {
    files: ['**/*.ts', '**/*.mjs'],
    languageOptions: { parser },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    plugins,
    rules: { 'prose/words': 'error', 'prose/comment-starts': 'warn' },
  },
  { files: ['**/*.md'], language: 'markdown/gfm', plugins: { ...plugins, markdown }, rules: { 'prose/words': 'error' } },
];
