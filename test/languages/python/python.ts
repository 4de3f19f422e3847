import { cpSync } from 'fs';
import { join } from 'path';
import { PythonPackage } from './python-package';
import { Language } from '../language';

/** A virtual environment with the wheel. */
export const python: Language = {
  name: 'Python',
  needs: [['python3', '-m', 'venv', '--help']],
  async install(generated, directory) {
    const installed = await PythonPackage.install(generated, directory);
    cpSync(join(__dirname, 'app.py'), join(directory, 'app.py'));
    return `${installed.command('python')} app.py`;
  },
};
