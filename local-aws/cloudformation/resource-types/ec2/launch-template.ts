import {
  CreateLaunchTemplateCommand, CreateLaunchTemplateVersionCommand, DeleteLaunchTemplateCommand, RequestLaunchTemplateData, TagSpecification,
} from '@aws-sdk/client-ec2';
import { JsonObject } from '../../template/template';
import { TypeContext } from '../context';
import { object, objects, serviceFailure, text } from '../properties';
import { CreatedResource, ResourceRequest, ResourceType } from '../resource-type';

/** `AWS::EC2::LaunchTemplate`: an update creates a version, and the default version stays the first one. */
export function launchTemplateType(context: TypeContext): ResourceType {
  return {
    replacementProperties: ['LaunchTemplateName'],
    create: async request => {
      const { properties } = request;
      return called(async () => {
        const { LaunchTemplate } = await context.ec2(request.environment).send(new CreateLaunchTemplateCommand({
          LaunchTemplateName: text(properties, 'LaunchTemplateName') ?? request.name(128),
          VersionDescription: text(properties, 'VersionDescription'),
          LaunchTemplateData: launchTemplateData(properties),
          TagSpecifications: objects(properties, 'TagSpecifications') as unknown as TagSpecification[],
        }));
        return createdResource(LaunchTemplate!.LaunchTemplateId!, 1);
      });
    },
    update: async request => called(async () => {
      const { LaunchTemplateVersion } = await context.ec2(request.environment).send(new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: request.physicalId,
        VersionDescription: text(request.properties, 'VersionDescription'),
        LaunchTemplateData: launchTemplateData(request.properties),
      }));
      return createdResource(request.physicalId, LaunchTemplateVersion!.VersionNumber!);
    }),
    delete: async request => {
      try {
        await context.ec2(request.environment).send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: request.physicalId }));
      } catch (error) {
        if ((error as Error).name !== 'InvalidLaunchTemplateId.NotFound') {
          throw serviceFailure(error, 'Ec2');
        }
      }
    },
  };
}

/** The names of the members are those of EC2. */
function launchTemplateData(properties: ResourceRequest['properties']): RequestLaunchTemplateData {
  const data: JsonObject = object(properties, 'LaunchTemplateData');
  return data as unknown as RequestLaunchTemplateData;
}

function createdResource(id: string, latest: number): CreatedResource {
  return { physicalId: id, attributes: { LaunchTemplateId: id, LatestVersionNumber: String(latest), DefaultVersionNumber: '1' } };
}

async function called(create: () => Promise<CreatedResource>): Promise<CreatedResource> {
  try {
    return await create();
  } catch (error) {
    throw serviceFailure(error, 'Ec2');
  }
}
