import { connect } from '../../../lambda/aws/clients';
import { StepInput, Turn } from '../../../lambda/request/turn';
import { createStep } from '../../../lambda/step-function';
import { LocalAws } from '../../../local-aws/local-aws';
import { RESOURCE_TYPES } from '../../../src/contract';

/** The EC2 calls of the copies of one stack that run in the same execution environment. */

const SECOND = 1_000;
const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Many/00000000-0000-0000-0000-000000000000';
const ENVIRONMENT = process.env;

let aws: LocalAws;
let source: string;
let step: ReturnType<typeof createStep>;

beforeEach(async () => {
  // time passes only where a test says so
  aws = await LocalAws.start({ speed: 0 });
  // 17 minutes of copying
  source = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 100, used: 100 }] }).id;
  process.env = {
    ...ENVIRONMENT, AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: `AKIALOCAL${aws.account}`, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: aws.region,
  };
  step = createStep(Object.assign(connect(), { now: () => aws.clock.now() }));
  jest.spyOn(console, 'info').mockReturnValue(undefined);
  jest.spyOn(console, 'warn').mockReturnValue(undefined);
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.env = ENVIRONMENT;
  await aws.stop();
});

/** A request, as the state machine carries it. */
type Carried = { -readonly [K in keyof StepInput]: StepInput[K] };

function request(name: string): Carried {
  return {
    event: {
      RequestType: 'Create',
      ResourceType: RESOURCE_TYPES.encryptedAmiCopy,
      ResponseURL: 'https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/answer',
      StackId: STACK_ID,
      RequestId: name,
      LogicalResourceId: name,
      ResourceProperties: { SourceImageId: source, Encryption: 'DEFAULT_KEY', GeneratedNamePrefix: 'Many', TimeoutSeconds: '3600', CopySourceTags: 'false' },
    },
    turn: { memory: {} },
    startedAt: aws.clock.date().toISOString(),
    retryCount: 0,
  };
}

/** Takes a step, and returns its EC2 calls. */
async function ask(carried: Carried): Promise<string[]> {
  const before = aws.log.calls.length;
  carried.turn = await step(carried) as Turn;
  return aws.log.calls.slice(before).filter(({ service }) => service === 'ec2').map(({ action, error }) => error ? `${action}: ${error}` : action);
}

test('waiting copies share one DescribeImages result for five seconds', async () => {
  const [one, other, third, fourth] = ['One', 'Other', 'Third', 'Fourth'].map(request);
  for (const each of [one, other, third, fourth]) {
    expect(await ask(each)).toContain('CopyImage');
  }
  aws.clock.advance(15 * SECOND);
  expect(await ask(one)).toEqual(['DescribeImages', 'DescribeSnapshots']);
  expect(await ask(other)).toEqual([]);
  aws.clock.advance(4 * SECOND);
  expect(await ask(third)).toEqual([]);
  aws.clock.advance(1 * SECOND);
  expect(await ask(fourth)).toEqual(['DescribeImages', 'DescribeSnapshots']);
});

test('does not call CopyImage again before a copy in progress has completed, once EC2 has returned ResourceLimitExceeded', async () => {
  aws.ec2.settings.limits.concurrentCopies = 1;
  const [one, other] = [request('One'), request('Other')];
  await ask(one);
  expect(await ask(other)).toContain('CopyImage: ResourceLimitExceeded');
  aws.clock.advance(15 * SECOND);
  expect(await ask(other)).toEqual(['DescribeImages']);
  aws.clock.advance(15 * SECOND);
  expect(await ask(other)).toEqual(['DescribeImages']);
  aws.clock.advance(30 * SECOND);
  // an hour of waiting for a limit that others of the account have used up would be too long
  expect(await ask(other)).toContain('CopyImage: ResourceLimitExceeded');
  aws.clock.advance(20 * 60 * SECOND);
  expect(await ask(other)).toContain('CopyImage');
});

test('the first step lists no images, and later steps do not start a second copy', async () => {
  const one = request('One');
  expect(await ask(one)).toEqual(['DescribeImages', 'DescribeSnapshots', 'GetEbsDefaultKmsKeyId', 'CopyImage']);
  await ask(one);
  expect(aws.ec2.counts().images).toBe(1);
});
