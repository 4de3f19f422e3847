import { Call } from '../../../local-aws/aws-call';
import { CallLog } from '../../../local-aws/call-log';
import { cloudTrailService } from '../../../local-aws/cloudtrail/cloudtrail-service';
import { logsService } from '../../../local-aws/logs/logs-service';
import { Clock } from '../../../local-aws/time/clock';
import { WallTime } from '../../../local-aws/time/wall-time';

const wallTime = new WallTime(new Clock(0));
const principal = { accessKeyId: 'AKIALOCAL123456789012', account: '123456789012', arn: 'arn:aws:iam::123456789012:user/administrator' };

function call(service: string, action: string, input: Record<string, unknown>): Call {
  return { service, action, input, principal, region: 'us-east-1', requestId: 'request' };
}

describe('the log of a function', () => {
  const lines = [1000, 2000, 3000, 4000].map(at => ({ at, message: `at ${at}` }));
  const service = logsService({ names: () => ['/aws/lambda/function'], lines: () => lines }, wallTime);
  const filter = (input: Record<string, unknown>) => service.operations.FilterLogEvents(call('logs', 'FilterLogEvents', input)) as
    { events: { message: string }[]; nextToken?: string };

  test('returns the events between two times, in pages', () => {
    const first = filter({ logGroupName: '/aws/lambda/function', startTime: 1500, endTime: 4000, limit: 2 });
    expect(first.events.map(event => event.message)).toEqual(['at 2000', 'at 3000']);
    const second = filter({ logGroupName: '/aws/lambda/function', startTime: 1500, endTime: 4000, limit: 2, nextToken: first.nextToken });
    expect(second.events.map(event => event.message)).toEqual(['at 4000']);
    expect(second.nextToken).toBeUndefined();
  });

  test('returns the events with all words and phrases of a pattern', () => {
    expect(filter({ logGroupName: '/aws/lambda/function', filterPattern: '"t 300" at' }).events.map(event => event.message)).toEqual(['at 3000']);
    expect(() => filter({ logGroupName: '/aws/lambda/function', filterPattern: '{ $.a = 1 }' })).toThrow('words and quoted phrases only, not {');
  });

  test('fails with ResourceNotFoundException, when the log group does not exist', () => {
    expect(() => filter({ logGroupName: '/aws/lambda/other' })).toThrow(expect.objectContaining({ name: 'ResourceNotFoundException' }));
  });
});

test('CloudTrail returns the calls of the account and Region with their errors, newest first', () => {
  const log = new CallLog();
  const record = (action: string, at: number, other: Partial<Call> = {}) => log.begin({ ...call('ec2', action, {}), ...other }, at);
  record('DescribeImages', 1000);
  record('CopyImage', 2000).error = 'UnauthorizedOperation';
  record('CopyImage', 2500, { region: 'eu-west-1' });
  record('CopyImage', 2500, { principal: { ...principal, arn: 'arn:aws:iam::999999999999:user/administrator' } });
  record('DeregisterImage', 9000);

  const { Events } = cloudTrailService(log, wallTime).operations.LookupEvents(call('cloudtrail', 'LookupEvents', { StartTime: 0, EndTime: 5 })) as
    { Events: { EventName: string; CloudTrailEvent: string }[] };
  expect(Events.map(event => event.EventName)).toEqual(['CopyImage', 'DescribeImages']);
  expect(JSON.parse(Events[0].CloudTrailEvent)).toMatchObject({
    eventSource: 'ec2.amazonaws.com', errorCode: 'UnauthorizedOperation', userIdentity: { arn: principal.arn },
  });
});
