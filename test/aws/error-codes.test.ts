import { isThrottled, isTransient, mayHaveHappened } from '../../lambda/aws/error-codes';

const answered = (code: string, status = 400, message = 'no') => Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: status } });
const broken = (code: string) => Object.assign(new Error('no'), { code });

test.each(['RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'TooManyRequestsException', 'EC2ThrottledException', 'SlowDown'])(
  '%s is throttling: retried, and without an effect, whatever the status', code => {
    for (const error of [answered(code), answered(code, 503)]) {
      expect([isThrottled(error), isTransient(error), mayHaveHappened(error)]).toEqual([true, true, false]);
    }
  });

test.each([
  'ResourceLimitExceeded', 'ConcurrentSnapshotLimitExceeded', 'PendingSnapshotLimitExceeded', 'ConcurrentTagAccess', 'SnapshotCreationPerVolumeRateExceeded',
])(
  '%s is a limit: retried, and without an effect', code => {
    expect([isThrottled(answered(code)), isTransient(answered(code)), mayHaveHappened(answered(code))]).toEqual([false, true, false]);
  });

test.each(['Unavailable', 'InternalError', 'KMSInternalException', 'SomethingNew'])('%s with a status of 5xx may have had its effect', code => {
  for (const status of [500, 503, 599]) {
    const error = answered(code, status);
    expect([isThrottled(error), isTransient(error), mayHaveHappened(error)]).toEqual([false, true, true]);
  }
});

test.each(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])(
  'a connection that ends with %s may have had its effect', code => {
    expect([isTransient(broken(code)), mayHaveHappened(broken(code))]).toEqual([true, true]);
  });

test.each(['TimeoutError', 'AbortError'])('%s of the SDK may have had its effect', name => {
  const error = Object.assign(new Error('no'), { name });
  expect([isTransient(error), mayHaveHappened(error)]).toEqual([true, true]);
});

test('a body that is no answer of AWS may have had its effect, and is no reason to wait', () => {
  expect([isTransient(new SyntaxError('Unexpected token')), mayHaveHappened(new SyntaxError('Unexpected token'))]).toEqual([false, true]);
});

test.each(['UnauthorizedOperation', 'AccessDeniedException', 'InvalidParameterValue', 'InvalidAMIID.NotFound', 'VolumeLimitExceeded'])('%s is an answer for good', code => {
  expect([isThrottled(answered(code)), isTransient(answered(code)), mayHaveHappened(answered(code))]).toEqual([false, false, false]);
});

test('a quota that waiting does not free is an answer for good', () => {
  expect(isTransient(answered('ResourceLimitExceeded', 400, 'You have reached your quota of 50000 images in this region.'))).toBe(false);
});
