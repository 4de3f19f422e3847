import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

interface Parameter {
  readonly Type: string;
  readonly Default?: string;
}

interface Template {
  readonly Parameters?: Readonly<Record<string, Parameter>>;
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** The names of the image parameters, which cannot be set with their own names: "No access to reserved parameter name". */
export function ownName(publicParameter: string): string {
  return publicParameter.replace('/aws/service/', '/local/');
}

/** The public parameters from which a template reads images. */
export function imageParameters({ Parameters = {} }: Template): string[] {
  return Object.values(Parameters).filter(isImage).map(({ Default }) => Default ?? '');
}

/**
 * Adapts a template to ministack. It has no instances ("Template format error: Unrecognized resource types: [AWS::EC2::Instance]"), so a
 * launch template replaces each: it also refers to the image.
 */
export function forMinistack<T extends Template>(template: T): T {
  const parameters = Object.entries(template.Parameters ?? {}).map(([id, parameter]) =>
    [id, isImage(parameter) ? { ...parameter, Default: ownName(parameter.Default ?? '') } : parameter] as const);
  const resources = Object.entries(template.Resources).map(([id, resource]) =>
    [id, resource.Type === 'AWS::EC2::Instance' ? launchTemplate(resource) : resource] as const);
  return { ...template, Parameters: Object.fromEntries(parameters), Resources: Object.fromEntries(resources) };
}

/** Adapts the template of a stack in a cloud assembly, and returns the original one. */
export function adapt(assembly: string, stack: string): Template {
  const file = join(assembly, `${stack}.template.json`);
  const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
  writeFileSync(file, JSON.stringify(forMinistack(template), undefined, 1));
  return template;
}

function isImage({ Type }: Parameter): boolean {
  return Type === 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>';
}

function launchTemplate({ Properties: { ImageId, InstanceType } = {}, ...rest }: Resource): Resource {
  return { ...rest, Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: { ImageId, InstanceType } } };
}
