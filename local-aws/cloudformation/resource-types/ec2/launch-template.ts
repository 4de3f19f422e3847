import {
  CreateLaunchTemplateCommand, CreateLaunchTemplateVersionCommand, DeleteLaunchTemplateCommand, RequestLaunchTemplateData, TagSpecification,
} from '@aws-sdk/client-ec2';
import { JsonObject } from '../../template/template';
import { TypeContext } from '../context';
import { callEc2, deleteUnlessGone } from './calls';
import { object, objects, text } from '../properties';
import { CreatedResource, ResourceRequest, ResourceType } from '../resource-type';

/** `AWS::EC2::LaunchTemplate`: an update creates a version, and the default version stays the first one. */
export function launchTemplateType(context: TypeContext): ResourceType {
  return {
    replacementProperties: ['LaunchTemplateName'],
    create: request => callEc2(context, request, async ec2 => {
      const { properties } = request;
      const { LaunchTemplate } = await ec2.send(new CreateLaunchTemplateCommand({
        LaunchTemplateName: text(properties, 'LaunchTemplateName') ?? request.name(128),
        VersionDescription: text(properties, 'VersionDescription'),
        LaunchTemplateData: launchTemplateData(properties),
        TagSpecifications: objects(properties, 'TagSpecifications') as unknown as TagSpecification[],
      }));
      return createdResource(LaunchTemplate!.LaunchTemplateId!, 1);
    }),
    update: request => callEc2(context, request, async ec2 => {
      const { LaunchTemplateVersion } = await ec2.send(new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: request.physicalId,
        VersionDescription: text(request.properties, 'VersionDescription'),
        LaunchTemplateData: launchTemplateData(request.properties),
      }));
      return createdResource(request.physicalId, LaunchTemplateVersion!.VersionNumber!);
    }),
    delete: request => deleteUnlessGone(context, request, ['InvalidLaunchTemplateId.NotFound'], ec2 =>
      ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: request.physicalId }))),
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
