import { LaunchTemplate, LaunchTemplateName } from './launch-templates';
import { accountAndRegionOf, Call } from '../../aws-call';
import { IamResource } from '../authorization/ec2-authorization';
import { ownArn } from '../authorization/iam-resources';
import { Ec2Context } from '../state/ec2-context';

/** The launch template of a request, if the caller is allowed the action on it. */
export function authorizedTemplate(ec2: Ec2Context, call: Call, name: LaunchTemplateName): LaunchTemplate {
  const template = ec2.state.launchTemplates.named(accountAndRegionOf(call), name);
  ec2.permissions.require(call, [{ resource: launchTemplateResource(ec2, template) }]);
  return template;
}

export function launchTemplateResource(ec2: Ec2Context, template: LaunchTemplate): IamResource {
  const tags = ec2.state.tags.list(template.account, template.id).map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value ?? '']);
  return { arn: ownArn(template, 'launch-template', template.id), context: Object.fromEntries(tags) as Record<string, string> };
}
