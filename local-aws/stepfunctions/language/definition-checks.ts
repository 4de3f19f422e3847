import { ChoiceRule, faultsOf } from './choice-rules';
import { isPath, isResultPath, Json } from './paths';
import { unknownPathsOf } from './payload-template';
import { Catcher, Retrier, State } from './state';
import { readTimestamp } from './timestamps';

const MAX_SECONDS = 99_999_999;

const commonFields = ['Type', 'Comment', 'QueryLanguage', 'InputPath', 'OutputPath'];
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  Task: ['Next', 'End', 'Resource', 'Parameters', 'ResultSelector', 'ResultPath', 'TimeoutSeconds', 'Retry', 'Catch'],
  Choice: ['Choices', 'Default'],
  Wait: ['Next', 'End', 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Pass: ['Next', 'End', 'Parameters', 'Result', 'ResultPath'],
  Succeed: [],
  Fail: ['Error', 'Cause', 'ErrorPath', 'CausePath'],
};
const pathFields = ['InputPath', 'OutputPath', 'SecondsPath', 'TimestampPath', 'ErrorPath', 'CausePath'];
const waitFields = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'] as const;

/** The ARNs of a function, and of the optimized integration with Lambda. */
const functionArn = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;
export const lambdaInvoke = /^arn:[\w-]+:states:::lambda:invoke$/;

/** The parts of a state that are invalid, or that the local AWS does not support. */
export function faultsOfState(name: string, state: State): string[] {
  if (!(state.Type in fieldsOf)) {
    return [`Type ${state.Type}`];
  }
  const fields = state as unknown as Record<string, unknown>;
  const faults = [
    ...Object.keys(fields).filter(field => ![...commonFields, ...fieldsOf[state.Type]].includes(field)),
    ...pathFields.filter(field => fields[field] !== undefined && fields[field] !== null && !isPath(fields[field])).map(field => `${field} ${String(fields[field])}`),
    ...unknownPathsOf(state.Parameters ?? null),
    ...unknownPathsOf(state.ResultSelector ?? null),
    ...faultyResultPath(state.ResultPath),
    ...(state.Retry ?? []).flatMap((retrier, index, all) => [...faultsOfNames(retrier, index === all.length - 1), ...faultsOfRetrier(retrier)]),
    ...(state.Catch ?? []).flatMap((catcher, index, all) => [...faultsOfNames(catcher, index === all.length - 1), ...faultsOfCatcher(catcher)]),
    ...faultsByType[state.Type]?.(state) ?? [],
  ];
  if (fields.QueryLanguage !== undefined && fields.QueryLanguage !== 'JSONPath') {
    faults.push(`QueryLanguage ${String(fields.QueryLanguage)}`);
  }
  if (name.length > 80) {
    faults.push('a name longer than 80 characters');
  }
  if (fieldsOf[state.Type].includes('Next') && (state.Next === undefined) === (state.End !== true)) {
    faults.push('a transition other than one of Next and End');
  }
  return faults;
}

const faultsByType: Partial<Record<State['Type'], (state: State) => string[]>> = {
  Task: ({ Resource = '', TimeoutSeconds, Parameters }) => [
    ...isWhole(TimeoutSeconds, 1) ? [] : [`TimeoutSeconds ${TimeoutSeconds}`],
    ...lambdaInvoke.test(Resource) ? faultsOfInvocation(Parameters) : functionArn.test(Resource) ? [] : [`Resource ${Resource}`],
  ],
  Choice: ({ Choices }) => Array.isArray(Choices) && Choices.length > 0
    ? (Choices as ChoiceRule[]).flatMap(rule => rule.Next === undefined ? ['a Choice rule without Next'] : faultsOf(rule))
    : ['Choices of nothing'],
  Wait: state => [
    ...waitFields.filter(field => state[field] !== undefined).length === 1 ? [] : ['a Wait without exactly one of Seconds, SecondsPath, Timestamp, TimestampPath'],
    ...isWhole(state.Seconds, 0) ? [] : [`Seconds ${state.Seconds}`],
    ...state.Timestamp === undefined || readTimestamp(state.Timestamp) !== undefined ? [] : [`Timestamp ${state.Timestamp}`],
  ],
  Fail: state => [
    ...state.Error !== undefined && state.ErrorPath !== undefined ? ['Error and ErrorPath together'] : [],
    ...state.Cause !== undefined && state.CausePath !== undefined ? ['Cause and CausePath together'] : [],
  ],
};

/** The local AWS invokes functions for their result only: neither asynchronously nor with a task token. */
function faultsOfInvocation(parameters: Json | undefined): string[] {
  const fields = parameters as Record<string, unknown> | undefined ?? {};
  const known = ['FunctionName', 'FunctionName.$', 'Payload', 'Payload.$', 'InvocationType'];
  return [
    ...Object.keys(fields).filter(field => !known.includes(field)).map(field => `Parameters.${field}`),
    ...fields.FunctionName === undefined && fields['FunctionName.$'] === undefined ? ['Parameters without FunctionName'] : [],
    ...['RequestResponse', undefined].includes(fields.InvocationType as string) ? [] : [`InvocationType ${String(fields.InvocationType)}`],
  ];
}

/** "States.ALL … must appear alone … and must appear in the last retrier" (or catcher). */
function faultsOfNames({ ErrorEquals }: Retrier | Catcher, last: boolean): string[] {
  if (!Array.isArray(ErrorEquals) || ErrorEquals.length === 0) {
    return ['a list of errors without names'];
  }
  return ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || !last) ? ['States.ALL that is not alone or not the last'] : [];
}

function faultsOfRetrier(retrier: Retrier): string[] {
  const { ErrorEquals: _names, Comment: _comment, IntervalSeconds, MaxAttempts, BackoffRate = 2, MaxDelaySeconds, JitterStrategy = 'NONE', ...others } = retrier as Retrier & { Comment?: string };
  return [
    ...Object.keys(others),
    ...isWhole(IntervalSeconds, 1) ? [] : [`IntervalSeconds ${IntervalSeconds}`],
    ...isWhole(MaxAttempts, 0) ? [] : [`MaxAttempts ${MaxAttempts}`],
    ...isWhole(MaxDelaySeconds, 1, 31_622_400) ? [] : [`MaxDelaySeconds ${MaxDelaySeconds}`],
    ...typeof BackoffRate === 'number' && BackoffRate >= 1 ? [] : [`BackoffRate ${String(BackoffRate)}`],
    ...['FULL', 'NONE'].includes(JitterStrategy) ? [] : [`JitterStrategy ${JitterStrategy}`],
  ].map(fault => `Retry: ${fault}`);
}

function faultsOfCatcher(catcher: Catcher): string[] {
  const { ErrorEquals: _names, Comment: _comment, Next, ResultPath, ...others } = catcher as Catcher & { Comment?: string };
  return [...Object.keys(others), ...Next === undefined ? ['no Next'] : [], ...faultyResultPath(ResultPath)].map(fault => `Catch: ${fault}`);
}

function faultyResultPath(path: string | null | undefined): string[] {
  return path === undefined || path === null || isResultPath(path) ? [] : [`ResultPath ${path}`];
}

function isWhole(value: number | undefined, least: number, most = MAX_SECONDS): boolean {
  return value === undefined || (Number.isInteger(value) && value >= least && value <= most);
}
