import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'fs';
import { join } from 'path';
import { runCommand } from './run-command';

const ROOT = join(__dirname, '..', '..');

/** The languages as jsii-pacmak calls them. */
export type Target = 'js' | 'python' | 'java' | 'go' | 'dotnet';

interface PackageJson {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The lowest versions that users may have. */
export const LOWEST = {
  cdk: lowest('aws-cdk-lib'),
  constructs: lowest('constructs'),
};

/** The packages for the languages, generated from the sources as they are. */
export class GeneratedPackage {
  /** Compiles a copy in `directory`, which is empty and outside of this project: jsii writes into its working directory. */
  public static async compile(directory: string, version = readPackageJson().version): Promise<GeneratedPackage> {
    const project = join(directory, 'project');
    for (const part of ['src', 'assets', 'package.json', 'tsconfig.json', 'README.md', 'LICENSE', 'NOTICE', 'API.md']) {
      cpSync(join(ROOT, part), join(project, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ ...readPackageJson(), version }));
    await runCommand([tool('jsii'), '--silence-warnings=reserved-word'], project);
    return new GeneratedPackage(project, join(directory, 'generated'), version);
  }

  private constructor(private readonly project: string, private readonly outdir: string, public readonly version: string) {}

  /** Builds the package for a language, or generates its code only. Returns the directory that has it. */
  public async build(target: Target, codeOnly = false): Promise<string> {
    const options = ['--target', target, '--no-npmignore', '--outdir', this.outdir, ...codeOnly ? ['--code-only'] : []];
    await runCommand([tool('jsii-pacmak'), ...options], this.project);
    return join(this.outdir, target);
  }
}

/** The only file of a directory with this ending. */
export function fileEndingWith(directory: string, ending: string): string {
  const [found, ...others] = readdirSync(directory).filter(file => file.endsWith(ending));
  if (found === undefined || others.length > 0) {
    throw new Error(`${directory} must have one file that ends with ${ending}, has ${readdirSync(directory).join(', ')}`);
  }
  return join(directory, found);
}

/** The version of a tool in package.json, for npm. */
export function devDependency(name: string): string {
  return `${name}@${readPackageJson().devDependencies[name]}`;
}

function tool(name: string): string {
  return join(ROOT, 'node_modules', '.bin', name);
}

function readPackageJson(): PackageJson {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
}

function lowest(peer: string): string {
  return readPackageJson().peerDependencies[peer].replace('^', '');
}
