import { copyTime } from './copy-time';
import { handlerBundle } from './handler-bundle';
import { manyCopies } from './many-copies';
import { multiKeyTime } from './multi-key-time';
import { Figure, print } from './print-figures';
import { stackSize } from './stack-size';

const BENCHMARKS: Record<string, () => Figure[] | Promise<Figure[]>> = {
  'handler-bundle': handlerBundle,
  'stack-size': stackSize,
  'copy-time': copyTime,
  'many-copies': manyCopies,
  'multi-key-time': multiKeyTime,
};

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter(name => !(name in BENCHMARKS));
  if (unknown.length > 0) {
    throw new Error(`no such subject: ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  }
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(BENCHMARKS)) {
    if (wanted.length === 0 || wanted.includes(name)) {
      console.log(`${name} ...`);
      figures.push(...await measure());
    }
  }
  print(figures);
  process.exitCode = figures.every(({ withinBudget }) => withinBudget) ? 0 : 1;
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
