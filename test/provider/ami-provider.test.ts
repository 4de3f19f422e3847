import { CfnParameter, Duration, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { AmiProvider, HandlerChoice, serviceTimeout } from '../../src/provider/ami-provider';
import { lineOf, readable } from '../helpers/policy-lines';
import { newStack } from '../helpers/stacks';

/** The functions, the roles, the log group and the state machine that all AMIs of a stack share. */

/** A stack whose AMIs make these choices. */
function stackWith(...choices: ((stack: Stack) => HandlerChoice)[]): Stack {
  const stack = newStack();
  choices.forEach(choose => AmiProvider.of(stack, choose(stack)));
  return stack;
}

/** The statements of each role. */
function statementLines(stack: Stack): Record<string, string[]> {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const lines = policies.map(({ Properties: { PolicyName, PolicyDocument: { Statement } } }) =>
    [String(PolicyName).replace(/^CdkEncryptedAmi|(DefaultPolicy)?[0-9A-F]{8}$/g, ''), Statement.map(lineOf)]);
  return Object.fromEntries(lines);
}

function resourcesOf(stack: Stack, type: string): Record<string, unknown>[] {
  return readable(Object.values(Template.fromStack(stack).findResources(type))) as Record<string, unknown>[];
}

/** The ID has the hash of the definition in it. */
const STATE_MACHINE = expect.stringMatching(/^<CdkEncryptedAmiStateMachine[0-9A-F]{8}[0-9a-f]{8}>$/);
const stateMachineIdOf = (stack: Stack) => Object.keys(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'))[0];
const LOG = 'Log: logs:CreateLogStream, logs:PutLogEvents';

describe('without choices', () => {
  test('the functions run the bundle of the handler, and write one log', () => {
    const stack = stackWith(() => ({}), () => ({}));
    const common = { Runtime: 'nodejs24.x', MemorySize: 256, LoggingConfig: { LogFormat: 'JSON', LogGroup: '<CdkEncryptedAmiLog>' } };
    expect(resourcesOf(stack, 'AWS::Lambda::Function')).toMatchObject([
      { Properties: { ...common, Handler: 'index.step', Timeout: 180, Role: '<CdkEncryptedAmiHandlerRole.Arn>' } },
      {
        Properties: {
          ...common, Handler: 'index.request', Timeout: 60, Role: '<CdkEncryptedAmiRequestRole.Arn>', Environment: { Variables: { STACK_ID: '<StackId>', STATE_MACHINE_ARN: STATE_MACHINE } },
        },
      },
    ]);
    expect(resourcesOf(stack, 'AWS::Logs::LogGroup')).toMatchObject([{ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }]);
  });

  test('the state machine waits for the policy of its role, and has no key', () => {
    const [stateMachine] = resourcesOf(stackWith(() => ({})), 'AWS::StepFunctions::StateMachine');
    expect(stateMachine).toMatchObject({ DependsOn: expect.arrayContaining([expect.stringMatching(/^CdkEncryptedAmiStateMachineRoleDefaultPolicy/)]) });
    expect(stateMachine.Properties).toEqual({
      DefinitionString: expect.stringContaining('"Resource":"<CdkEncryptedAmiStep.Arn>","TimeoutSeconds":210'), RoleArn: '<CdkEncryptedAmiStateMachineRole.Arn>', StateMachineType: 'STANDARD',
    });
  });

  test('the roles may write the log and take part in the state machine, by no policy of AWS', () => {
    const stack = stackWith(() => ({}));
    expect(statementLines(stack)).toEqual({
      HandlerRole: [`${LOG} | <CdkEncryptedAmiLog.Arn>`],
      RequestRole: [`${LOG} | <CdkEncryptedAmiLog.Arn>`, expect.stringMatching(/^Start: states:ListExecutions, states:StartExecution [|] <CdkEncryptedAmiStateMachine\w+>$/)],
      StateMachineRole: ['InvokeStep: lambda:InvokeFunction | <CdkEncryptedAmiStep.Arn>'],
    });
    Template.fromStack(stack).allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent(), RoleName: Match.absent() });
    expect(AmiProvider.of(stack, {}).handlerRoleArn).toBeUndefined();
  });
});

describe('a log group of the user', () => {
  const named = (name: string, id = name) => (stack: Stack) => ({ logGroup: logs.LogGroup.fromLogGroupName(stack, id, name) });

  test('is the only one, also if it is imported twice, or chosen by a later AMI', () => {
    const stack = stackWith(() => ({}), named('ours'), named('ours', 'again'), () => ({}));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Logs::LogGroup', 0);
    template.allResourcesProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: 'ours' } });
    expect(statementLines(stack).HandlerRole).toEqual([`${LOG} | logs:us-east-1:123456789012:log-group:ours:*`]);
  });

  test('is one', () => {
    expect(() => stackWith(named('a'), named('b'))).toThrow(
      'All AMIs of a stack share one log group, but got the `logGroup` Images/a and the `logGroup` Images/b. Pass the same to all of them.');
  });
});

describe('the name of the handler role', () => {
  test.each<[string, string]>([['my role', '"my role"'], ['', '""'], ['x'.repeat(65), '"xxx']])('is refused where IAM would: %s', (handlerRoleName, quoted) => {
    expect(() => stackWith(() => ({ handlerRoleName }))).toThrow(`\`handlerRoleName\` must have 1 to 64 letters, digits and characters of "+=,.@_-", but is ${quoted}`);
  });

  test('is one', () => {
    expect(() => stackWith(() => ({ handlerRoleName: 'one' }), () => ({ handlerRoleName: 'other' }))).toThrow(
      'All AMIs of a stack share one handler role, but got the `handlerRoleName` one and the `handlerRoleName` other. Pass the same to all of them.');
  });

  test('is known before the role exists, and can be a parameter', () => {
    const stack = newStack();
    const handlerRoleName = new CfnParameter(stack, 'Name').valueAsString;
    [{}, { handlerRoleName }, { handlerRoleName }, {}].forEach(choice => AmiProvider.of(stack, choice));
    expect(readable(stack.resolve(AmiProvider.of(stack, {}).handlerRoleArn))).toBe('arn:<partition>:iam::123456789012:role/<Name>');
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { RoleName: { Ref: 'Name' } });
    expect(() => stackWith(() => ({ handlerRoleName: 'x+=,.@_-9'.padEnd(64, 'x') }))).not.toThrow();
  });
});

describe('a key of the state machine', () => {
  const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1';
  const imported = (arn: string, id: string) => (stack: Stack) => ({ stateMachineEncryptionKey: kms.Key.fromKeyArn(stack, id, arn) });

  test('is used by those who start and run executions, for this state machine only, and the first request waits for that', () => {
    const stack = stackWith(() => ({}), imported(KEY, 'Key'), imported(KEY, 'Again'), () => ({}));
    expect(resourcesOf(stack, 'AWS::StepFunctions::StateMachine')).toMatchObject([
      { Properties: { EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: KEY } } },
    ]);
    const use = (sid: string, more = '') => expect.stringMatching(new RegExp(
      `^${sid}: kms:Decrypt, kms:GenerateDataKey [|] ${KEY} [|] StringEquals kms:EncryptionContext:aws:states:stateMachineArn = <CdkEncryptedAmiStateMachine\\w+>${more}$`));
    expect(statementLines(stack)).toEqual({
      HandlerRole: [expect.stringMatching(/^Log: /)],
      RequestRole: [
        expect.stringMatching(/^Log: /), expect.stringMatching(/^Start: /),
        use('StartWithKey', ' and StringEquals kms:ViaService = states.us-east-1.amazonaws.com, states.us-east-1.<URLSuffix>'),
      ],
      StateMachineRole: [expect.stringMatching(/^InvokeStep: /)],
      StateMachineKeyPolicy: [use('RunWithKey')],
    });
    Template.fromStack(stack).hasResource('AWS::IAM::Policy', {
      Properties: { PolicyName: Match.stringLikeRegexp('^CdkEncryptedAmiStateMachineKeyPolicy'), Roles: [{ Ref: Match.stringLikeRegexp('^CdkEncryptedAmiStateMachineRole') }] },
    });
    Template.fromStack(stack).hasResource('AWS::Lambda::Function', {
      Properties: { Handler: 'index.request' }, DependsOn: Match.arrayWith([Match.stringLikeRegexp('^CdkEncryptedAmiStateMachineKeyPolicy')]),
    });
  });

  test('makes another state machine, as another key does', () => {
    const choices = [() => ({}), imported(KEY, 'Key'), imported(KEY.replace(/1$/, '2'), 'Key')];
    expect(new Set(choices.map(choose => stateMachineIdOf(stackWith(choose)))).size).toBe(3);
  });

  test('is one, and no alias', () => {
    expect(() => stackWith(imported(KEY, 'One'), imported(KEY.replace(/1$/, '2'), 'Two'))).toThrow(
      'All AMIs of a stack share one state machine, but got the `stateMachineEncryptionKey` Images/One and the `stateMachineEncryptionKey` Images/Two. Pass the same to all of them.');
    expect(() => stackWith(stack => ({ stateMachineEncryptionKey: kms.Alias.fromAliasName(stack, 'Name', 'alias/machine') })))
      .toThrow('`stateMachineEncryptionKey` must be a key, but is an alias');
  });
});

const PARAMETER = Duration.seconds(Token.asNumber({ Ref: 'Timeout' }));

test.each<[Duration | undefined, number]>([[undefined, 60], [Duration.minutes(41), 60], [Duration.minutes(39), 59], [PARAMETER, 60]])(
  'CloudFormation waits for an AMI that may take %p for %s minutes', (timeout, minutes) => {
    expect(serviceTimeout(timeout).toMinutes()).toBe(minutes);
  });
