/**
 * Part of what runs inside a function's process. Most of a cold start is V8 compiling the same SDK again: what it made of it is kept for the
 * next process, as newer Nodes do for all modules if `module.enableCompileCache()` is called. The function's own code is left to Node.
 */
import { createHash, randomUUID } from 'crypto';
import { readFileSync, renameSync, writeFileSync } from 'fs';
import Module, { createRequire } from 'module';
import path from 'path';
import vm from 'vm';

/** What Node calls to turn the text of a CommonJS module into its exports. */
interface Compiling {
  exports: unknown;
  _compile(content: string, filename: string, format?: string): unknown;
}

/** Characters below which reading a file takes as long as compiling. */
const WORTH_KEEPING = 10_000;
const BEFORE = '(function (exports, require, module, __filename, __dirname) { ';
const AFTER = '\n})';

const fresh = new Map<string, vm.Script>();

/** From now on, modules outside of the function's folder are loaded with the compiled code that the directory has. */
export function useCompiledSdk(directory: string, functionDirectory: string): void {
  const prototype = (Module as unknown as { prototype: Compiling }).prototype;
  const original = prototype._compile;
  prototype._compile = function (content, filename, format) {
    // V8 forgets how to `import()` in code that it did not compile itself: "A dynamic import callback was not specified."
    const plain = content.length < WORTH_KEEPING || format === 'module' || filename.startsWith(functionDirectory) || content.includes('import(');
    return plain ? original.call(this, content, filename, format) : load(this, content, filename, directory);
  };
}

/** Once a first event has been dealt with, so that what only a call compiles is kept as well. */
export function keepCompiledSdk(): void {
  for (const [file, script] of fresh) {
    const draft = `${file}.${randomUUID()}`;
    try {
      writeFileSync(draft, script.createCachedData());
      renameSync(draft, file);
    } catch {
      // a folder that cannot be written to costs time only
    }
  }
  fresh.clear();
}

function load(module: Compiling, content: string, filename: string, directory: string): unknown {
  const file = path.join(directory, `${createHash('sha256').update(`${process.version} ${process.arch} ${content}`).digest('hex').slice(0, 32)}.v8`);
  const cachedData = read(file);
  const script = new vm.Script(BEFORE + content + AFTER, { filename, columnOffset: -BEFORE.length, cachedData });
  if (cachedData === undefined || script.cachedDataRejected === true) {
    fresh.set(file, script);
  }
  const wrapped = script.runInThisContext() as (...given: unknown[]) => unknown;
  return wrapped.call(module.exports, module.exports, createRequire(filename), module, filename, path.dirname(filename));
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
