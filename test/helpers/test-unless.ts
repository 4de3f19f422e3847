/**
 * A test that cannot run everywhere, or takes too long for every change. Where it does not run, it is skipped and its title says why: if it were not
 * defined at all, a run without Python or outside the nightly would look as complete as one with it.
 */
export function testUnless(missing: string | undefined, title: string, run: jest.ProvidesCallback, timeout?: number): void {
  if (missing === undefined) {
    test(title, run, timeout);
  } else {
    test.skip(`${title} (skipped: ${missing})`, run);
  }
}
