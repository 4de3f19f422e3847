import { createHash } from 'crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'fs';
import { createRequire } from 'module';
import { dirname, join } from 'path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

/** The files that functions need besides their own: the runtime's script, what the runtime brings along, inline code. */
export class FunctionFiles {
  public readonly runtime: string;
  /** A folder with the AWS SDK, and nothing else, as in the Lambda runtime. */
  public readonly modules: string;

  public constructor(private readonly root: string) {
    mkdirSync(root, { recursive: true });
    this.runtime = join(root, 'runtime.js');
    writeFileSync(this.runtime, compileRuntime());
    this.modules = join(root, 'node_modules');
    mkdirSync(this.modules);
    const installed = createRequire(__filename);
    const sdk = dirname(dirname(dirname(installed.resolve('@aws-sdk/client-lambda/package.json'))));
    for (const scope of ['@aws-sdk', '@smithy'].filter(name => existsSync(join(sdk, name)))) {
      symlinkSync(join(sdk, scope), join(this.modules, scope), 'dir');
    }
  }

  /** The folder of a function whose code is in the template. */
  public inline(code: string): string {
    const directory = join(this.root, `inline-${createHash('sha256').update(code).digest('hex').slice(0, 16)}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.js'), code);
    return directory;
  }
}

function compileRuntime(): string {
  const source = readFileSync(join(__dirname, 'runtime.ts'), 'utf8');
  // as a CommonJS module whose `import()` stays what it is: handlers may be ES modules
  const compilerOptions = { module: ModuleKind.Node16, target: ScriptTarget.ES2022, esModuleInterop: true };
  return transpileModule(source, { compilerOptions, fileName: 'runtime.cts' }).outputText;
}
