import { mkdtempSync, readFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { PythonPackage } from './python-package';
import * as library from '../../../src';
import { sample } from '../../setup/nightly';

/*
 * An AMI is a machine image for type checkers too. Python's compare names of parameters: a parameter `_scope` in place of `scope` makes a class
 * incompatible with IMachineImage. The nightly run installs the package, with Python and pip.
 */

const APP = join(__dirname, 'machine_image.py');
/** An AMI in place of its ID, which a type checker must refuse: otherwise it checks nothing. */
const MISTAKE = '\nAmiSharing(stack, "Mistaken", image_id=copy)\n';

test('the app passes each construct as a machine image', () => {
  const app = readFileSync(APP, 'utf8');
  const constructs = Object.entries(library).filter(([, value]) => typeof value === 'function' && value.prototype instanceof library.AmiBase).map(([name]) => name);
  expect(constructs).toEqual(['EncryptedAmiCopy', 'InstanceAmi', 'MultiKeyAmiBuilder']);
  for (const construct of constructs) {
    const [, variable] = new RegExp(`^(\\w+) = ${construct}\\(`, 'm').exec(app) ?? [];
    expect(app).toMatch(new RegExp(`ec2\\.Instance\\(.*machine_image=${variable}\\)`));
    expect(app).toMatch(new RegExp(`ec2\\.LaunchTemplate\\(.*machine_image=${variable}\\)`));
  }
});

// with the count 0, only in the nightly run
for (const app of sample([APP], 0)) {
  describe('the package for Python', () => {
    let python: PythonPackage;

    beforeAll(async () => {
      python = await PythonPackage.installWithPyright(mkdtempSync(join(tmpdir(), 'python-')));
    }, 15 * 60_000);

    test('has types that pyright accepts where a machine image is required', async () => {
      expect(await python.run('pyright', '--warnings', app)).toContain('0 errors, 0 warnings');
    }, 5 * 60_000);

    test('has types with which pyright finds a mistake', async () => {
      const mistaken = python.write('mistaken.py', readFileSync(app, 'utf8') + MISTAKE);
      await expect(python.run('pyright', mistaken)).rejects.toThrow(/"EncryptedAmiCopy" is not assignable to "str"[^]*1 error/);
    }, 5 * 60_000);

    test('synthesizes the app', async () => {
      const { Images: { Resources } } = await python.synthesize(app);
      expect(Object.values(Resources).map(({ Type }) => Type).filter(type => type.startsWith('Custom::')).sort()).toEqual([
        'Custom::AmiSharing', 'Custom::EncryptedAmiCopy', 'Custom::InstanceAmi', 'Custom::MultiKeyAmi',
      ]);
    }, 5 * 60_000);
  });
}
