import { AwsError, Call } from '../../local-aws/aws-call';
import { Fault, Faults } from '../../local-aws/fault-injection';
import { LambdaFaults } from '../../local-aws/lambda/lambda-faults';
import { Clock } from '../../local-aws/time/clock';

const principal = { accessKeyId: 'AKIALOCAL123456789012', account: '123456789012', arn: 'arn:aws:iam::123456789012:user/administrator' };
const call = (service: string, action: string): Call => ({ service, action, input: {}, principal, region: 'us-east-1', requestId: 'request' });
const error = new AwsError('Code', 'message');

test.each<[string, Fault['matches'], boolean[]]>([
  ['one action', 'ec2:CopyImage', [true, false, false]],
  ['a service', 'ec2:*', [true, true, false]],
  ['a decision', ({ action }) => action.startsWith('Copy'), [true, false, true]],
])('a fault matches calls by %s', (_what, matches, expected) => {
  const calls = [call('ec2', 'CopyImage'), call('ec2', 'CreateImage'), call('other', 'CopyThing')];
  expect(calls.map(one => {
    const faults = new Faults();
    faults.add({ matches, error });
    return faults.nextFault(one)?.error === error;
  })).toEqual(expected);
});

test('a fault begins after some of its calls, ends after some more, and is unused until then', () => {
  const faults = new Faults();
  faults.add({ matches: 'ec2:CopyImage', error, after: 1, times: 2 });
  // only to watch
  faults.add({ matches: 'kms:*', times: 0 });
  const next = () => faults.nextFault(call('ec2', 'CopyImage'))?.error;
  expect(next()).toBe(undefined);
  expect(faults.unused()).toHaveLength(1);
  expect([next(), next(), next()]).toEqual([error, error, undefined]);
  expect(faults.unused()).toEqual([]);
});

test('a fault of invocations is unused until an invocation matches it', () => {
  const faults = new LambdaFaults(new Clock(0));
  faults.add({ matches: 'Step', refuse: error, times: 1 });
  expect(faults.nextFault('Other', '{}')).toBe(undefined);
  expect(faults.unused()).toHaveLength(1);
  expect(faults.nextFault('App-Step-1', '{}')).toMatchObject({ refuse: error });
  expect(faults.unused()).toEqual([]);
});
