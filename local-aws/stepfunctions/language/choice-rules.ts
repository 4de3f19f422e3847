import { EvaluationFailure } from './failures';
import { isPath, Json, lookUp, Scope } from './paths';
import { readTimestamp } from './timestamps';

/** A rule of a Choice state: `Variable` and one operator, or `And`, `Or`, `Not`. */
export interface ChoiceRule {
  readonly Variable?: string;
  readonly Next?: string;
  readonly And?: readonly ChoiceRule[];
  readonly Or?: readonly ChoiceRule[];
  readonly Not?: ChoiceRule;
  readonly [operator: string]: unknown;
}

type Comparable = string | number | boolean;
type Reader = (value: unknown) => Comparable | undefined;

const readers: Readonly<Record<string, Reader>> = {
  String: value => typeof value === 'string' ? value : undefined,
  Numeric: value => typeof value === 'number' ? value : undefined,
  Boolean: value => typeof value === 'boolean' ? value : undefined,
  Timestamp: readTimestamp,
};

const comparisons: Readonly<Record<string, (left: Comparable, right: Comparable) => boolean>> = {
  Equals: (left, right) => left === right,
  LessThan: (left, right) => left < right,
  GreaterThan: (left, right) => left > right,
  LessThanEquals: (left, right) => left <= right,
  GreaterThanEquals: (left, right) => left >= right,
};

const typeTests: Readonly<Record<string, (value: Json) => boolean>> = {
  IsNull: value => value === null,
  IsNumeric: value => typeof value === 'number',
  IsString: value => typeof value === 'string',
  IsBoolean: value => typeof value === 'boolean',
  IsTimestamp: value => readTimestamp(value) !== undefined,
};

interface Operator {
  readonly name: string;
  readonly read: Reader;
  readonly compare: (left: Comparable, right: Comparable) => boolean;
  readonly withPath: boolean;
}

/** Evaluates a rule. `And` and `Or` stop at the first rule that decides: `And: [IsPresent, StringEquals]` is safe. */
export function isTrue(rule: ChoiceRule, scope: Scope): boolean {
  if (rule.And !== undefined) {
    return rule.And.every(part => isTrue(part, scope));
  }
  if (rule.Or !== undefined) {
    return rule.Or.some(part => isTrue(part, scope));
  }
  if (rule.Not !== undefined) {
    return !isTrue(rule.Not, scope);
  }
  const name = operatorOf(rule);
  if (name === 'IsPresent') {
    return (lookUp(rule.Variable!, scope) !== undefined) === rule.IsPresent;
  }
  const value = required(rule.Variable!, scope);
  if (name in typeTests) {
    return typeTests[name](value) === rule[name];
  }
  if (name === 'StringMatches') {
    return typeof value === 'string' && patternOf(String(rule.StringMatches)).test(value);
  }
  const { read, compare, withPath } = readOperator(name)!;
  const left = read(value);
  const right = read(withPath ? required(String(rule[name]), scope) : rule[name]);
  return left !== undefined && right !== undefined && compare(left, right);
}

/** Returns the errors of a rule. */
export function faultsOf(rule: ChoiceRule, nested = false): string[] {
  const { Next: _next, Comment: _comment, ...parts } = rule;
  const names = Object.keys(parts);
  if (nested && rule.Next !== undefined) {
    return ['Next of a nested rule'];
  }
  if (names.length === 1 && (names[0] === 'And' || names[0] === 'Or')) {
    const inner = rule[names[0]] as readonly ChoiceRule[];
    return Array.isArray(inner) && inner.length > 0 ? inner.flatMap(part => faultsOf(part as ChoiceRule, true)) : [`${names[0]} of nothing`];
  }
  if (names.length === 1 && rule.Not !== undefined) {
    return faultsOf(rule.Not, true);
  }
  if (names.length !== 2 || !isPath(rule.Variable)) {
    return [`Choice rule ${JSON.stringify(rule)}`];
  }
  return isOperatorWith(operatorOf(rule), rule[operatorOf(rule)]) ? [] : [`Choice rule ${JSON.stringify(rule)}`];
}

function isOperatorWith(name: string, operand: unknown): boolean {
  if (name === 'IsPresent' || name in typeTests) {
    return typeof operand === 'boolean';
  }
  if (name === 'StringMatches') {
    return typeof operand === 'string';
  }
  const operator = readOperator(name);
  return operator !== undefined && (operator.withPath ? isPath(operand) : operator.read(operand) !== undefined);
}

function operatorOf(rule: ChoiceRule): string {
  return Object.keys(rule).find(name => !['Variable', 'Next', 'Comment'].includes(name))!;
}

function readOperator(name: string): Operator | undefined {
  const [, type, comparison, path] = /^(String|Numeric|Boolean|Timestamp)(\w+?)(Path)?$/.exec(name) ?? [];
  if (type === undefined || !(comparison in comparisons) || (type === 'Boolean' && comparison !== 'Equals')) {
    return undefined;
  }
  return { name, read: readers[type], compare: comparisons[comparison], withPath: path !== undefined };
}

function required(path: string, scope: Scope): Json {
  const value = lookUp(path, scope);
  if (value === undefined) {
    throw new EvaluationFailure(`Invalid path '${path}': The choice state's condition path references an invalid value.`);
  }
  return value;
}

/** `*` matches any characters, `\*` an asterisk. */
function patternOf(text: string): RegExp {
  const escaped = text.replace(/\\\*|\*|[\\^$.+?()[\]{}|]/g, found => found === '*' ? '.*' : found === '\\*' ? '\\*' : `\\${found}`);
  return new RegExp(`^${escaped}$`, 's');
}
