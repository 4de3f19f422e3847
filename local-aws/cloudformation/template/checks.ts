import { findReferences } from './references';
import { Json, ResourceDefinition, Template } from './template';
import { AwsError } from '../../aws-call';

/** Checks a template independently of its parameters and conditions. */
export function checkTemplate(template: Template, typeExists: (type: string) => boolean): void {
  refuseUnrecognizedTypes(template, typeExists);
  rejectUnresolvedReferences(template);
  Object.values(template.Resources).forEach(refuseUnknownAttributes);
}

/** Refuses types that AWS does not have. Types that only the local AWS does not know are allowed. */
function refuseUnrecognizedTypes(template: Template, typeExists: (type: string) => boolean): void {
  const unrecognized = new Set(Object.values(template.Resources).map(({ Type }) => Type).filter(type => !typeExists(type)));
  if (unrecognized.size > 0) {
    throw new AwsError('ValidationError', `Template format error: Unrecognized resource types: [${[...unrecognized].join(', ')}]`);
  }
}

/** Returns references to names that the template does not define. */
function rejectUnresolvedReferences(template: Template): void {
  const resources = Object.entries(template.Resources);
  const dependedOn = resources.flatMap(([, { DependsOn }]) => [DependsOn ?? []].flat()).filter(name => !Object.hasOwn(template.Resources, name));
  rejectUnresolvedReferencesIn('Resources', resources.map(([, { Properties }]) => (Properties ?? {}) as Json), template, dependedOn);
  rejectUnresolvedReferencesIn('Outputs', Object.values(template.Outputs ?? {}).map(output => output as unknown as Json), template, []);
}

function rejectUnresolvedReferencesIn(block: 'Resources' | 'Outputs', values: Json[], template: Template, more: readonly string[]): void {
  const known = (name: string) => Object.hasOwn(template.Resources, name) || Object.hasOwn(template.Parameters ?? {}, name) || name.startsWith('AWS::');
  const { names, attributesOf } = findReferences(values);
  const unresolved = [...new Set([...[...names].filter(name => !known(name)), ...more])];
  if (unresolved.length > 0) {
    throw new AwsError('ValidationError',
      `Template format error: Unresolved resource dependencies [${unresolved.join(', ')}] in the ${block} block of the template`);
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
