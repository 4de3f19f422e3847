import { explainRefusedCall } from '../../lambda/ami/explain-refused-call';
import { awsErrorDetails, isThrottled, isTransient, mayHaveHappened } from '../../lambda/aws/error-codes';
import { NotReady } from '../../lambda/outcomes';
import { writeTags } from '../../lambda/ownership/seal';
import { answering, ec2Error } from '../helpers/answers';

const answered = (code: string, status = 400, message = 'no') => Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: status } });
const broken = (code: string) => Object.assign(new Error('no'), { code });

test.each(['RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'TooManyRequestsException', 'EC2ThrottledException', 'SlowDown'])(
  '%s is throttling: retried, and without an effect, whatever the status', code => {
    for (const error of [answered(code), answered(code, 503)]) {
      expect([isThrottled(error), isTransient(error), mayHaveHappened(error)]).toEqual([true, true, false]);
    }
  });

test.each([
  'ResourceLimitExceeded', 'ResourceCountExceeded', 'ConcurrentSnapshotLimitExceeded', 'PendingSnapshotLimitExceeded', 'ConcurrentTagAccess',
  'SnapshotCreationPerVolumeRateExceeded', 'ConcurrentCreateImageNoRebootLimitExceeded', 'PendingVerification', 'InsufficientVolumeCapacity',
  'Unavailable', 'ServiceUnavailable', 'InternalError', 'InternalFailure', 'InternalServerError', 'KMSInternalException', 'DependencyTimeoutException',
])(
  '%s with a status of 4xx is a limit, or a failure before the call had an effect: retried', code => {
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

test('what is not ready yet is tried again', () => {
  expect([isTransient(new NotReady('no')), mayHaveHappened(new NotReady('no'))]).toEqual([true, false]);
});

test.each([
  'InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidAMIID.Malformed', 'InvalidSnapshot.NotFound', 'InvalidSnapshotID.NotFound',
  'InvalidSnapshotID.Malformed', 'InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed', 'InvalidVolume.NotFound',
])('%s: what is gone needs no tags', async code => {
  await expect(writeTags(answering({ CreateTags: ec2Error(code) }).aws, 'id', [])).resolves.toBeUndefined();
});

test.each(['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException'])('%s is a denial', code => {
  expect(explainRefusedCall('do it', answered(code))?.message).toMatch(/^The handler role is not allowed to do it\./);
});

test.each<[unknown, object]>([
  [answered('Code', 404, 'no Encoded authorization failure message: abc-DEF and more'), { code: 'Code', message: 'no and more', status: 404 }],
  [new TypeError('no'), { code: 'TypeError', message: 'no' }],
  ['text', { code: 'UnknownError', message: 'text' }],
])('the details of an error that is no more than %s', (error, details) => {
  expect(awsErrorDetails(error)).toEqual(details);
});
