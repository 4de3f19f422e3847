/** A test that this machine can run unless a tool is missing: then it is skipped, and its title says why. */
export function testUnless(missing: string | undefined, title: string, run: jest.ProvidesCallback, timeout?: number): void {
  if (missing === undefined) {
    test(title, run, timeout);
  } else {
    test.skip(`${title} (skipped: ${missing})`, run);
  }
}
