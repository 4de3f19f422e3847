// Bundles the handler into assets/handler, the asset that the npm package carries.
//
// rolldown, because it sees through the computed keys of the SDK's schemas and drops those that no call uses: esbuild keeps all of
// them, 540 KiB. From the ES modules (`mainFields`), because the CommonJS ones cannot be taken apart.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { rolldown } from 'rolldown';

/** A Lambda function has its credentials in its environment; files, SSO, other processes and metadata services are dead weight. */
const withoutCredentialChain = {
  name: 'without-credential-chain',
  resolveId: source => source === '@aws-sdk/credential-provider-node' ? `\0${source}` : null,
  load: id => id === '\0@aws-sdk/credential-provider-node'
    ? 'export const defaultProvider = () => () => { throw new Error("the handler is given its credentials"); };'
    : null,
};

/** No call of the handler has an event stream, for which the SDK imports this module when it meets one. */
const withoutEventStreams = {
  name: 'without-event-streams',
  resolveId: source => source === '@smithy/core/event-streams' ? `\0${source}` : null,
  load: id => id === '\0@smithy/core/event-streams' ? 'export {};' : null,
};

/**
 * The handler tells errors apart by their names, which the SDK also gives to those without a class, as almost all of EC2 are. Without their classes and
 * schemas the bundle is 20 KiB smaller.
 */
const withoutErrorClasses = {
  name: 'without-error-classes',
  transform(code, id) {
    return /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/.test(id) ? code.replace(/^n\d+_registry\.registerError\(.*\);$/gm, '') : null;
  },
};

const bundle = await rolldown({
  input: 'lambda/index.ts',
  platform: 'node',
  resolve: { mainFields: ['module', 'main'], conditionNames: ['module', 'import', 'node'] },
  plugins: [withoutCredentialChain, withoutEventStreams, withoutErrorClasses],
  onLog(level, log, handle) {
    // an import that cannot be resolved would only be noticed in Lambda
    handle(level === 'warn' ? 'error' : level, log);
  },
});
const { output: [{ code, modules }] } = await bundle.generate({ format: 'cjs', minify: true, codeSplitting: false });

const withClasses = Object.keys(modules).filter(id => /@aws-sdk\/client-[^/]+\/dist-es\/models\/errors\.js$/.test(id) && modules[id].renderedLength > 0);
if (withClasses.length > 0) {
  console.error(`No error has one of these classes, so \`instanceof\` is always false: tell errors apart by their codes:\n${withClasses.join('\n')}`);
  process.exit(1);
}

// whose code is distributed, so their license asks for it
const bundled = Object.keys(modules).filter(id => modules[id].renderedLength > 0).flatMap(id => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []);
const noticed = (await readFile('NOTICE', 'utf8')).match(/(?<=^ {2})\S+$/gm) ?? [];
const packages = [...new Set(bundled)].sort();
if (packages.join() !== noticed.join()) {
  console.error(`NOTICE must list the packages whose code is in the bundle:\n${packages.map(name => `  ${name}`).join('\n')}`);
  process.exit(1);
}

// the folder is the asset: nothing else may be in it, and it is left alone if nothing has changed, so that deployments under way can read it
const folder = 'assets/handler';
await mkdir(folder, { recursive: true });
for (const other of (await readdir(folder)).filter(name => name !== 'index.js')) {
  await rm(`${folder}/${other}`, { recursive: true });
}
if (await readFile(`${folder}/index.js`, 'utf8').catch(() => '') !== code) {
  await writeFile(`${folder}/index.js`, code);
}
console.log(`${folder}/index.js: ${(Buffer.byteLength(code) / 1024).toFixed(1)} KiB`);
