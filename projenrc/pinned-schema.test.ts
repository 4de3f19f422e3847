import { readFileSync } from 'fs';
import { join } from 'path';

test('the module for Go requires no newer cloud assembly schema than the lowest CDK does', () => {
  const [, pinned] = /'@aws-cdk\/cloud-assembly-schema@([\d.]+)'/.exec(readFileSync(join(__dirname, '..', '.projenrc.ts'), 'utf8'))!;
  const { version, dependencies } = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/package.json'), 'utf8'));
  const { peerDependencies } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8'));
  expect(`^${version}`).toBe(peerDependencies['aws-cdk-lib']);
  expect(`^${pinned}`).toBe(dependencies['@aws-cdk/cloud-assembly-schema']);
});
