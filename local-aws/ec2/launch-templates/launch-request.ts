import { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { imageIdInParameter, permissionToReadParameter, RESOLVE_SSM } from './image-parameter';
import { launchTemplateResource } from './launch-template-access';
import { withTemplateData } from './launch-template-data';
import { LaunchTemplate, LaunchTemplateVersion, versionOf } from './launch-templates';
import { accountAndRegionOf, Call } from '../../aws-call';
import { RequiredPermission } from '../authorization/ec2-authorization';
import { Ec2Context } from '../state/ec2-context';

/** A launch with the parameters of its launch template, and the ID of the image that an SSM parameter names. */
export interface LaunchRequest {
  readonly input: RunInstancesRequest;
  readonly template?: LaunchTemplate;
  readonly version?: LaunchTemplateVersion;
  /** The permissions for the template and the parameter. */
  readonly permissions: readonly RequiredPermission[];
}

export function launchRequest(ec2: Ec2Context, call: Call): LaunchRequest {
  const { LaunchTemplate: specification, ...request } = call.input as unknown as RunInstancesRequest;
  if (!specification) {
    return withImageId(ec2, call, { input: request as RunInstancesRequest, permissions: [] });
  }
  const { Version, ...name } = specification;
  const template = ec2.state.launchTemplates.named(accountAndRegionOf(call), name);
  const version = versionOf(template, Version);
  return withImageId(ec2, call, {
    input: withTemplateData(request as RunInstancesRequest, version.data),
    template,
    version,
    permissions: [{ resource: launchTemplateResource(ec2, template) }],
  });
}

/** The tags that EC2 adds to an instance that was launched from a template. */
export function launchTemplateTags({ template, version }: LaunchRequest): [string, string][] {
  return template && version ? [['aws:ec2launchtemplate:id', template.id], ['aws:ec2launchtemplate:version', String(version.number)]] : [];
}

function withImageId(ec2: Ec2Context, call: Call, launch: LaunchRequest): LaunchRequest {
  const { ImageId } = launch.input;
  if (!ImageId?.startsWith(RESOLVE_SSM)) {
    return launch;
  }
  const permission = permissionToReadParameter(call, ImageId);
  const input = ec2.permissions.allows(call, permission) ? { ...launch.input, ImageId: imageIdInParameter(ec2, call, ImageId) } : launch.input;
  return { ...launch, input, permissions: [permission, ...launch.permissions] };
}
