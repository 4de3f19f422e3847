import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { runPython, testWithBoto3 } from './python';
import { LocalAws } from '../../../local-aws/local-aws';
import { beyondEnums, fractions } from '../../../local-aws/wire/answer-check';
import { AnswerRecorder } from '../../../local-aws/wire/answer-recorder';

interface Read {
  readonly operations: Record<string, { readonly answers: number; readonly errors: number }>;
  readonly refused: number;
  readonly problems: string[];
}

let aws: LocalAws;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'answers-'));
  file = join(folder, 'answers.jsonl');
  aws = await LocalAws.start({ speed: 600 });
});
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

function readAnswers(from: string): Promise<Read> {
  const patterns = Object.fromEntries(Object.entries(beyondEnums).map(([member, pattern]) => [member, pattern.source]));
  return runPython(join(__dirname, 'answers.py'), JSON.stringify({ fractions: [...fractions], beyondEnums: patterns }), from) as Promise<Read>;
}

testWithBoto3('boto3 reads the answers of every operation, and each is as AWS\'s model says', async () => {
  aws.log.answers = new AnswerRecorder(file);
  const roleArn = aws.iam.putRole({ account: aws.account, name: 'function', managedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'] });
  const { arn } = aws.lambda.put({
    account: aws.account,
    region: aws.region,
    name: 'f',
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    roleArn,
    timeout: 900,
    memory: 256,
    variables: {},
    directory: aws.lambda.inlineCode('exports.handler = async () => { console.log("called"); return { a: 1 }; };'),
    logGroup: '/aws/lambda/f',
    logFormat: 'JSON',
    logLevel: 'INFO',
  });
  const machine = `arn:aws:states:${aws.region}:${aws.account}:stateMachine:m`;
  aws.stepFunctions.create(machine, { roleArn, definition: JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } }) });

  await runPython(join(__dirname, 'every_operation.py'), aws.url, aws.account, aws.region, arn, machine, roleArn);
  const { operations, refused, problems } = await readAnswers(file);

  process.stdout.write(`answers that boto3 read (and errors):\n${Object.entries(operations).map(([name, { answers, errors }]) => `  ${name} ${answers} (${errors})\n`).join('')}`);
  expect({ refused, problems }).toEqual({ refused: 0, problems: [] });
  const all = aws.schemaServices().flatMap(service => Object.keys(service.operations).map(action => `${service.name}:${action}`));
  expect(all.filter(name => !operations[name]?.answers)).toEqual([]);
});

const answered = (service: string, action: string, body: string, more: object = {}) => ({ service, action, status: 200, headers: {}, body, ...more });
const snapshot = (content: string) => answered('ec2', 'DescribeSnapshots',
  `<DescribeSnapshotsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><snapshotSet><item>${content}</item></snapshotSet></DescribeSnapshotsResponse>`);

testWithBoto3('answers that are not as the model says are refused', async () => {
  const wrong = [
    snapshot('<fullSnapshotSizeInBytes>1.5</fullSnapshotSizeInBytes>'),
    snapshot('<volumeSize>3000000000</volumeSize>'),
    snapshot('<encrypted>yes</encrypted>'),
    snapshot('<status>done</status>'),
    snapshot('<startTime>2030-01-01T00:00:00.123Z</startTime>'),
    snapshot('<colour>red</colour>'),
    snapshot('<tagSet><member/></tagSet>'),
    answered('kms', 'DescribeKey', '{"KeyMetadata":{"CreationDate":"2030-01-01"}}'),
    answered('kms', 'DescribeKey', '<Error/>', { status: 400 }),
    answered('ec2', 'MakeCoffee', '<MakeCoffeeResponse/>'),
    answered('kms', 'DescribeKey', '{"__type":"InternalError","message":"the local AWS broke: it did"}', { status: 500 }),
  ];
  const path = join(folder, 'wrong.jsonl');
  // an error that a test asks for is no fault of the local AWS
  const right = [snapshot('<volumeSize>1</volumeSize>'), answered('kms', 'DescribeKey', '{"__type":"InternalError","message":"An internal error has occurred"}', { status: 500 })];
  writeFileSync(path, [...right, ...wrong].map(line => `${JSON.stringify(line)}\n`).join(''));

  const { refused, problems } = await readAnswers(path);

  expect(refused).toBe(wrong.length);
  expect(problems).toEqual([
    "ec2:DescribeSnapshots: DescribeSnapshots.Snapshots[0].Encrypted is 'yes', expected true or false",
    expect.stringContaining("Snapshots[0].StartTime is '2030-01-01T00:00:00.123Z', expected"),
    expect.stringContaining("Snapshots[0].State is 'done', expected one of pending, completed"),
    expect.stringContaining("Snapshots[0].Tags[0] is 'member', expected an element item"),
    expect.stringContaining('Snapshots[0].VolumeSize is 3000000000, expected a whole number (integer)'),
    expect.stringContaining("Snapshots[0].colour is 'red', expected no such element (Snapshot)"),
    expect.stringContaining("botocore cannot read it: invalid literal for int() with base 10: '1.5'"),
    "ec2:MakeCoffee: MakeCoffee is 'an answer', expected an operation that AWS has",
    expect.stringContaining("KeyMetadata.CreationDate is '2030-01-01', expected a timestamp"),
    expect.stringContaining('KeyMetadata.KeyId is None, expected a value, it is required'),
    "kms:DescribeKey: Error is 'the local AWS broke: it did', expected no fault of the local AWS",
    "kms:DescribeKey: Error.Code is '400', expected a code",
  ]);
});
