import { findReferences } from './references';
import { AwsError } from '../../aws-call';
import { Json, ResourceDefinition, Template } from './template';

/** Refuses what is wrong with a template whatever its parameters and conditions say. */
export function checkTemplate(template: Template, typeExists: (type: string) => boolean): void {
  refuseUnrecognizedTypes(template, typeExists);
  refuseDangling(template);
  Object.values(template.Resources).forEach(refuseUnknownAttributes);
}

/** A type that AWS does not have, as against one that only the local AWS does not know. */
function refuseUnrecognizedTypes(template: Template, typeExists: (type: string) => boolean): void {
  const unrecognized = new Set(Object.values(template.Resources).map(({ Type }) => Type).filter(type => !typeExists(type)));
  if (unrecognized.size > 0) {
    throw new AwsError('ValidationError', `Template format error: Unrecognized resource types: [${[...unrecognized].join(', ')}]`);
  }
}

/** References to things that the template does not have. */
function refuseDangling(template: Template): void {
  const resources = Object.entries(template.Resources);
  const dependedOn = resources.flatMap(([, { DependsOn }]) => [DependsOn ?? []].flat()).filter(name => !Object.hasOwn(template.Resources, name));
  refuseDanglingIn('Resources', resources.map(([, { Properties }]) => (Properties ?? {}) as Json), template, dependedOn);
  refuseDanglingIn('Outputs', Object.values(template.Outputs ?? {}).map(output => output as unknown as Json), template, []);
}

function refuseDanglingIn(block: 'Resources' | 'Outputs', values: Json[], template: Template, more: readonly string[]): void {
  const known = (name: string) => Object.hasOwn(template.Resources, name) || Object.hasOwn(template.Parameters ?? {}, name) || name.startsWith('AWS::');
  const { names, attributesOf } = findReferences(values);
  const dangling = [...new Set([...[...names].filter(name => !known(name)), ...more])];
  if (dangling.length > 0) {
    throw new AwsError('ValidationError',
      `Template format error: Unresolved resource dependencies [${dangling.join(', ')}] in the ${block} block of the template`);
  }
  const undefinedResource = [...attributesOf].find(name => !Object.hasOwn(template.Resources, name));
  if (undefinedResource !== undefined) {
    throw new AwsError('ValidationError', `Template error: instance of Fn::GetAtt references undefined resource ${undefinedResource}`);
  }
}

const RESOURCE_ATTRIBUTES = [
  'Type', 'Properties', 'DependsOn', 'Condition', 'DeletionPolicy', 'UpdateReplacePolicy', 'Metadata', 'CreationPolicy', 'UpdatePolicy',
];

function refuseUnknownAttributes(definition: ResourceDefinition): void {
  const unknown = Object.keys(definition).filter(key => !RESOURCE_ATTRIBUTES.includes(key));
  if (unknown.length > 0) {
    throw new AwsError('ValidationError', `Invalid template resource property '${unknown[0]}'`);
  }
}
