import { createHash, randomUUID } from 'crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'fs';
import { createRequire } from 'module';
import { dirname, join } from 'path';

const installed = createRequire(__filename);
/** The script of the runtime, and what it imports. */
const SCRIPTS = ['runtime', 'compiled-sdk'];

/** The files that functions need besides their own: the runtime's script, what the runtime brings along, inline code. */
export class FunctionFiles {
  public readonly runtime: string;
  /** A folder with the AWS SDK, and nothing else, as in the Lambda runtime. */
  public readonly modules: string;
  /** What is worth keeping from one run to the next is beside what is installed, and goes with it. */
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

  /** The folder of a function whose code is in the template. */
  public inline(code: string): string {
    const directory = join(this.root, `inline-${hashOf(code)}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.js'), code);
    return directory;
  }

  /** A script as a plain `node` runs it. Loading the compiler takes longer than many a deployment, so what it made is kept. */
  private compiled(name: string): string {
    const source = readFileSync(join(__dirname, `${name}.ts`), 'utf8');
    const kept = join(this.kept, `${name}-${hashOf(source)}.js`);
    if (!existsSync(kept)) {
      // others may do the same, or read, at this moment
      const draft = `${kept}.${randomUUID()}`;
      writeFileSync(draft, compile(source));
      renameSync(draft, kept);
    }
    return readFileSync(kept, 'utf8');
  }
}

function compile(source: string): string {
  const { ModuleKind, ScriptTarget, transpileModule } = installed('typescript') as typeof import('typescript');
  // as a CommonJS module whose `import()` stays what it is: handlers may be ES modules
  const compilerOptions = { module: ModuleKind.Node16, target: ScriptTarget.ES2022, esModuleInterop: true };
  return transpileModule(source, { compilerOptions, fileName: 'script.cts' }).outputText;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
