import {
  CreateFleetCommand, DescribeLaunchTemplateVersionsCommand, EC2Client, LaunchTemplateSpecification, RunInstancesCommand, RunInstancesCommandInput,
  TagSpecification, _InstanceType,
} from '@aws-sdk/client-ec2';
import { Group, LaunchSource } from './group';

/** Launches one instance of a group as its service-linked role. Throws the errors of EC2. */
export async function launchGroupInstance(ec2: EC2Client, group: Group): Promise<string> {
  const { source, subnetIds } = group.settings;
  const subnetId = subnetIds[group.activities.length % Math.max(1, subnetIds.length)];
  if (source.kind === 'mixed') {
    return launchByFleet(ec2, group, source, subnetId);
  }
  const { Instances } = await ec2.send(new RunInstancesCommand({
    ...source.kind === 'configuration' ? source.data as RunInstancesCommandInput : { LaunchTemplate: source.template },
    ...source.kind === 'configuration' ? { SubnetId: subnetId } : await networkOf(ec2, source.template, subnetId),
    MinCount: 1,
    MaxCount: 1,
    TagSpecifications: tagSpecifications(group, 'instance'),
  }));
  return Instances![0].InstanceId!;
}

/** The subnet of the group goes into the network interface of the template, if it has one. */
async function networkOf(
  ec2: EC2Client, template: LaunchTemplateSpecification, subnetId: string | undefined,
): Promise<Partial<RunInstancesCommandInput>> {
  const { Version = '$Default', ...name } = template;
  const { LaunchTemplateVersions } = await ec2.send(new DescribeLaunchTemplateVersionsCommand({ ...name, Versions: [Version] }));
  const [first, ...others] = LaunchTemplateVersions![0].LaunchTemplateData?.NetworkInterfaces ?? [];
  const interfaces = first && [{ ...first, SubnetId: first.SubnetId ?? subnetId }, ...others];
  return interfaces ? { NetworkInterfaces: interfaces } as Partial<RunInstancesCommandInput> : { SubnetId: subnetId };
}

async function launchByFleet(ec2: EC2Client, group: Group, source: LaunchSource & { kind: 'mixed' }, subnetId: string | undefined): Promise<string> {
  const isOnDemand = isNextOnDemand(source, group.instanceIds.length);
  const { Instances = [], Errors = [] } = await ec2.send(new CreateFleetCommand({
    Type: 'instant',
    LaunchTemplateConfigs: [{
      LaunchTemplateSpecification: source.template,
      Overrides: (source.instanceTypes.length > 0 ? source.instanceTypes : [undefined])
        .map(InstanceType => ({ InstanceType: InstanceType as _InstanceType | undefined, SubnetId: subnetId })),
    }],
    TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: isOnDemand ? 'on-demand' : 'spot' },
    TagSpecifications: tagSpecifications(group, 'instance'),
  }));
  if (Instances.length === 0) {
    const [{ ErrorCode: code, ErrorMessage: message }] = Errors;
    const kind = isOnDemand ? 'On-Demand' : 'Spot';
    throw Object.assign(new Error(`Could not launch ${kind} Instances. ${code} - ${message}`), { name: code });
  }
  return Instances[0].InstanceIds![0];
}

function isNextOnDemand({ distribution }: LaunchSource & { kind: 'mixed' }, size: number): boolean {
  const { onDemandBaseCapacity, onDemandPercentageAboveBaseCapacity } = distribution;
  const above = size - onDemandBaseCapacity;
  const onDemandOf = (count: number) => Math.ceil(count * onDemandPercentageAboveBaseCapacity / 100);
  return above < 0 || onDemandOf(above + 1) > onDemandOf(above);
}

function tagSpecifications({ settings }: Group, ResourceType: 'instance'): TagSpecification[] {
  const Tags = Object.entries(settings.propagatedTags).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length > 0 ? [{ ResourceType, Tags }] : [];
}
