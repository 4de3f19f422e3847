import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { dirname, extname, join, resolve, sep } from 'path';
import { DemoScript } from './demo-run';

const ROOT = resolve(__dirname, '..');
const TSX = quote(join(ROOT, 'node_modules', '.bin', 'tsx'));
/** An app of this repository imports the library by its name, which this file tells to tsx. */
const TSCONFIG = `--tsconfig ${quote(join(ROOT, 'tsconfig.check.json'))}`;

const RUNTIMES: Readonly<Record<string, (file: string) => string>> = {
  '.ts': file => file.startsWith(`${ROOT}${sep}`) ? `${TSX} ${TSCONFIG} ${quote(file)}` : `${TSX} ${quote(file)}`,
  '.js': file => `node ${quote(file)}`,
  '.mjs': file => `node ${quote(file)}`,
  '.cjs': file => `node ${quote(file)}`,
  '.py': file => `python3 ${quote(file)}`,
};

/** A script for an app that is not one of the examples: deploys all of its stacks, and destroys them. `path` is relative to `directory`. */
export function ownApp(path: string, directory: string, context: readonly string[]): DemoScript {
  const file = resolve(directory, path);
  if (!existsSync(file)) {
    throw new Error(`there is no example and no app ${path}. --help lists the examples`);
  }
  const isFolder = statSync(file).isDirectory();
  const app = isFolder ? appOfFolder(file) : commandOf(file);
  const folder = isFolder ? file : dirname(file);
  const options = context.flatMap(value => ['-c', value]);
  return {
    app,
    directory: folder,
    stacks: ['--all'],
    run: async demo => {
      const restore = keepContext(folder);
      try {
        await demo.bootstrap();
        await demo.deploy(path, ...options);
        await demo.destroy(...options);
        await demo.printWhatIsLeft();
      } finally {
        restore();
      }
    },
  };
}

function appOfFolder(folder: string): string {
  const file = join(folder, 'cdk.json');
  const { app } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as { app?: string } : {};
  if (app === undefined) {
    throw new Error(`${folder} must have a file cdk.json with an "app", or pass the file of the app`);
  }
  return app;
}

function commandOf(file: string): string {
  const command = RUNTIMES[extname(file)];
  if (!command) {
    throw new Error(`an app must be a folder with cdk.json, or a file with the extension ${Object.keys(RUNTIMES).join(', ')}, got ${file}`);
  }
  return command(file);
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `"${path}"`;
}

/** The command line writes what it looks up into the folder of the app, where values of this AWS must not stay. Returns what puts the file back. */
function keepContext(folder: string): () => void {
  const file = join(folder, 'cdk.context.json');
  const before = existsSync(file) ? readFileSync(file) : undefined;
  const restore = () => {
    process.removeListener('exit', restore);
    if (before === undefined) {
      rmSync(file, { force: true });
    } else {
      writeFileSync(file, before);
    }
  };
  process.once('exit', restore);
  return restore;
}
