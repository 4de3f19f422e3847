// A reporter of jest: `--bail` goes on to the end of the file, which can take a minute.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export default class StopAtFirstFailure {
  onTestCaseResult(test, { status, fullName }) {
    if (status === 'failed') {
      this.stop(test, fullName);
    }
  }

  onTestResult(test, { failureMessage }) {
    if (failureMessage) {
      this.stop(test);
    }
  }

  stop(test, name) {
    writeFileSync(process.env.MUTANTS_RESULT, JSON.stringify({ file: path.relative(process.cwd(), test.path), name }));
    // the runner ends the processes of the functions, which are in the same group
    process.exit(1);
  }
}
