import { copyTime } from './copy-time';
import { fourHundred } from './many-copies';
import { handlerBundle } from './handler-bundle';
import { multiKeyTime } from './multi-key-time';
import { Figure, print } from './print-figures';
import { stackSize } from './stack-size';

const SUBJECTS: Record<string, () => Figure[] | Promise<Figure[]>> = {
  'handler-bundle': handlerBundle,
  'stack-size': stackSize,
  'copy-time': copyTime,
  'many-copies': fourHundred,
  'multi-key-time': multiKeyTime,
};

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter(name => !(name in SUBJECTS));
  if (unknown.length > 0) {
    throw new Error(`no such subject: ${unknown.join(', ')}; there are ${Object.keys(SUBJECTS).join(', ')}`);
  }
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(SUBJECTS)) {
    if (wanted.length === 0 || wanted.includes(name)) {
      console.log(`${name} ...`);
      figures.push(...await measure());
    }
  }
  print(figures);
  process.exitCode = figures.every(({ kept }) => kept) ? 0 : 1;
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
