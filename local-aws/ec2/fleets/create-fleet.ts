import {
  CreateFleetError, CreateFleetInstance, CreateFleetRequest, FleetLaunchTemplateConfigRequest, FleetLaunchTemplateOverridesRequest, Instance,
  RunInstancesRequest,
} from '@aws-sdk/client-ec2';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { ownArn } from '../authorization/iam-resources';
import { runInstances } from '../instances/run-instances';
import { launchTemplateResource } from '../launch-templates/launch-template-access';
import { Ec2Context } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';

type Lifecycle = 'on-demand' | 'spot';

interface Option {
  readonly config: FleetLaunchTemplateConfigRequest;
  readonly override: FleetLaunchTemplateOverridesRequest;
}

/**
 * A fleet of the type `instant`, which launches once, with the permissions of the caller, and reports what it could not launch. Auto Scaling launches
 * groups with mixed instances so, and Karpenter its nodes.
 */
export function createFleet(ec2: Ec2Context, call: Call): object {
  const input = call.input as unknown as CreateFleetRequest;
  if (input.Type !== 'instant') {
    throw new AwsError('NotImplemented', `The local AWS has no fleets of the type '${input.Type ?? 'maintain'}'`);
  }
  const place = accountAndRegionOf(call);
  const configs = input.LaunchTemplateConfigs ?? [];
  const templates = configs.map(({ LaunchTemplateSpecification = {} }) => {
    const { LaunchTemplateId, LaunchTemplateName } = LaunchTemplateSpecification;
    return ec2.state.launchTemplates.named(place, { LaunchTemplateId, LaunchTemplateName });
  });
  ec2.permissions.require(call, [
    ...permissionsToCreate(call, { arn: ownArn(place, 'fleet', '*'), context: {} }, specifiedTags(input.TagSpecifications, 'fleet')),
    ...templates.map(template => ({ resource: launchTemplateResource(ec2, template) })),
  ]);
  const options = configs.flatMap((config): Option[] => (config.Overrides?.length ? config.Overrides : [{}]).map(override => ({ config, override })));
  const launched: CreateFleetInstance[] = [];
  const errors: CreateFleetError[] = [];
  lifecyclesOf(input).forEach((lifecycle, index) => {
    // one after another, so that the instances are spread over types and subnets
    const ordered = options.map((_option, offset) => options[(index + offset) % options.length]);
    for (const option of ordered) {
      const result = launch(ec2, call, input, option, lifecycle);
      if ('InstanceIds' in result) {
        launched.push(result);
        return;
      }
      errors.push(result);
    }
  });
  const FleetId = `fleet-${newResourceId('0').slice(3)}`;
  ec2.state.tags.put(place.account, FleetId, specifiedTags(input.TagSpecifications, 'fleet'));
  return { FleetId, Instances: launched, Errors: errors };
}

function lifecyclesOf({ TargetCapacitySpecification: target }: CreateFleetRequest): Lifecycle[] {
  const total = target?.TotalTargetCapacity ?? 0;
  const byDefault = target?.DefaultTargetCapacityType === 'spot' ? 'spot' : 'on-demand';
  const [onDemand, spot] = [target?.OnDemandTargetCapacity ?? 0, target?.SpotTargetCapacity ?? 0];
  return [
    ...Array<Lifecycle>(onDemand).fill('on-demand'),
    ...Array<Lifecycle>(spot).fill('spot'),
    ...Array<Lifecycle>(Math.max(0, total - onDemand - spot)).fill(byDefault),
  ];
}

function launch(
  ec2: Ec2Context, call: Call, { TagSpecifications }: CreateFleetRequest, { config, override }: Option, Lifecycle: Lifecycle,
): CreateFleetInstance | CreateFleetError {
  const { LaunchTemplateSpecification } = config;
  const common = { Lifecycle, LaunchTemplateAndOverrides: { LaunchTemplateSpecification, Overrides: override } } as const;
  const request: RunInstancesRequest = {
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate: LaunchTemplateSpecification,
    ...override.InstanceType && { InstanceType: override.InstanceType },
    ...override.ImageId && { ImageId: override.ImageId },
    ...override.SubnetId && { SubnetId: override.SubnetId },
    ...Lifecycle === 'spot' && { InstanceMarketOptions: { MarketType: 'spot' } },
    TagSpecifications: TagSpecifications?.filter(({ ResourceType }) => ResourceType !== 'fleet'),
  };
  try {
    const launchCall = { ...call, action: 'RunInstances', input: request as unknown as Call['input'] };
    const { Instances } = runInstances(ec2, launchCall) as { Instances: Instance[] };
    const InstanceIds = Instances.map(instance => instance.InstanceId!);
    return { ...common, InstanceIds, InstanceType: Instances[0].InstanceType } as CreateFleetInstance;
  } catch (error) {
    if (!(error instanceof AwsError)) {
      throw error;
    }
    return { ...common, ErrorCode: error.code, ErrorMessage: error.message } as CreateFleetError;
  }
}
