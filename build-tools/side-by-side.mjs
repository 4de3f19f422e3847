// Runs tasks of projen at the same time, prints the output of each when it has ended, and fails if one of them fails.
//   node build-tools/side-by-side.mjs check:lint check:build
import { spawn } from 'node:child_process';

function run(task) {
  return new Promise(resolve => {
    const child = spawn('projen', [task], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => output.push(chunk));
    }
    child.on('error', error => output.push(`${error.message}\n`));
    child.on('close', code => {
      process.stderr.write(Buffer.concat(output.map(chunk => Buffer.from(chunk))));
      resolve(code === 0);
    });
  });
}

const passed = await Promise.all(process.argv.slice(2).map(run));
process.exitCode = passed.every(Boolean) ? 0 : 1;
