import { mkdtempSync, readFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { PythonPackage } from './python-package';
import * as library from '../../../src';
import { nightly } from '../../setup/nightly';

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

describe('the package for Python', () => {
  let python: PythonPackage;

  beforeAll(async () => {
    python = await PythonPackage.installWithPyright(mkdtempSync(join(tmpdir(), 'python-')));
  }, 15 * 60_000);

  nightly('has types that pyright accepts where a machine image is required', async () => {
    expect(await python.run('pyright', '--warnings', APP)).toContain('0 errors, 0 warnings');
  }, 5 * 60_000);

  nightly('has types with which pyright finds a mistake', async () => {
    const mistaken = python.write('mistaken.py', readFileSync(APP, 'utf8') + MISTAKE);
    await expect(python.run('pyright', mistaken)).rejects.toThrow(/"EncryptedAmiCopy" is not assignable to "str"[^]*1 error/);
  }, 5 * 60_000);

  nightly('synthesizes the app', async () => {
    const { Images: { Resources } } = await python.synthesize(APP);
    expect(Object.values(Resources).map(({ Type }) => Type).filter(type => type.startsWith('Custom::')).sort()).toEqual([
      'Custom::AmiSharing', 'Custom::EncryptedAmiCopy', 'Custom::InstanceAmi', 'Custom::MultiKeyAmi',
    ]);
  }, 5 * 60_000);
});
