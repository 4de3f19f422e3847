import {
  CreateLaunchTemplateRequest, DescribeLaunchTemplatesRequest, LaunchTemplate as LaunchTemplateDescription, ModifyLaunchTemplateRequest,
} from '@aws-sdk/client-ec2';
import { authorizedTemplate } from './launch-template-access';
import { checkLaunchTemplateData } from './launch-template-data';
import { launchTemplateVersionOperations } from './launch-template-versions';
import { LaunchTemplate, LaunchTemplateName, versionOf } from './launch-templates';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { ownArn } from '../authorization/iam-resources';
import { filtered, page } from '../requests/filters-and-pages';
import { dateInWholeSeconds } from '../requests/times';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { checkTagSpecifications } from '../tags/validate-tags';

export const launchTemplateOperations: Ec2Operations = {
  CreateLaunchTemplate: (ec2, call) => {
    const input = call.input as unknown as CreateLaunchTemplateRequest;
    const { LaunchTemplateName: name = '', LaunchTemplateData: data = {}, VersionDescription: description, TagSpecifications } = input;
    checkTagSpecifications(TagSpecifications, ['launch-template']);
    const tags = specifiedTags(TagSpecifications, 'launch-template');
    ec2.permissions.require(call, permissionsToCreate(call, { arn: ownArn(accountAndRegionOf(call), 'launch-template', '*'), context: {} }, tags));
    const earlier = ec2.state.tokens.find(accountAndRegionOf(call), 'CreateLaunchTemplate', call.input);
    if (earlier !== undefined) {
      return { LaunchTemplate: described(ec2, ec2.state.launchTemplates.named(accountAndRegionOf(call), { LaunchTemplateId: earlier })) };
    }
    checkName(ec2, call, name);
    checkLaunchTemplateData(ec2, call, data);
    const common = { createdAt: ec2.clock.now(), createdBy: call.principal.arn };
    const template: LaunchTemplate = {
      ...accountAndRegionOf(call),
      ...common,
      id: newResourceId('lt'),
      name,
      defaultVersion: 1,
      latestVersion: 1,
      versions: new Map([[1, { ...common, number: 1, description, data }]]),
    };
    ec2.state.launchTemplates.all.set(template.id, template);
    ec2.state.tags.put(template.account, template.id, tags);
    ec2.state.tokens.record(accountAndRegionOf(call), 'CreateLaunchTemplate', call.input, template.id);
    return { LaunchTemplate: described(ec2, template) };
  },
  DescribeLaunchTemplates: (ec2, call) => {
    const input = call.input as DescribeLaunchTemplatesRequest;
    ec2.permissions.require(call);
    const place = accountAndRegionOf(call);
    const named = [
      ...(input.LaunchTemplateIds ?? []).map(LaunchTemplateId => ({ LaunchTemplateId })),
      ...(input.LaunchTemplateNames ?? []).map(name => ({ LaunchTemplateName: name })),
    ].map(name => ec2.state.launchTemplates.named(place, name));
    const all = (named.length > 0 ? named : ec2.state.launchTemplates.of(place)).map(template => described(ec2, template));
    const { items, NextToken } = page(filtered(all, input.Filters, {}, one => one.Tags ?? []), input, 1);
    return { LaunchTemplates: items, NextToken };
  },
  ModifyLaunchTemplate: (ec2, call) => {
    const { DefaultVersion, ...name } = call.input as ModifyLaunchTemplateRequest;
    const template = authorizedTemplate(ec2, call, name);
    if (DefaultVersion !== undefined) {
      template.defaultVersion = versionOf(template, DefaultVersion).number;
    }
    return { LaunchTemplate: described(ec2, template) };
  },
  DeleteLaunchTemplate: (ec2, call) => {
    const template = authorizedTemplate(ec2, call, call.input as LaunchTemplateName);
    const deleted = described(ec2, template);
    ec2.state.launchTemplates.all.delete(template.id);
    ec2.state.tags.delete(template.id);
    return { LaunchTemplate: deleted };
  },
  ...launchTemplateVersionOperations,
};

function checkName(ec2: Ec2Context, call: Call, name: string): void {
  if (!/^[\w()./-]{3,128}$/.test(name)) {
    throw new AwsError(
      'InvalidLaunchTemplateName.MalformedException',
      'A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.',
    );
  }
  if (ec2.state.launchTemplates.of(accountAndRegionOf(call)).some(template => template.name === name)) {
    throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
  }
}

function described({ state }: Ec2Context, template: LaunchTemplate): LaunchTemplateDescription {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: dateInWholeSeconds(template.createdAt),
    CreatedBy: template.createdBy,
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: template.latestVersion,
    Tags: state.tags.described(template.account, template.id),
    Operator: { Managed: false },
  };
}
