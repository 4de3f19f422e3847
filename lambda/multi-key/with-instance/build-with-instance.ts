import { Instance, InstanceStateName, StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { lastConsoleOutput, throwIfUserDataFailed } from './console-output';
import { createImage } from './create-image';
import { launchBuilder } from './launch-builder';
import { endedForLackOfCapacity } from './launch-refusals';
import { builderInState, builderInterrupted, builderStopped, imageInCreation, spotRequestCanceled, userDataRunning, userDataTimedOut } from './messages';
import { findOwnBuilders } from './own-builders';
import { cancelSpotRequests, hasEnded, isInterrupted, isRelaunched } from './spot-requests';
import { AwsClients } from '../../aws/clients';
import { hasErrorCode } from '../../aws/error-codes';
import { findFailedImages } from '../../aws/find-images';
import { DeploymentError, NotReady, SHORT_WAIT_SECONDS } from '../../outcomes';
import { isOwnFailedImage } from '../../ownership/own-images';
import { seal } from '../../ownership/seal';
import { rememberInstance } from '../../request/memory';
import { describeBuildSource } from '../build-source';
import { MultiKeyRequest, Plan, planDevices } from '../device-plan';
import { explainFailedImage, explainFailedLaunch } from '../explain-build-failure';
import { throwIfAccepted } from '../own-builds';
import { preflight } from '../preflight-build';
import { attachNewVolume } from '../volumes/create-volumes';
import { findOwnVolumes } from '../volumes/own-volumes';

const MAX_PREPARE_WAIT_SECONDS = 10;

/** An instance takes at least so long to stop. */
const MIN_STOP_SECONDS = 10;

const RUNNING_STATES: (InstanceStateName | undefined)[] = ['pending', 'running', 'stopping', 'stopped'];

/** Takes the next step of a build with a builder instance, and always ends with `NotReady` or `DeploymentError`: the image itself is found by its tags. */
export async function buildWithInstance(aws: AwsClients, request: MultiKeyRequest): Promise<never> {
  const instances = await findOwnBuilders(aws, request);
  const relaunched = instances.filter(one => isRelaunched(one, instances));
  await cancelSpotRequests(aws, request, instances.filter(hasEnded));
  await terminate(aws, relaunched.filter(one => !hasEnded(one)));
  const running = instances.filter(one => RUNNING_STATES.includes(one.State?.Name) && !relaunched.includes(one));
  const builder = await keepOneBuilder(aws, request, running);
  if (!builder) {
    return launch(aws, request, instances.filter(one => !relaunched.includes(one)));
  }
  const plan = planDevices(await describeBuildSource(aws, request), request.properties);
  // EC2 shows a terminated instance only for some time, but the AMI is recognized by its instance
  rememberInstance(request.memory, builder.InstanceId!);
  await seal(aws, [{ id: builder.InstanceId!, Tags: builder.Tags }]);
  if (isInterrupted(builder)) {
    throw new DeploymentError(builderInterrupted({ instanceId: builder.InstanceId, reason: builder.StateReason?.Message }));
  }
  await attachNewVolumes(aws, request, builder, plan);
  switch (builder.State?.Name) {
    case 'running':
      if (request.properties.UserData) {
        await throwIfUserDataFailed(aws, builder);
        await checkStillPreparing(aws, request, builder);
        throw new NotReady(userDataRunning({ instanceId: builder.InstanceId }), prepareSeconds(aws, request));
      }
      await stopBuilder(aws, builder);
      throw new NotReady(builderInState({ instanceId: builder.InstanceId, state: 'stopping' }), MIN_STOP_SECONDS);
    case 'stopped':
      checkStoppedByItself(request, builder);
      if (request.properties.UserData) {
        // it can have reported a failure, and have stopped the instance nevertheless
        await throwIfUserDataFailed(aws, builder);
      }
      await throwIfEarlierAttemptFailed(aws, request, builder);
      throwIfAccepted(aws, request);
      await createImage(aws, request, builder, plan);
      throw new NotReady(imageInCreation({ instanceId: builder.InstanceId }), true);
    default:
      throw new NotReady(builderInState({ instanceId: builder.InstanceId, state: builder.State?.Name }), true);
  }
}

async function launch(aws: AwsClients, request: MultiKeyRequest, ended: readonly Instance[]): Promise<never> {
  const failed = ended.find(instance => !endedForLackOfCapacity(instance));
  if (failed) {
    throw await explainFailedLaunch(aws, request, failed);
  }
  const checked = await preflight(aws, request);
  const builder = await launchBuilder(aws, request, checked, ended);
  throw new NotReady(builderInState({ instanceId: builder.InstanceId, state: builder.State?.Name }), true);
}

/**
 * A second builder instance exists only if the response to its launch was lost, and EC2 did not show it yet when the next type was tried. It has done
 * nothing yet.
 */
async function keepOneBuilder(aws: AwsClients, request: MultiKeyRequest, running: readonly Instance[]): Promise<Instance | undefined> {
  const [first, ...others] = [...running].sort((one, other) => Number(one.LaunchTime) - Number(other.LaunchTime));
  await cancelSpotRequests(aws, request, others);
  await terminate(aws, others);
  return first;
}

async function terminate(aws: AwsClients, instances: readonly Instance[]): Promise<void> {
  if (instances.length > 0) {
    await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: instances.map(({ InstanceId }) => InstanceId!) }));
  }
}

async function stopBuilder(aws: AwsClients, { InstanceId }: Instance): Promise<void> {
  try {
    await aws.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId!] }));
  } catch (error) {
    throw hasErrorCode(error, ['IncorrectSpotRequestState']) ? new DeploymentError(spotRequestCanceled({ instanceId: InstanceId }, error)) : error;
  }
}

/** Attaches all volumes at once, so that the build takes as long as its slowest volume. */
async function attachNewVolumes(aws: AwsClients, request: MultiKeyRequest, builder: Instance, plan: Plan): Promise<void> {
  const added = plan.devices.filter(({ volume }) => volume);
  if (added.every(({ name }) => isAttached(request, builder, name))) {
    return;
  }
  const zone = builder.Placement!.AvailabilityZone!;
  if (builder.State?.Name === 'pending' && added.every(({ name }) => request.memory.ids?.volumes?.[`${name} in ${zone}`] !== undefined)) {
    throw new NotReady(builderInState({ instanceId: builder.InstanceId, state: builder.State?.Name }), true);
  }
  // without an id, CreateVolume is the first call; if it is a repeated one, it answers with the volume that is there
  const isFirst = Object.keys(request.memory.ids?.volumes ?? {}).length === 0;
  const volumes = isFirst ? [] : await findOwnVolumes(aws, request, async () => [builder]);
  const waiting = await Promise.all(added.map(device => attachNewVolume(aws, request, builder, device, volumes)));
  const first = waiting.find(reason => reason !== undefined);
  if (first !== undefined) {
    throw new NotReady(first, true);
  }
}

/** The instance tells its attachments, too: the volumes need not be listed as long as the builder works. */
function isAttached({ memory }: MultiKeyRequest, { BlockDeviceMappings = [] }: Instance, device: string): boolean {
  const { Status, VolumeId } = BlockDeviceMappings.find(({ DeviceName }) => DeviceName === device)?.Ebs ?? {};
  return Status === 'attached' && Object.values(memory.ids?.volumes ?? {}).includes(VolumeId!);
}

/** Longer as the user data runs longer, but short enough for its timeout. */
function prepareSeconds(aws: AwsClients, { startedAt }: MultiKeyRequest): number {
  return Math.min(MAX_PREPARE_WAIT_SECONDS, Math.max(SHORT_WAIT_SECONDS, (aws.now() - startedAt) / 10_000));
}

async function checkStillPreparing(aws: AwsClients, request: MultiKeyRequest, builder: Instance): Promise<void> {
  const { UserDataTimeoutSeconds = 1_800 } = request.properties;
  const launched = builder.LaunchTime?.getTime() ?? request.startedAt;
  // also at the deadline of the request, so that the message has the console output
  const end = Math.min(launched + UserDataTimeoutSeconds * 1_000, request.deadline);
  if (aws.now() < end) {
    return;
  }
  const minutes = Math.round((end - launched) / 60_000);
  throw new DeploymentError(userDataTimedOut({ instanceId: builder.InstanceId, minutes, output: await lastConsoleOutput(aws, builder) }));
}

/** "Client.UserInitiatedShutdown", "Server.ScheduledStop" and others: the builder instance was not stopped by its user data. */
function checkStoppedByItself({ properties: { UserData } }: MultiKeyRequest, { InstanceId, StateReason }: Instance): void {
  if (UserData && StateReason?.Code && StateReason.Code !== 'Client.InstanceInitiatedShutdown') {
    throw new DeploymentError(builderStopped({ instanceId: InstanceId, reason: StateReason.Message }));
  }
}

/** A failed image may have lost its tags. Without this check it would not be found, and CreateImage would be called, and fail, again and again. */
async function throwIfEarlierAttemptFailed(aws: AwsClients, request: MultiKeyRequest, builder: Instance): Promise<void> {
  const failed = (await findFailedImages(aws)).find(image => image.SourceInstanceId === builder.InstanceId && isOwnFailedImage(request, image));
  if (failed) {
    throw await explainFailedImage(aws, request, failed);
  }
}
