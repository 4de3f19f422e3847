import { createHash } from 'crypto';
import { FileSystemType } from '../../src';
import { renderFileSystems } from '../../src/multi-key/file-systems/file-system-script';
import { renderBuilderScript } from '../../src/multi-key/user-data/builder-script';

/*
 * The script of a builder instance is a property that requires replacement: after the first release another text, even of a comment, replaces every AMI that
 * is built with it.
 */

test('the script of a builder instance', () => {
  const fileSystems = renderFileSystems([{ deviceName: '/dev/sdf', fileSystem: FileSystemType.XFS, label: 'data', mountPoint: '/data' }]);
  const script = renderBuilderScript({ fileSystems, userData: 'dnf update -y', cleanUp: true });
  expect(createHash('sha256').update(script).digest('hex')).toBe('5153b97e5efa0f64930f9cd5cc58b3579bf018fc75aa77225bd55d4a87256246');
});
