import { CancelSpotInstanceRequestsCommand, Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { spotRequestNotShown } from './messages';
import { explainRefusedCall } from '../../ami/explain-refused-call';
import { AwsClients } from '../../aws/clients';
import { ACCESS_DENIED_CODES, awsErrorDetails, hasErrorCode, SPOT_REQUEST_NOT_FOUND_CODES } from '../../aws/error-codes';
import { findInstancesOfSpotRequests } from '../../aws/find-instances';
import { NotReady } from '../../outcomes';
import { MultiKeyRequest } from '../device-plan';

/** Longer than any request may take: EC2 may terminate a stopped builder whose Spot Instance request has expired. */
const VALID_MS = 90 * 60_000;
/** So long EC2 may not find a Spot Instance request that it has just created. */
const MAX_LAG_MS = 60_000;

/**
 * EC2 stops only the instances of persistent requests. Such a request launches another instance for one that is terminated, until it is canceled; it expires
 * if nobody cancels it. The end is the same in each step, because EC2 refuses a client token with other parameters.
 */
export function spotMarketOptions({ startedAt }: MultiKeyRequest): RunInstancesCommandInput['InstanceMarketOptions'] {
  const ValidUntil = new Date(Math.floor((startedAt + VALID_MS) / 1_000) * 1_000);
  return { MarketType: 'spot', SpotOptions: { SpotInstanceType: 'persistent', InstanceInterruptionBehavior: 'stop', ValidUntil } };
}

/** "Server.SpotInstanceShutdown", "Server.SpotInstanceTermination": EC2 needs the capacity. */
export function isInterrupted({ StateReason }: Instance): boolean {
  return StateReason?.Code?.startsWith('Server.SpotInstance') === true;
}

export function hasEnded({ State }: Instance): boolean {
  return State?.Name === 'shutting-down' || State?.Name === 'terminated';
}

/** Whether a persistent request has launched the instance for one that has ended. The volumes of that one are not empty any more, so it is no builder. */
export function isRelaunched(instance: Instance, instances: readonly Instance[]): boolean {
  const launchTime = ({ LaunchTime }: Instance) => LaunchTime?.getTime() ?? 0;
  return instance.SpotInstanceRequestId !== undefined && instances.some(other => other.SpotInstanceRequestId === instance.SpotInstanceRequestId
    && hasEnded(other) && (launchTime(other) < launchTime(instance) || !hasEnded(instance)));
}

/** Cancels the requests of builders, so that nothing is launched in their place. EC2 itself then terminates those that are stopped. */
export async function cancelSpotRequests(aws: AwsClients, request: MultiKeyRequest, builders: readonly Instance[]): Promise<void> {
  const { memory } = request;
  for (const builder of builders) {
    const { InstanceLifecycle, SpotInstanceRequestId: id } = builder;
    if (id === undefined && InstanceLifecycle === 'spot' && !hasEnded(builder)) {
      throw new NotReady(spotRequestNotShown({ instanceId: builder.InstanceId }), true);
    }
    if (id !== undefined && memory.canceledSpotRequests?.includes(id) !== true) {
      await cancelSpotRequest(aws, request, builder, id);
      memory.canceledSpotRequests = [...memory.canceledSpotRequests ?? [], id];
    }
  }
}

async function cancelSpotRequest(aws: AwsClients, { isDelete }: MultiKeyRequest, builder: Instance, id: string): Promise<void> {
  try {
    await aws.ec2.send(new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] }));
  } catch (error) {
    if (hasErrorCode(error, SPOT_REQUEST_NOT_FOUND_CODES)) {
      if (aws.now() - (builder.LaunchTime?.getTime() ?? 0) < MAX_LAG_MS) {
        throw new NotReady(spotRequestNotShown({ instanceId: builder.InstanceId }), true);
      }
      return;
    }
    if (isDelete && hasEnded(builder) && hasErrorCode(error, ACCESS_DENIED_CODES)) {
      // most likely of a build that has ended well, before the stack removed its last Spot builder and with it the permission
      console.warn({ message: 'the Spot Instance request of a terminated builder was not canceled', id, why: awsErrorDetails(error) });
      return;
    }
    throw explainRefusedCall(`cancel the Spot Instance request ${id} of the builder instance ${builder.InstanceId}`, error) ?? error;
  }
}

/** The builders, and the instances that their requests have launched in their place: EC2 may show these without our tags. */
export async function withRelaunched(aws: AwsClients, builders: readonly Instance[]): Promise<Instance[]> {
  const ids = [...new Set(builders.flatMap(({ SpotInstanceRequestId }) => SpotInstanceRequestId ?? []))];
  const others = ids.length === 0 ? [] : await findInstancesOfSpotRequests(aws, ids);
  return [...builders, ...others.filter(({ InstanceId }) => !builders.some(one => one.InstanceId === InstanceId))];
}
