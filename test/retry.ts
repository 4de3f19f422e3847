/*
 * Deployments run in processes of their own, on a clock that is 240 times as fast as ours: on a machine that is busy with something else, a
 * function's three minutes can be over before it has a turn. A test that fails once is played again, and what it said is printed.
 */
jest.retryTimes(1, { logErrorsBeforeRetry: true });
