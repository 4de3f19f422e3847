import { functionArn, machineOf } from './test-machine';
import { parseDefinition } from '../../../local-aws/stepfunctions/language/definition';

const task = { Type: 'Task', Resource: functionArn, End: true };
const invoke = (parameters: object) => machineOf({ ...task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: parameters });

test.each<[string, object]>([
  ['comments and a version', { Comment: 'c', Version: '1.0', QueryLanguage: 'JSONPath', ...machineOf({ ...task, Comment: 'c', QueryLanguage: 'JSONPath' }) }],
  ['a function with an alias', machineOf({ ...task, Resource: `${functionArn}:live` })],
  ['functions of other partitions', machineOf({ ...task, Resource: functionArn.replace('arn:aws:', 'arn:aws-us-gov:') })],
  ['the integration in other partitions', machineOf({ ...task, Resource: 'arn:aws-cn:states:::lambda:invoke', Parameters: { FunctionName: 'f' } })],
  ['a function by a path', invoke({ 'FunctionName.$': '$.f' })],
])('accepts %s', (_what, definition) => {
  expect(parseDefinition(JSON.stringify(definition))).toEqual(definition);
});

test.each<[string, string | object, string]>([
  ['no JSON', '{', 'INVALID_JSON_DESCRIPTION'],
  ['no state to start at', { StartAt: 'a', States: {} }, 'MISSING_TRANSITION_TARGET: Missing \'StartAt\' target: a at /StartAt'],
  ['another type', machineOf({ Type: 'Parallel', Branches: [], End: true }), 'the local AWS does not know Type Parallel of state only'],
  ['a heartbeat', machineOf({ ...task, HeartbeatSeconds: 5 }), 'HeartbeatSeconds of state only'],
  ['variables', machineOf({ ...task, Assign: {} }), 'Assign of state only'],
  ['JSONata in the machine', { QueryLanguage: 'JSONata', ...machineOf(task) }, 'QueryLanguage JSONata'],
  ['JSONata in a state', machineOf({ ...task, QueryLanguage: 'JSONata' }), 'QueryLanguage JSONata of state only'],
  ['another field of the machine', { ...machineOf(task), ProcessorConfig: {} }, 'ProcessorConfig of a state machine'],
  ['another service', machineOf({ ...task, Resource: 'arn:aws:states:::sqs:sendMessage' }), 'Resource arn:aws:states:::sqs:sendMessage'],
  ['a task token', machineOf({ ...task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }), 'Resource'],
  ['an invocation as an event', invoke({ FunctionName: 'f', InvocationType: 'Event' }), 'InvocationType Event'],
  ['an invocation of nothing', invoke({ Payload: {} }), 'Parameters without FunctionName'],
  ['an invocation without parameters', machineOf({ ...task, Resource: 'arn:aws:states:::lambda:invoke' }), 'Parameters without FunctionName'],
  ['another parameter of Invoke', invoke({ FunctionName: 'f', Qualifier: '1' }), 'Parameters.Qualifier'],
  ['an intrinsic function', machineOf({ ...task, Parameters: { a: { 'b.$': 'States.UUID()' } } }), 'b.$: States.UUID()'],
  ['a path to several values', machineOf({ ...task, ResultSelector: { 'b.$': '$.list[*]' } }), 'b.$: $.list[*]'],
  ['a ResultPath into the context', machineOf({ ...task, ResultPath: '$$.State' }), 'ResultPath $$.State'],
  ['an InputPath that is none', machineOf({ ...task, InputPath: 'a' }), 'InputPath a'],
  ['a timeout of no seconds', machineOf({ ...task, TimeoutSeconds: 0 }), 'TimeoutSeconds 0'],
  ['States.ALL beside another name', machineOf({ ...task, Retry: [{ ErrorEquals: ['States.ALL', 'A'] }] }), 'States.ALL that is not alone or not the last'],
  ['States.ALL before another retrier', machineOf({ ...task, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] }), 'States.ALL that is not alone or not the last'],
  ['a retrier that shrinks', machineOf({ ...task, Retry: [{ ErrorEquals: ['A'], BackoffRate: 0.5 }] }), 'Retry: BackoffRate 0.5'],
  ['a retrier with part of a second', machineOf({ ...task, Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 0.5 }] }), 'Retry: IntervalSeconds 0.5'],
  ['a retrier of fewer than no attempts', machineOf({ ...task, Retry: [{ ErrorEquals: ['A'], MaxAttempts: -1 }] }), 'Retry: MaxAttempts -1'],
  ['a retrier that does not wait', machineOf({ ...task, Retry: [{ ErrorEquals: ['A'], MaxDelaySeconds: 0 }] }), 'Retry: MaxDelaySeconds 0'],
  ['other jitter', machineOf({ ...task, Retry: [{ ErrorEquals: ['A'], JitterStrategy: 'HALF' }] }), 'Retry: JitterStrategy HALF'],
  ['a catcher of nothing', machineOf({ ...task, Catch: [{ Next: 'only' }] }), 'a list of errors without names'],
  ['a catcher without Next', machineOf({ ...task, Catch: [{ ErrorEquals: ['A'] }] }), 'Catch: no Next'],
  ['another field of a catcher', machineOf({ ...task, Catch: [{ ErrorEquals: ['A'], Next: 'only', Output: 1 }] }), 'Catch: Output'],
  ['both Next and End', machineOf({ ...task, Next: 'only' }), 'a transition other than one of Next and End'],
  ['neither Next nor End', machineOf({ Type: 'Pass' }), 'a transition other than one of Next and End'],
  ['Cause and CausePath', machineOf({ Type: 'Fail', Cause: 'C', CausePath: '$.c' }), 'Cause and CausePath together'],
  ['a rule without Next', machineOf({ Type: 'Choice', Choices: [{ Variable: '$.a', IsPresent: true }] }), 'a Choice rule without Next'],
  ['Error and ErrorPath', machineOf({ Type: 'Fail', Error: 'E', ErrorPath: '$.e' }), 'Error and ErrorPath together'],
  ['a target that is not there', machineOf({ Type: 'Pass', Next: 'b' }), 'MISSING_TRANSITION_TARGET: Missing \'Next\' target: b at /States/only/Next'],
  ['a catcher to nowhere', machineOf({ ...task, Catch: [{ ErrorEquals: ['A'], Next: 'b' }] }), 'Missing \'Next\' target: b at /States/only/Catch[0]/Next'],
  ['a default to nowhere', machineOf({ Type: 'Choice', Choices: [{ Variable: '$.a', IsPresent: true, Next: 'only' }], Default: 'b' }), 'Missing \'Default\' target: b'],
  ['a state that nothing leads to', { StartAt: 'a', States: { a: task, b: task } }, 'MISSING_TRANSITION_TARGET: State "b" is not reachable. at /States/b'],
  ['no end', machineOf({ Type: 'Pass', Next: 'only' }), 'MISSING_END_STATE'],
  ['a long name', { StartAt: 'x'.repeat(81), States: { ['x'.repeat(81)]: task } }, 'a name longer than 80 characters'],
])('refuses %s', (_what, definition, message) => {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);

  expect(() => parseDefinition(text)).toThrow(expect.objectContaining({
    code: 'InvalidDefinition', message: expect.stringMatching(/^Invalid State Machine Definition: '/),
  }));
  expect(() => parseDefinition(text)).toThrow(message);
});
