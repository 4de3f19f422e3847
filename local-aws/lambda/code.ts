import { createHash, randomUUID } from 'crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'fs';
import { createRequire } from 'module';
import { dirname, join } from 'path';

const installed = createRequire(__filename);
/** The script of the runtime, and the file that it imports. */
const SCRIPTS = ['runtime', 'compiled-sdk'];

/** The files besides a function's own code: the script of the runtime, the runtime's modules, and inline code. */
export class FunctionFiles {
  public readonly runtime: string;
  /** A directory with the AWS SDK only, as in the Lambda runtime. */
  public readonly modules: string;
  /** Caches of several runs are in `node_modules`, so that a new installation deletes them. */
  public readonly kept = join(__dirname, '..', '..', 'node_modules', '.cache', 'local-aws');

  public constructor(private readonly root: string) {
    mkdirSync(root, { recursive: true });
    mkdirSync(this.kept, { recursive: true });
    for (const name of SCRIPTS) {
      writeFileSync(join(root, `${name}.js`), this.compiled(name));
    }
    this.runtime = join(root, 'runtime.js');
    this.modules = join(root, 'node_modules');
    mkdirSync(this.modules);
    const sdk = dirname(dirname(dirname(installed.resolve('@aws-sdk/client-lambda/package.json'))));
    for (const scope of ['@aws-sdk', '@smithy'].filter(name => existsSync(join(sdk, name)))) {
      symlinkSync(join(sdk, scope), join(this.modules, scope), 'dir');
    }
  }

  /** The directory of a function with inline code. */
  public inline(code: string): string {
    const directory = join(this.root, `inline-${hashOf(code)}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.js'), code);
    return directory;
  }

  /** A compiled script for `node`. Loading the compiler takes longer than many deployments, so its output is cached. */
  private compiled(name: string): string {
    const source = readFileSync(join(__dirname, `${name}.ts`), 'utf8');
    const kept = join(this.kept, `${name}-${hashOf(source)}.js`);
    if (!existsSync(kept)) {
      // other processes can write or read the file at the same time
      const draft = `${kept}.${randomUUID()}`;
      writeFileSync(draft, compile(source));
      renameSync(draft, kept);
    }
    return readFileSync(kept, 'utf8');
  }
}

function compile(source: string): string {
  const { ModuleKind, ScriptTarget, transpileModule } = installed('typescript') as typeof import('typescript');
  // a CommonJS module that keeps `import()`, because handlers can be ES modules
  const compilerOptions = { module: ModuleKind.Node16, target: ScriptTarget.ES2022, esModuleInterop: true };
  return transpileModule(source, { compilerOptions, fileName: 'script.cts' }).outputText;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
