import { DescribeExecutionCommand, DescribeStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { StackResult } from '../../../../local-aws/deployment';
import { LocalAws } from '../../../../local-aws/local-aws';

let aws: LocalAws;
let client: SFNClient;

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 600 });
  client = new SFNClient(aws.clientOptions());
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
});

beforeEach(() => aws.reset());

const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' }] };
const result = (value: string) => ({ StartAt: 'a', States: { a: { Type: 'Pass', Result: value, End: true } } });

function deploy(properties: object): Promise<StackResult> {
  const att = (attribute: string) => ({ Value: { 'Fn::GetAtt': ['Machine', attribute] } });
  return aws.deploy({
    stackName: 'Machines',
    template: {
      Resources: {
        Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
        Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, ...properties } },
      },
      Outputs: { Ref: { Value: { Ref: 'Machine' } }, Arn: att('Arn'), Name: att('Name'), Revision: att('StateMachineRevisionId') },
    },
  });
}

async function run(stateMachineArn: string) {
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{"a":1}' }));
  for (;;) {
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (described.status !== 'RUNNING') {
      return described;
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

test('creates a state machine with a generated name, and attributes', async () => {
  const { status, outputs } = await deploy({ DefinitionString: JSON.stringify(result('one')) });

  expect(status).toBe('CREATE_COMPLETE');
  expect(outputs).toEqual({
    Ref: outputs.Arn,
    Arn: `arn:aws:states:us-east-1:123456789012:stateMachine:${outputs.Name}`,
    Name: expect.stringMatching(/^Machines-Machine-\w+$/),
    Revision: 'INITIAL',
  });
});

test('updates it in place, and replaces it if its name changes', async () => {
  const made = await deploy({ DefinitionString: JSON.stringify(result('one')), StateMachineName: 'first' });
  const updated = await deploy({ Definition: result('two'), StateMachineName: 'first', TracingConfiguration: { Enabled: true } });

  expect(updated.outputs).toMatchObject({ Arn: made.outputs.Arn, Revision: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect((await run(updated.outputs.Arn)).output).toBe('"two"');
  const replaced = await deploy({ Definition: result('two'), StateMachineName: 'second' });
  expect(replaced.outputs.Name).toBe('second');
  expect(aws.stepFunctions.arns()).toEqual([replaced.outputs.Arn]);
  expect((await aws.destroy('Machines')).status).toBe('DELETE_COMPLETE');
  expect(aws.stepFunctions.arns()).toEqual([]);
});

test('applies DefinitionSubstitutions to its definition', async () => {
  const { outputs } = await deploy({ DefinitionString: JSON.stringify(result('${who} and ${who}, ${other}')), DefinitionSubstitutions: { who: 'me', other: 5 } });

  expect((await run(outputs.Arn)).output).toBe('"me and me, 5"');
});

test.each<[string, object, string]>([
  ['an Express workflow', { Definition: result('x'), StateMachineType: 'EXPRESS' }, 'The local AWS does not know StateMachineType EXPRESS'],
  ['a definition that is refused', { DefinitionString: '{}' }, 'Invalid State Machine Definition'],
  ['no definition', {}, 'required key [DefinitionString] not found'],
  ['a key that is not there', { Definition: result('x'), EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: 'alias/none' } }, 'Invalid Encryption Configuration'],
])('fails with %s', async (_what, properties, reason) => {
  const { status, failures } = await deploy(properties);

  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toContain(reason);
});

test('fails when the name is in use', async () => {
  const definition = JSON.stringify(result('x'));
  aws.stepFunctions.create('arn:aws:states:us-east-1:123456789012:stateMachine:taken', { definition, roleArn: 'arn:aws:iam::123456789012:role/r' });

  expect((await deploy({ DefinitionString: definition, StateMachineName: 'taken' })).failures.join()).toContain('State Machine Already Exists');
});

test('runs a state machine of the CDK that is encrypted with a customer managed key', async () => {
  const stack = new Stack(new App(), 'Cdk');
  const handler = new lambda.Function(stack, 'Function', {
    runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async event => ({ turn: event.turn + 1 });'),
  });
  const count = new tasks.LambdaInvoke(stack, 'Count', {
    lambdaFunction: handler,
    payload: sfn.TaskInput.fromObject({ turn: sfn.JsonPath.numberAt('$.turn') }),
    payloadResponseOnly: false,
    resultSelector: { turn: sfn.JsonPath.numberAt('$.Payload.turn') },
    taskTimeout: sfn.Timeout.duration(Duration.minutes(5)),
  });
  const again = new tasks.LambdaInvoke(stack, 'Again', { lambdaFunction: handler, payloadResponseOnly: true });
  const failed = new sfn.Fail(stack, 'Failed', { error: 'E', cause: 'C' });
  count.addCatch(failed, { resultPath: '$.error' });
  const wait = new sfn.Wait(stack, 'Wait', { time: sfn.WaitTime.duration(Duration.seconds(20)) });
  const enough = sfn.Condition.and(sfn.Condition.isPresent('$.turn'), sfn.Condition.numberGreaterThanEquals('$.turn', 3));
  const machine = new sfn.StateMachine(stack, 'Machine', {
    // the policy that the CDK adds for the key has this name in it, and nothing in its place if there is none
    stateMachineName: 'counting',
    definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Begin', { result: sfn.Result.fromObject({ turn: 0 }) })
      .next(count).next(new sfn.Choice(stack, 'Enough').when(enough, again.next(new sfn.Succeed(stack, 'Done'))).otherwise(wait.next(count)))),
    encryptionConfiguration: new sfn.CustomerManagedEncryptionConfiguration(new kms.Key(stack, 'Key')),
    timeout: Duration.hours(1),
  });
  new CfnOutput(stack, 'Arn', { value: machine.stateMachineArn });
  const template = (stack.node.root as App).synth().getStackByName('Cdk').template as object;

  const deployed = await aws.deploy({ stackName: 'Cdk', template });
  expect(deployed.failures).toEqual([]);
  expect(await run(deployed.outputs.Arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"turn":4}' });
  expect(await client.send(new DescribeStateMachineCommand({ stateMachineArn: deployed.outputs.Arn }))).toMatchObject({
    encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: expect.stringMatching(/^arn:aws:kms:us-east-1:/) },
  });
  expect(aws.stepFunctions.executions[0].transitions).toBe(1 + 3 + 3 + 2 + 2);
});
