import { execFile } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { commandOf, says } from './page';
import { ROOT } from '../docs/pages';

/*
 * A contributor: a fresh clone, a change of the handler that the next test already has, a change of a comment that API.md gets, and the checks that find
 * what is wrong. The commands are those of CONTRIBUTING.md.
 */

const PAGE = 'CONTRIBUTING.md';
const oneCase = commandOf(PAGE, "npx jest -t 'key is disabled'").replace(" -t 'key is disabled'", '');
const onePart = commandOf(PAGE, 'npx jest test/local-aws/ec2');
const lint = (file: string) => commandOf(PAGE, 'npx eslint', { FILE: file });
const checkProse = commandOf(PAGE, 'npm run check:prose');
const checkDependencies = commandOf(PAGE, 'npm run check:dependencies');
const docgen = commandOf(PAGE, 'npx projen docgen');
/** In two parts, because the check reads this file too. */
const FORBIDDEN = ['stran', 'ger'].join('');
says(PAGE, 'fails on an import that crosses these layers');

export async function visitAsContributor(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'contributor-'));
  try {
    await promisify(execFile)('git', ['clone', '--quiet', '--depth', '1', `file://${ROOT}`, 'clone'], { cwd: directory });
    await work(new Clone(join(directory, 'clone')));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function work(clone: Clone): Promise<void> {
  expect(await clone.run(`${onePart}/tags`)).toMatchObject({ exitCode: 0, output: expect.stringContaining('Tests:') });

  // the next test runs the handler as it is now
  clone.edit('lambda/copy/messages.ts', text => text.replace('A key could not be used', 'One of the keys failed'));
  expect(await clone.run(`${oneCase} test/contract/wire`)).toMatchObject({ exitCode: 0 });
  expect(clone.read('assets/handler/index.js')).toContain('One of the keys failed');

  // API.md is generated from the comment as it is now
  clone.edit('src/ami/common-ami-props.ts', text => text.replace(/\/\*\*\n {3}\* /, '/**\n   * Read at once. '));
  expect(await clone.run(docgen)).toMatchObject({ exitCode: 0 });
  expect(clone.read('API.md')).toContain('Read at once.');

  // mistakes are found
  clone.edit('local-aws/time/clock.ts', text => `import '../../src/index';\n${text}`);
  const imports = await clone.run(checkDependencies);
  expect(imports.output).toContain('local-aws-knows-no-library');
  expect(imports.exitCode).not.toBe(0);
  clone.edit('src/index.ts', text => `${text}export  const  spaced = "double quotes"\n`);
  expect(await clone.run(lint('src/index.ts'))).toMatchObject({ exitCode: 1, output: expect.stringContaining('@stylistic/') });
  clone.edit('docs/publishing.md', text => `${text}\nThis account is a ${FORBIDDEN}.\n`);
  const prose = await clone.run(checkProse);
  expect(prose.output).toMatch(new RegExp(`publishing\\.md[^]*"${FORBIDDEN}": write`));
  expect(prose.exitCode).not.toBe(0);
}

/** A clone with the packages of this project, and a shell in it. */
class Clone {
  public constructor(private readonly directory: string) {
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  }

  public read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }

  /** Changes a file. Fails if the change is none. */
  public edit(file: string, change: (text: string) => string): void {
    const before = this.read(file);
    expect(change(before)).not.toBe(before);
    writeFileSync(join(this.directory, file), change(before));
  }

  public async run(command: string): Promise<{ exitCode: number; output: string }> {
    try {
      const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], { cwd: this.directory, maxBuffer: 64 * 1024 * 1024 });
      return { exitCode: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { exitCode: code, output: stdout + stderr };
    }
  }
}
