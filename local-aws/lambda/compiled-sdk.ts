/**
 * A part of the runtime in a function's process. V8 compiles the same SDK at every cold start, so its code cache is kept for later processes,
 * as newer Node versions do with `module.enableCompileCache()`. Node itself loads the function's own code.
 */
import { createHash, randomUUID } from 'crypto';
import { readFileSync, renameSync, writeFileSync } from 'fs';
import Module, { createRequire } from 'module';
import path from 'path';
import vm from 'vm';

/** Compiles the text of a CommonJS module, as Node's own method does. */
interface Compiling {
  exports: unknown;
  _compile(content: string, filename: string, format?: string): unknown;
}

/** For shorter files, reading the cache takes as long as compiling. */
const WORTH_KEEPING = 10_000;
const BEFORE = '(function (exports, require, module, __filename, __dirname) { ';
const AFTER = '\n})';

const fresh = new Map<string, vm.Script>();

/** Loads modules outside of the function's directory with the code cache of the given directory. */
export function useCompiledSdk(directory: string, functionDirectory: string): void {
  const prototype = (Module as unknown as { prototype: Compiling }).prototype;
  const original = prototype._compile;
  prototype._compile = function (content, filename, format) {
    // V8 cannot resolve `import()` in cached code: "A dynamic import callback was not specified."
    const plain = content.length < WORTH_KEEPING || format === 'module' || filename.startsWith(functionDirectory) || content.includes('import(');
    return plain ? original.call(this, content, filename, format) : load(this, content, filename, directory);
  };
}

/** Saves the code cache after the first event, so that it contains code that V8 compiles at the first call. */
export function keepCompiledSdk(): void {
  for (const [file, script] of fresh) {
    const draft = `${file}.${randomUUID()}`;
    try {
      writeFileSync(draft, script.createCachedData());
      renameSync(draft, file);
    } catch {
      // without write access, only the cache is missing
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
