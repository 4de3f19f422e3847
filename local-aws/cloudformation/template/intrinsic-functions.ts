import { cidrBlocks } from './cidr';
import { isObject, Json, JsonObject, sameJson } from './template';
import { AwsError } from '../../aws-call';

/** Returns the values that intrinsic functions refer to. */
export interface Scope {
  readonly mappings: Readonly<Record<string, Record<string, Record<string, Json>>>>;
  /** `Ref` of a parameter, a pseudo parameter or a resource. Returns `undefined` if the name is unknown. */
  ref(name: string): Json | undefined;
  getAtt(logicalId: string, attribute: string): Json;
  condition(name: string): boolean;
  importValue(name: string): string;
  zones(region: string): string[];
  /** `{{resolve:service:…}}`. */
  dynamicReference(service: string, reference: string): string;
}

/** The value of `AWS::NoValue`: the property or list element is left out. */
const noValue = Symbol('AWS::NoValue');
type Resolved = Json | typeof noValue;

type Intrinsic = (argument: Json, scope: Scope) => Resolved;

/** Resolves the intrinsic functions in a value of a template. */
export function resolve(value: Json, scope: Scope): Json {
  const resolved = resolveValue(value, scope);
  return resolved === noValue ? null : resolved;
}

export function resolveProperties(properties: JsonObject | undefined, scope: Scope): JsonObject {
  return resolve(properties ?? {}, scope) as JsonObject;
}

/** Evaluates a condition, which can contain conditions. */
export function evaluateCondition(expression: Json, scope: Scope): boolean {
  const value = resolve(expression, scope);
  if (value === true || value === 'true') {
    return true;
  }
  if (value === false || value === 'false') {
    return false;
  }
  throw invalid('Template error: every Condition member must be a string or a boolean.');
}

function resolveValue(value: Json, scope: Scope): Resolved {
  if (typeof value === 'string') {
    return value.includes('{{resolve:') ? dynamicReferences(value, scope) : value;
  }
  if (Array.isArray(value)) {
    return value.map(item => resolveValue(item, scope)).filter((item): item is Json => item !== noValue);
  }
  if (!isObject(value)) {
    return value;
  }
  const keys = Object.keys(value);
  const intrinsic = keys.length === 1 ? intrinsics[keys[0]] : undefined;
  if (intrinsic !== undefined) {
    return intrinsic(value[keys[0]], scope);
  }
  if (keys.length === 1 && keys[0].startsWith('Fn::')) {
    throw invalid(`Template error: unsupported intrinsic function ${keys[0]}`);
  }
  const entries = keys.map((key): [string, Resolved] => [key, resolveValue(value[key], scope)]);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== noValue));
}

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  'Ref': (argument, scope) => {
    if (argument === 'AWS::NoValue') {
      return noValue;
    }
    const value = scope.ref(String(argument));
    if (value === undefined) {
      throw invalid(`Template format error: Unresolved resource dependencies [${String(argument)}] in the Resources block of the template`);
    }
    return value;
  },
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, attribute] = getAttParts(argument);
    return scope.getAtt(logicalId, String(resolve(attribute, scope)));
  },
  'Fn::Sub': (argument, scope) => {
    const [text, variables] = subArguments(argument);
    return subParts(text).map(part => {
      if (typeof part === 'string') {
        return part;
      }
      if (Object.hasOwn(variables, part.name)) {
        return asText(resolve(variables[part.name], scope), 'Fn::Sub');
      }
      const reference: JsonObject = part.name.includes('.') ? { 'Fn::GetAtt': part.name } : { Ref: part.name };
      return asText(resolve(reference, scope), 'Fn::Sub');
    }).join('');
  },
  'Fn::Join': (argument, scope) => {
    const [separator, list] = asList(argument, 'Fn::Join');
    return asList(resolve(list, scope), 'Fn::Join').map(item => asText(item, 'Fn::Join')).join(String(separator));
  },
  'Fn::Select': (argument, scope) => {
    const [index, list] = asList(argument, 'Fn::Select');
    const items = asList(resolve(list, scope), 'Fn::Select');
    const wanted = Number(resolve(index, scope));
    if (!(wanted in items)) {
      throw invalid('Template error: Fn::Select cannot select nonexistent value at index ' + String(wanted));
    }
    return items[wanted];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = asList(argument, 'Fn::Split');
    return asText(resolve(text, scope), 'Fn::Split').split(String(separator));
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = asList(resolve(argument, scope), 'Fn::FindInMap').map(String);
    const value = scope.mappings[map]?.[top]?.[second];
    if (value === undefined) {
      throw invalid(`Template error: Unable to get mapping for ${map}::${top}::${second}`);
    }
    return value;
  },
  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = asList(argument, 'Fn::If');
    return resolveValue(scope.condition(String(condition)) ? whenTrue : whenFalse, scope);
  },
  'Fn::And': (argument, scope) => asList(argument, 'Fn::And').every(item => evaluateCondition(item, scope)),
  'Fn::Or': (argument, scope) => asList(argument, 'Fn::Or').some(item => evaluateCondition(item, scope)),
  'Fn::Not': (argument, scope) => !evaluateCondition(asList(argument, 'Fn::Not')[0], scope),
  'Fn::Equals': (argument, scope) => {
    const [left, right] = asList(resolve(argument, scope), 'Fn::Equals');
    return typeof left === 'object' || typeof right === 'object' ? sameJson(left, right) : String(left) === String(right);
  },
  'Condition': (argument, scope) => typeof argument === 'string' ? scope.condition(argument) : { Condition: resolve(argument, scope) },
  'Fn::ImportValue': (argument, scope) => scope.importValue(asText(resolve(argument, scope), 'Fn::ImportValue')),
  'Fn::GetAZs': (argument, scope) => scope.zones(asText(resolve(argument, scope), 'Fn::GetAZs') || String(scope.ref('AWS::Region'))),
  'Fn::Base64': (argument, scope) => Buffer.from(asText(resolve(argument, scope), 'Fn::Base64')).toString('base64'),
  'Fn::Cidr': (argument, scope) => {
    const [block, count, bits] = asList(resolve(argument, scope), 'Fn::Cidr');
    return cidrBlocks(String(block), Number(count), bits === undefined ? undefined : Number(bits));
  },
  'Fn::Contains': (argument, scope) => {
    const [list, value] = asList(resolve(argument, scope), 'Fn::Contains');
    return asList(list, 'Fn::Contains').some(item => String(item) === String(value));
  },
  'Fn::EachMemberEquals': (argument, scope) => {
    const [list, value] = asList(resolve(argument, scope), 'Fn::EachMemberEquals');
    return asList(list, 'Fn::EachMemberEquals').every(item => String(item) === String(value));
  },
  'Fn::EachMemberIn': (argument, scope) => {
    const [members, list] = asList(resolve(argument, scope), 'Fn::EachMemberIn').map(item => asList(item, 'Fn::EachMemberIn').map(String));
    return members.every(member => list.includes(member));
  },
};

export function getAttParts(argument: Json): [string, Json] {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    return [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  const [logicalId, ...attribute] = asList(argument, 'Fn::GetAtt');
  return [String(logicalId), attribute.length === 1 ? attribute[0] : attribute.map(String).join('.')];
}

export function subArguments(argument: Json): [Json, JsonObject] {
  return Array.isArray(argument) ? [argument[0], argument[1] as JsonObject] : [argument, {}];
}

/** Splits the text of `Fn::Sub`. `${!Literal}` is text. */
export function subParts(text: Json): (string | { name: string })[] {
  const parts: (string | { name: string })[] = [];
  let rest = String(text);
  for (let match = /\$\{([^}]*)\}/.exec(rest); match !== null; match = /\$\{([^}]*)\}/.exec(rest)) {
    parts.push(rest.slice(0, match.index));
    const name = match[1].trim();
    parts.push(name.startsWith('!') ? `\${${name.slice(1)}}` : { name });
    rest = rest.slice(match.index + match[0].length);
  }
  return [...parts, rest];
}

function dynamicReferences(text: string, scope: Scope): string {
  return text.replace(/\{\{resolve:([a-z-]+):([^}]+)\}\}/g, (_match, service: string, reference: string) => scope.dynamicReference(service, reference));
}

function asList(value: Json, where: string): Json[] {
  if (!Array.isArray(value)) {
    throw invalid(`Template error: ${where} object requires a list`);
  }
  return value;
}

function asText(value: Json, where: string): string {
  if (typeof value === 'object') {
    throw invalid(`Template error: every ${where} object requires values that are strings`);
  }
  return String(value);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
