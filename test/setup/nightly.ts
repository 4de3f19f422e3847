import { testUnless } from '../helpers/test-unless';

/** Whether everything that has a count is tried whole, as the nightly run does, or a fixed sample of it. */
const isNightly = process.env.NIGHTLY === 'true';

/** All cases in the nightly run; else so many of them, spread evenly, the first and the last included: the same ones each time. */
export function sample<T>(cases: readonly T[], count: number): readonly T[] {
  return isNightly || cases.length <= count
    ? cases
    : Array.from({ length: count }, (_, index) => cases[Math.round(index * (cases.length - 1) / Math.max(1, count - 1))]);
}

/** A test that takes long, of which others hold a part. `missing` returns the tool that this machine lacks; it runs in the nightly run only. */
export function nightly(title: string, run: jest.ProvidesCallback, timeout?: number, missing: () => string | undefined = () => undefined): void {
  testUnless(isNightly ? missing() : 'it is part of the nightly run', title, run, timeout);
}
