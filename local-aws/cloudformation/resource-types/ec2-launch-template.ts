import { generatedId } from './in-memory';
import { object, requiredText, text } from './properties';
import { ResourceFailure, ResourceType } from './resource-type';
import { JsonObject } from '../template/template';

interface LaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly versions: JsonObject[];
}

/** Launch templates for the instances of stacks. The local EC2 has no operations for them. */
export class LaunchTemplates {
  public readonly type: ResourceType = {
    replacementProperties: ['LaunchTemplateName'],
    create: request => {
      const template: LaunchTemplate = {
        id: generatedId('lt'),
        name: text(request.properties, 'LaunchTemplateName') ?? request.name(128),
        versions: [object(request.properties, 'LaunchTemplateData')],
      };
      this.templates.set(template.id, template);
      return createdResource(template);
    },
    update: request => {
      const template = this.templates.get(request.physicalId);
      if (template === undefined) {
        throw new ResourceFailure(`The specified launch template, with template ID ${request.physicalId}, does not exist.`);
      }
      template.versions.push(object(request.properties, 'LaunchTemplateData'));
      return createdResource(template);
    },
    delete: request => {
      this.templates.delete(request.physicalId);
    },
  };
  private readonly templates = new Map<string, LaunchTemplate>();

  /** The instance properties of the launch template that an instance names. */
  public data(specification: JsonObject): JsonObject {
    if (Object.keys(specification).length === 0) {
      return {};
    }
    const wanted = text(specification, 'LaunchTemplateId') ?? requiredText(specification, 'LaunchTemplateName');
    const template = [...this.templates.values()].find(({ id, name }) => id === wanted || name === wanted);
    const version = Number(text(specification, 'Version') ?? 1);
    const data = template?.versions[version - 1];
    if (data === undefined) {
      throw new ResourceFailure(`Could not find the specified version ${version} for the launch template with ID ${wanted}.`);
    }
    return data;
  }
}

function createdResource(template: LaunchTemplate) {
  const latest = String(template.versions.length);
  return {
    physicalId: template.id,
    attributes: { LaunchTemplateId: template.id, LatestVersionNumber: latest, DefaultVersionNumber: '1' },
  };
}
