import { getAttParts, subArguments, subParts } from './intrinsic-functions';
import { isObject, Json } from './template';

/** The references in a value of a template, including those in every branch of `Fn::If`. */
interface Found {
  /** By `Ref`, and `${Name}` in `Fn::Sub`. */
  readonly names: Set<string>;
  /** Resources by `Fn::GetAtt`, and `${Name.Attribute}` in `Fn::Sub`. */
  readonly attributesOf: Set<string>;
}

export function findReferences(value: Json): Found {
  const found: Found = { names: new Set(), attributesOf: new Set() };
  collect(value, found);
  return found;
}

export function references(value: Json): Set<string> {
  const { names, attributesOf } = findReferences(value);
  return new Set([...names, ...attributesOf]);
}

function collect(value: Json, found: Found): void {
  if (Array.isArray(value)) {
    value.forEach(item => collect(item, found));
    return;
  }
  if (!isObject(value)) {
    return;
  }
  const [key, ...others] = Object.keys(value);
  if (others.length === 0 && key === 'Ref') {
    found.names.add(String(value.Ref));
    return;
  }
  if (others.length === 0 && key === 'Fn::GetAtt') {
    const [logicalId, attribute] = getAttParts(value[key]);
    found.attributesOf.add(logicalId);
    collect(attribute, found);
    return;
  }
  if (others.length === 0 && key === 'Fn::Sub') {
    collectSub(value[key], found);
    return;
  }
  Object.values(value).forEach(item => collect(item, found));
}

function collectSub(argument: Json, found: Found): void {
  const [text, variables] = subArguments(argument);
  for (const part of subParts(text)) {
    if (typeof part !== 'string' && !Object.hasOwn(variables, part.name) && !part.name.startsWith('AWS::')) {
      const [name, attribute] = part.name.split('.');
      (attribute === undefined ? found.names : found.attributesOf).add(name);
    }
  }
  collect(variables, found);
}
