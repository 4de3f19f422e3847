// Bundles the handler into assets/handler, the asset that the npm package carries.
//
// rolldown, because it sees through the computed keys of the SDK's schemas and drops those that no call uses: esbuild keeps all of
// them, 540 KiB. From the ES modules (`mainFields`), because the CommonJS ones cannot be taken apart.
import { rm } from 'node:fs/promises';
import { rolldown } from 'rolldown';

/** A Lambda function has its credentials in its environment; files, SSO, other processes and metadata services are dead weight. */
const withoutCredentialChain = {
  name: 'without-credential-chain',
  resolveId: source => source === '@aws-sdk/credential-provider-node' ? `\0${source}` : null,
  load: id => id === '\0@aws-sdk/credential-provider-node'
    ? 'export const defaultProvider = () => () => { throw new Error("the handler is given its credentials"); };'
    : null,
};

await rm('assets/handler', { recursive: true, force: true });
const bundle = await rolldown({
  input: 'lambda/index.ts',
  platform: 'node',
  resolve: { mainFields: ['module', 'main'], conditionNames: ['module', 'import', 'node'] },
  plugins: [withoutCredentialChain],
  onLog(level, log, handle) {
    // an import that cannot be resolved would only be noticed in Lambda
    handle(level === 'warn' ? 'error' : level, log);
  },
});
const { output } = await bundle.write({
  file: 'assets/handler/index.js',
  format: 'cjs',
  minify: true,
  codeSplitting: false,
});
console.log(`assets/handler/index.js: ${(Buffer.byteLength(output[0].code) / 1024).toFixed(1)} KiB`);
