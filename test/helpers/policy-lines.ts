import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Statement } from './stacks';
import { AmiBase } from '../../src';

/* Policies of a template as text that can be read and compared. */

/** A value with text in place of what only the deployment knows, such as `<StackId>` and `<Key.Arn>`, and IDs without the hash of CDK. */
export function readable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[name, inner] = [], ...others] = Object.entries(value);
  if (others.length === 0 && name === 'Ref') {
    return `<${withoutHash(String(inner).replace('AWS::', '').replace('Partition', 'partition'))}>`;
  }
  if (others.length === 0 && name === 'Fn::GetAtt') {
    return `<${(inner as string[]).map(withoutHash).join('.')}>`;
  }
  return name === 'Fn::Join' ? (readable((inner as [string, unknown[]])[1]) as string[]).join('') : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, readable(one)]));
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string[];
  readonly Properties: { readonly Roles?: object[]; readonly PolicyDocument?: { readonly Statement: (Statement & { readonly Effect: string })[] } };
}

/** A statement as a line: `Sid: actions | resources | conditions`. */
export function lineOf({ Sid, Effect, Action, Resource: resource, Condition }: Statement & { readonly Effect: string }): string {
  const resources = [readable(resource)].flat().map(arn => String(arn).replace('arn:<partition>:', ''));
  const conditions = Object.entries((Condition ?? {}) as Record<string, object>).flatMap(([operator, keys]) =>
    Object.keys(keys).length === 0 ? operator : Object.entries(keys).map(([key, value]) => `${operator} ${key} = ${[readable(value)].flat().map(one => typeof one === 'string' ? one : JSON.stringify(one)).join(', ')}`));
  return [`${Sid}: ${Effect === 'Allow' ? '' : Effect}${[Action].flat().join(', ')}`, resources.join(', '), ...conditions.length > 0 ? [conditions.sort().join(' and ')] : []].join(' | ');
}

/**
 * Everything that the handler role of a stack is allowed, but for its log, in alphabetical order. A statement that is not in the policy of the role itself has the
 * ID of its policy before it, and of the custom resources that wait for it.
 */
export function handlerLines(stack: Stack): string[] {
  const resources = Object.entries((Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> }).Resources);
  return resources.filter(([, { Properties }]) => JSON.stringify(Properties?.Roles ?? []).includes('HandlerRole')).flatMap(([id, { Properties }]) => {
    const waiting = resources.filter(([, { Type, DependsOn }]) => Type.startsWith('Custom::') && DependsOn?.includes(id)).map(([name]) => withoutHash(name));
    const prefix = id.includes('HandlerRole') ? '' : `${withoutHash(id)} before ${waiting.join(' and ')}: `;
    return Properties.PolicyDocument!.Statement.filter(({ Sid }) => Sid !== 'Log').map(statement => `${prefix}${lineOf(statement)}`);
  }).sort();
}

/** The keys that a role which launches from an AMI may use: the role is added to the stack, which is synthesized. */
export function keysOfLaunch(ami: AmiBase): string[] {
  const stack = Stack.of(ami);
  ami.grantLaunch(new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() }));
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('Launcher'));
  const statements = policies.flatMap(([, { Properties }]) => (Properties as Resource['Properties']).PolicyDocument!.Statement);
  return statements.filter(({ Action }) => Action === 'kms:DescribeKey').map(({ Resource: resource }) => String(readable(resource)));
}
