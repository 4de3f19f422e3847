import { cpSync, writeFileSync } from 'fs';
import { join } from 'path';
import { devDependency, fileEndingWith, GeneratedPackage, LOWEST } from '../generated-package';
import { Language } from '../language';
import { runCommand } from '../run-command';

/** A project of npm with the tarball. The compiler checks the app with the types of the package. */
export const typescript: Language = {
  name: 'TypeScript',
  needs: [['npm', '--version']],
  async install(generated: GeneratedPackage, directory: string) {
    const tarball = fileEndingWith(await generated.build('js'), '.tgz');
    writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
    const packages = [`aws-cdk-lib@${LOWEST.cdk}`, `constructs@${LOWEST.constructs}`, ...['typescript', '@types/node'].map(devDependency)];
    await runCommand(['npm', 'install', '--no-audit', '--no-fund', tarball, ...packages], directory);
    cpSync(join(__dirname, 'app.ts'), join(directory, 'app.ts'));
    await runCommand([join(directory, 'node_modules', '.bin', 'tsc'), '--strict', '--module', 'node16', '--target', 'es2022', '--types', 'node', 'app.ts'], directory);
    return `${process.execPath} app.js`;
  },
};
