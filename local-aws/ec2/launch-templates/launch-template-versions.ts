import {
  CreateLaunchTemplateVersionRequest, DeleteLaunchTemplateVersionsRequest, DescribeLaunchTemplateVersionsRequest,
  LaunchTemplateVersion as DescribedVersion,
} from '@aws-sdk/client-ec2';
import { authorizedTemplate } from './launch-template-access';
import { checkLaunchTemplateData } from './launch-template-data';
import { LaunchTemplate, LaunchTemplateVersion, versionOf } from './launch-templates';
import { AccountAndRegion, accountAndRegionOf, AwsError } from '../../aws-call';
import { page } from '../requests/filters-and-pages';
import { dateInWholeSeconds } from '../requests/times';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';

export const launchTemplateVersionOperations: Ec2Operations = {
  CreateLaunchTemplateVersion: (ec2, call) => {
    const input = call.input as unknown as CreateLaunchTemplateVersionRequest;
    const { LaunchTemplateId, LaunchTemplateName, LaunchTemplateData, SourceVersion, VersionDescription } = input;
    const template = authorizedTemplate(ec2, call, { LaunchTemplateId, LaunchTemplateName });
    const earlier = ec2.state.tokens.find(accountAndRegionOf(call), 'CreateLaunchTemplateVersion', call.input);
    if (earlier !== undefined) {
      return { LaunchTemplateVersion: described(template, versionOf(template, earlier)) };
    }
    // a new version has the parameters of the source version that the request does not name
    const data = { ...SourceVersion === undefined ? {} : versionOf(template, SourceVersion).data, ...LaunchTemplateData };
    checkLaunchTemplateData(ec2, call, data);
    template.latestVersion += 1;
    const common = { createdAt: ec2.clock.now(), createdBy: call.principal.arn };
    const version = { ...common, number: template.latestVersion, description: VersionDescription, data };
    template.versions.set(version.number, version);
    ec2.state.tokens.record(accountAndRegionOf(call), 'CreateLaunchTemplateVersion', call.input, String(version.number));
    return { LaunchTemplateVersion: described(template, version) };
  },
  DescribeLaunchTemplateVersions: (ec2, call) => {
    const input = call.input as DescribeLaunchTemplateVersionsRequest;
    const { LaunchTemplateId, LaunchTemplateName, Versions = [] } = input;
    ec2.permissions.require(call);
    if (LaunchTemplateId === undefined && LaunchTemplateName === undefined) {
      return { LaunchTemplateVersions: versionsOfAllTemplates(ec2, accountAndRegionOf(call), Versions) };
    }
    const template = ec2.state.launchTemplates.named(accountAndRegionOf(call), { LaunchTemplateId, LaunchTemplateName });
    const versions = Versions.length > 0 ? Versions.map(version => versionOf(template, version)) : [...template.versions.values()].reverse();
    const { items, NextToken } = page(versions.map(version => described(template, version)), input, 1);
    return { LaunchTemplateVersions: items, NextToken };
  },
  DeleteLaunchTemplateVersions: (ec2, call) => {
    const { LaunchTemplateId, LaunchTemplateName, Versions = [] } = call.input as unknown as DeleteLaunchTemplateVersionsRequest;
    const template = authorizedTemplate(ec2, call, { LaunchTemplateId, LaunchTemplateName });
    const numbers = Versions.map(version => numberToDelete(template, version));
    if (numbers.includes(template.defaultVersion)) {
      throw new AwsError(
        'InvalidParameterValue', 'The default version cannot be deleted. Either specify another version as default or delete the launch template.',
      );
    }
    const named = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
    const results = numbers.map(number => ({ ...named, VersionNumber: number, isDeleted: template.versions.delete(number) }));
    return {
      SuccessfullyDeletedLaunchTemplateVersions: results.filter(({ isDeleted }) => isDeleted),
      UnsuccessfullyDeletedLaunchTemplateVersions: results.filter(({ isDeleted }) => !isDeleted).map(result => ({
        ...result, ResponseError: { Code: 'launchTemplateVersionDoesNotExist', Message: `The launch template version ${result.VersionNumber} does not exist` },
      })),
    };
  },
};

function numberToDelete(template: LaunchTemplate, version: string): number {
  if (!/^([1-9]\d*|\$Latest|\$Default)$/.test(version)) {
    throw new AwsError('InvalidParameterValue', `Invalid value for version: ${version}`);
  }
  return version.startsWith('$') ? versionOf(template, version).number : Number(version);
}

/** Without a template, only `$Latest` and `$Default` of all of them can be described. */
function versionsOfAllTemplates({ state }: Ec2Context, place: AccountAndRegion, versions: readonly string[]): DescribedVersion[] {
  if (versions.length === 0 || versions.some(version => version !== '$Latest' && version !== '$Default')) {
    throw new AwsError(
      'MissingParameter', 'To describe the launch template data for all your launch templates, specify $Latest, $Default, or both, and omit version numbers.',
    );
  }
  return state.launchTemplates.of(place).flatMap(template =>
    [...new Set(versions.map(version => versionOf(template, version)))].map(version => described(template, version)));
}

function described(template: LaunchTemplate, version: LaunchTemplateVersion): DescribedVersion {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: version.number,
    VersionDescription: version.description,
    CreateTime: dateInWholeSeconds(version.createdAt),
    CreatedBy: version.createdBy,
    DefaultVersion: version.number === template.defaultVersion,
    LaunchTemplateData: version.data as DescribedVersion['LaunchTemplateData'],
    Operator: { Managed: false },
  };
}
