// A reporter of jest that tells only why a file cannot run: `environment.mjs` writes a journal of its tests.
export default class Reporter {
  onTestResult(test, { failureMessage }) {
    console.error(failureMessage ?? '');
  }
}
