/** Whether everything that has a count is tried whole, as the nightly run does, or a fixed sample of it. */
const isNightly = process.env.NIGHTLY === 'true';

/** All cases in the nightly run; else so many of them, spread evenly, the first and the last included: the same ones each time. */
export function sample<T>(cases: readonly T[], count: number): readonly T[] {
  return isNightly || cases.length <= count
    ? cases
    : Array.from({ length: count }, (_, index) => cases[Math.round(index * (cases.length - 1) / Math.max(1, count - 1))]);
}

/** A test of the nightly run: it takes long, and others hold what it holds in part. */
export const nightly: jest.It = isNightly ? test : test.skip;
