import { LaunchTemplateSpecification, RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { TypeContext } from './context';
import { blockDevice } from './ec2/instance';
import { flag, number, object, objects, requiredText, text, texts } from './properties';
import { CreatedResource, ResourceFailure, ResourceRequest, ResourceType } from './resource-type';
import { Group, GroupSettings, LaunchSource } from '../../auto-scaling/group';
import { JsonObject } from '../template/template';

/** The resource types of Amazon EC2 Auto Scaling. */
export function autoScalingTypes({ autoScaling }: TypeContext): Record<string, ResourceType> {
  const configurations = new Map<string, RequestLaunchTemplateData>();
  const settingsOf = (request: ResourceRequest, name: string) => groupSettings(request, name, configurations);
  return {
    'AWS::AutoScaling::LaunchConfiguration': {
      create: request => {
        const name = text(request.properties, 'LaunchConfigurationName') ?? request.name(255);
        configurations.set(name, configurationData(request.properties));
        return { physicalId: name };
      },
      delete: request => void configurations.delete(request.physicalId),
    },
    'AWS::AutoScaling::AutoScalingGroup': {
      replacementProperties: ['AutoScalingGroupName', 'InstanceId', 'ServiceLinkedRoleARN'],
      create: async request => {
        const name = text(request.properties, 'AutoScalingGroupName') ?? request.name(255);
        const group = autoScaling.createGroup(request.environment, settingsOf(request, name));
        request.initiated(name);
        return stabilized(request, group, await autoScaling.scale(group, () => request.canceled.aborted));
      },
      update: async request => {
        const group = autoScaling.group(request.environment, request.physicalId);
        if (!group) {
          throw new ResourceFailure('AutoScalingGroup name not found - null');
        }
        // instances that run stay as they are; new ones are launched by the new settings
        group.settings = settingsOf(request, request.physicalId);
        return stabilized(request, group, await autoScaling.scale(group, () => request.canceled.aborted));
      },
      delete: request => autoScaling.deleteGroup(request.environment, request.physicalId),
    },
  };
}

function stabilized(request: ResourceRequest, { settings, instanceIds }: Group, failure: string | undefined): CreatedResource {
  if (failure !== undefined) {
    const size = `{${instanceIds.length}/${settings.minSize}/${settings.maxSize}}`;
    throw new ResourceFailure(`Group did not stabilize. {current/minSize/maxSize} group size = ${size}. Failed Scaling Activity: ${failure}`, settings.name);
  }
  if (request.canceled.aborted) {
    throw new ResourceFailure('Resource creation cancelled', settings.name);
  }
  return { physicalId: settings.name };
}

function groupSettings({ properties }: ResourceRequest, name: string, configurations: ReadonlyMap<string, RequestLaunchTemplateData>): GroupSettings {
  const minSize = Number(requiredText(properties, 'MinSize'));
  return {
    name,
    source: launchSource(properties, configurations),
    minSize,
    maxSize: Number(requiredText(properties, 'MaxSize')),
    desiredCapacity: number(properties, 'DesiredCapacity') ?? minSize,
    subnetIds: texts(properties, 'VPCZoneIdentifier'),
    propagatedTags: Object.fromEntries(objects(properties, 'Tags').filter(tag => String(tag.PropagateAtLaunch) === 'true')
      .map(tag => [String(tag.Key), String(tag.Value)])),
    serviceLinkedRoleArn: text(properties, 'ServiceLinkedRoleARN'),
  };
}

function launchSource(properties: JsonObject, configurations: ReadonlyMap<string, RequestLaunchTemplateData>): LaunchSource {
  if (properties.MixedInstancesPolicy !== undefined) {
    const policy = object(properties, 'MixedInstancesPolicy');
    const [template, distribution] = [object(policy, 'LaunchTemplate'), object(policy, 'InstancesDistribution')];
    return {
      kind: 'mixed',
      template: specification(object(template, 'LaunchTemplateSpecification')),
      instanceTypes: objects(template, 'Overrides').map(override => requiredText(override, 'InstanceType')),
      distribution: {
        onDemandBaseCapacity: number(distribution, 'OnDemandBaseCapacity') ?? 0,
        onDemandPercentageAboveBaseCapacity: number(distribution, 'OnDemandPercentageAboveBaseCapacity') ?? 100,
      },
    };
  }
  const configuration = text(properties, 'LaunchConfigurationName');
  if (configuration === undefined) {
    return { kind: 'template', template: specification(object(properties, 'LaunchTemplate')) };
  }
  const data = configurations.get(configuration);
  if (data === undefined) {
    throw new ResourceFailure(`Launch configuration name not found - Launch configuration ${configuration} not found`);
  }
  return { kind: 'configuration', data };
}

function specification(properties: JsonObject): LaunchTemplateSpecification {
  return {
    LaunchTemplateId: text(properties, 'LaunchTemplateId'),
    LaunchTemplateName: text(properties, 'LaunchTemplateName'),
    Version: requiredText(properties, 'Version'),
  };
}

function configurationData(properties: JsonObject): RequestLaunchTemplateData {
  const profile = text(properties, 'IamInstanceProfile');
  return {
    ImageId: text(properties, 'ImageId'),
    InstanceType: text(properties, 'InstanceType') as RequestLaunchTemplateData['InstanceType'],
    KeyName: text(properties, 'KeyName'),
    SecurityGroupIds: texts(properties, 'SecurityGroups'),
    UserData: text(properties, 'UserData'),
    EbsOptimized: flag(properties, 'EbsOptimized'),
    IamInstanceProfile: profile === undefined ? undefined : profile.startsWith('arn:') ? { Arn: profile } : { Name: profile },
    MetadataOptions: properties.MetadataOptions as RequestLaunchTemplateData['MetadataOptions'],
    BlockDeviceMappings: objects(properties, 'BlockDeviceMappings').map(blockDevice),
  };
}
