import { copyTime } from './copy-time';
import { handlerBundle } from './handler-bundle';
import { longCopy } from './long-copy';
import { manyCopies } from './many-copies';
import { multiKeyTime } from './multi-key-time';
import { Figure, print } from './print-figures';
import { stackSize } from './stack-size';

/** Each takes the number after its name: `many-copies=40`. */
const BENCHMARKS: Record<string, (count?: number) => Figure[] | Promise<Figure[]>> = {
  'handler-bundle': handlerBundle,
  'stack-size': stackSize,
  'copy-time': copyTime,
  'long-copy': longCopy,
  'many-copies': manyCopies,
  'multi-key-time': multiKeyTime,
};

async function main(): Promise<void> {
  const wanted = new Map(process.argv.slice(2).map((argument): [string, string | undefined] => {
    const [name, count] = argument.split('=');
    return [name, count];
  }));
  const unknown = [...wanted.keys()].filter(name => !(name in BENCHMARKS));
  if (unknown.length > 0) {
    throw new Error(`no such subject: ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  }
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(BENCHMARKS)) {
    if (wanted.size === 0 || wanted.has(name)) {
      console.log(`${name} ...`);
      figures.push(...await measure(wanted.get(name) === undefined ? undefined : Number(wanted.get(name))));
    }
  }
  print(figures);
  process.exitCode = figures.every(({ withinBudget }) => withinBudget) ? 0 : 1;
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
