import { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../aws-call';
import { isFlattened, requiredMembers, trait } from './schema';

/** The two query protocols: EC2 flattens lists and capitalizes names, the older one has `.member.`. */
export type QueryFlavour = 'ec2Query' | 'awsQuery';

/** Parses `A.1.B=x` to a tree. */
interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

/** Converts the parameters of a query request to the SDK's input type. */
export function readQuery(flavour: QueryFlavour, parameters: URLSearchParams, schema: NormalizedSchema): Record<string, unknown> {
  const root: Node = { children: new Map() };
  for (const [key, value] of parameters) {
    if (key !== 'Action' && key !== 'Version') {
      insert(root, key, value);
    }
  }
  return new QueryReader(flavour).structure(schema, root, '');
}

/** EC2's name for the missing resources of CreateTags and DeleteTags. */
const namesInErrors: Readonly<Record<string, string>> = { Resources: 'resourceIdSet' };

/** Throws `MissingParameter` for the first missing required member. */
export function requireMembers(flavour: QueryFlavour, input: Record<string, unknown>, schema: NormalizedSchema | undefined): void {
  for (const name of requiredMembers(schema)) {
    if (schema && input[name] === undefined) {
      throw new AwsError(
        flavour === 'ec2Query' ? 'MissingParameter' : 'ValidationError',
        `The request must contain the parameter ${namesInErrors[name] ?? requestKey(flavour, name, schema.getMemberSchema(name))}`,
      );
    }
  }
}

function insert(root: Node, key: string, value: string): void {
  let node = root;
  for (const part of key.split('.')) {
    let child = node.children.get(part);
    if (!child) {
      child = { children: new Map() };
      node.children.set(part, child);
    }
    node = child;
  }
  node.value = value;
}

function requestKey(flavour: QueryFlavour, name: string, member: NormalizedSchema): string {
  const xmlName = trait(member, 'xmlName') ?? name;
  return flavour === 'awsQuery' ? xmlName : trait(member, 'ec2QueryName') ?? xmlName[0].toUpperCase() + xmlName.slice(1);
}

class QueryReader {
  public constructor(private readonly flavour: QueryFlavour) {}

  public structure(schema: NormalizedSchema, node: Node, path: string): Record<string, unknown> {
    const members = new Map<string, [string, NormalizedSchema]>();
    for (const [name, member] of schema.structIterator()) {
      members.set(requestKey(this.flavour, name, member), [name, member]);
    }
    const result: Record<string, unknown> = {};
    for (const [key, child] of node.children) {
      const found = members.get(key);
      if (found) {
        result[found[0]] = this.any(found[1], child, path + key);
      } else if (this.flavour === 'ec2Query') {
        throw new AwsError('UnknownParameter', `The parameter ${path}${key} is not recognized`);
      }
    }
    return result;
  }

  private any(schema: NormalizedSchema, node: Node, path: string): unknown {
    if (schema.isListSchema()) {
      return this.list(schema, node, path);
    }
    if (schema.isStructSchema()) {
      return this.structure(schema, node, `${path}.`);
    }
    return scalar(schema, node, path);
  }

  private list(schema: NormalizedSchema, node: Node, path: string): unknown[] {
    const member = schema.getValueSchema();
    const flat = this.flavour === 'ec2Query' || isFlattened(schema);
    return numbered(flat ? node : node.children.get(trait(member, 'xmlName') ?? 'member'), path)
      .map((child, index) => this.any(member, child, `${path}.${index + 1}`));
  }
}

/** The children `1`, `2`, … in order. An empty list is sent as an empty value. */
function numbered(node: Node | undefined, path: string): Node[] {
  return [...node?.children ?? []]
    .map(([key, child]): [number, Node] => {
      if (!/^\d+$/.test(key)) {
        throw new AwsError('UnknownParameter', `The parameter ${path}.${key} is not recognized`);
      }
      return [Number(key), child];
    })
    .sort(([a], [b]) => a - b)
    .map(([, child]) => child);
}

function scalar(schema: NormalizedSchema, node: Node, path: string): unknown {
  const [unexpected] = node.children.keys();
  if (unexpected !== undefined) {
    throw new AwsError('UnknownParameter', `The parameter ${path}.${unexpected} is not recognized`);
  }
  const value = node.value ?? '';
  if (schema.isBooleanSchema()) {
    return boolean(value, path);
  }
  if (schema.isNumericSchema()) {
    return number(value, path);
  }
  if (schema.isTimestampSchema()) {
    return timestamp(value, path);
  }
  if (schema.isBlobSchema()) {
    return Buffer.from(value, 'base64');
  }
  return value;
}

function boolean(value: string, path: string): boolean {
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') {
    throw new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${path} is invalid. The value must be true or false`);
  }
  return lower === 'true';
}

function number(value: string, path: string): number {
  const result = Number(value);
  if (value.trim() === '' || !Number.isFinite(result)) {
    throw new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${path} is invalid. The value must be a number`);
  }
  return result;
}

function timestamp(value: string, path: string): Date {
  const result = new Date(value);
  if (Number.isNaN(result.getTime())) {
    throw new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${path} is invalid. The value must be an ISO 8601 time`);
  }
  return result;
}
