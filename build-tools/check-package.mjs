// Checks the files that `npm publish` would publish: none missing, none too many, not too large.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const LARGEST = 1.5 * 1024 * 1024;
const WANTED = ['.jsii', 'API.md', 'LICENSE', 'NOTICE', 'README.md', 'assets/handler/index.js', 'lib/index.d.ts', 'lib/index.js', 'package.json'];
const ALLOWED = /^(lib\/.*\.(js|d\.ts)|\.jsii|API\.md|LICENSE|NOTICE|README\.md|assets\/handler\/index\.js|package\.json)$/;

const [{ files, unpackedSize }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
const paths = files.map(({ path }) => path);
const { dependencies, bundledDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

const complaints = [
  ...WANTED.filter(path => !paths.includes(path)).map(path => `${path} is missing`),
  ...paths.filter(path => !ALLOWED.test(path)).map(path => `${path} does not belong in the package`),
  ...unpackedSize > LARGEST ? [`${unpackedSize} bytes unpacked are more than ${LARGEST}`] : [],
  ...Object.keys({ ...dependencies, ...bundledDependencies }).map(name => `${name} would be a dependency at run time`),
];
for (const complaint of complaints) {
  console.error(`package: ${complaint}`);
}
console.log(`package: ${paths.length} files, ${(unpackedSize / 1024).toFixed(0)} KiB unpacked`);
process.exit(complaints.length > 0 ? 1 : 0);
