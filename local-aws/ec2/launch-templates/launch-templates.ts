import { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { AccountAndRegion, AwsError } from '../../aws-call';

/** One version of a launch template. Versions never change. */
export interface LaunchTemplateVersion {
  readonly number: number;
  readonly description?: string;
  readonly data: RequestLaunchTemplateData;
  readonly createdAt: number;
  readonly createdBy: string;
}

export interface LaunchTemplate extends AccountAndRegion {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** By number. A number of a deleted version is not used again. */
  readonly versions: Map<number, LaunchTemplateVersion>;
  defaultVersion: number;
  latestVersion: number;
}

/** The members of a request that name a launch template. */
export interface LaunchTemplateName {
  readonly LaunchTemplateId?: string;
  readonly LaunchTemplateName?: string;
}

/** The launch templates of all accounts and Regions. */
export class LaunchTemplates {
  public readonly all = new Map<string, LaunchTemplate>();

  public of({ account, region }: AccountAndRegion): LaunchTemplate[] {
    return [...this.all.values()].filter(template => template.account === account && template.region === region);
  }

  /** Throws EC2's errors if there is no such template in the account and Region. */
  public named(place: AccountAndRegion, { LaunchTemplateId: id, LaunchTemplateName: name }: LaunchTemplateName): LaunchTemplate {
    if (id === undefined && name === undefined) {
      throw new AwsError('MissingParameter', 'Either a launch template ID or a launch template name must be specified in the request.');
    }
    if (id !== undefined && name !== undefined) {
      throw new AwsError(
        'InvalidParameterCombination', 'Either provide launch template ID or launch template name to modify the template.',
      );
    }
    const found = this.of(place).find(template => id === undefined ? template.name === name : template.id === id);
    if (!found) {
      throw id === undefined
        ? new AwsError('InvalidLaunchTemplateName.NotFoundException', `The specified launch template, with template name ${name}, does not exist.`)
        : new AwsError('InvalidLaunchTemplateId.NotFound', `The specified launch template, with template ID ${id}, does not exist.`);
    }
    return found;
  }
}

/** The version with a number, or that of `$Latest` or `$Default`. Without a version it is the default one. */
export function versionOf(template: LaunchTemplate, version = '$Default'): LaunchTemplateVersion {
  const number = version === '$Default' ? template.defaultVersion : version === '$Latest' ? template.latestVersion : Number(version);
  const found = template.versions.get(number);
  if (!found) {
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound', `Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
    );
  }
  return found;
}
