import {
  CreateImageCommand, GetConsoleOutputCommand, Instance, InstanceStateName, StopInstancesCommand, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { attachNewVolume } from './create-volumes';
import { MultiKeyRequest, descriptionOf, Plan, planDevices } from './device-plan';
import { explainFailedImage, explainFailedLaunch } from './explain-build-failure';
import { endedForLackOfCapacity, launchBuilder } from './launch-builder';
import { findOwnBuilders } from './own-builders';
import { preflight } from './preflight-build';
import { checkImageName } from '../ami/check-image-name';
import { describeSourceImage } from '../ami/describe-source-image';
import { tagsOf } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, isTransient, ec2Words } from '../aws/error-codes';
import { findFailedImages } from '../aws/find-images';
import { DeploymentError, NotReady, SHORT_WAIT_SECONDS } from '../outcomes';
import { isOwnFailedImage } from '../ownership/own-images';
import { findOwnVolumes } from '../ownership/own-volumes';
import { seal } from '../ownership/seal';
import { imageNameOf } from '../request/image-request';
import { rememberInstance } from '../request/memory';

const MAX_PREPARE_WAIT_SECONDS = 10;

const RUNNING_STATES: (InstanceStateName | undefined)[] = ['pending', 'running', 'stopping', 'stopped'];

/** Takes the next step towards the image of a builder, and always ends with `NotReady` or `DeploymentError`: the image itself is found by its tags. */
export async function buildWithInstance(aws: AwsClients, request: MultiKeyRequest): Promise<never> {
  const instances = await findOwnBuilders(aws, request);
  const builder = await keepOneBuilder(aws, instances.filter(({ State }) => RUNNING_STATES.includes(State?.Name)));
  if (!builder) {
    return launch(aws, request, instances);
  }
  const plan = planDevices(await describeSourceImage(aws, request.account, request.properties.SourceImageId), request.properties);
  // EC2 shows a terminated instance for a while only, and the AMI has to be recognised by it
  rememberInstance(request.memory, builder.InstanceId!);
  await seal(aws, [{ id: builder.InstanceId!, Tags: builder.Tags }]);
  await attachNewVolumes(aws, request, builder, plan);
  switch (builder.State?.Name) {
    case 'running':
      if (request.properties.UserData) {
        await checkStillPreparing(aws, request, builder);
        throw new NotReady(`the builder ${builder.InstanceId} runs its user data`, prepareSeconds(aws, request));
      }
      await aws.ec2.send(new StopInstancesCommand({ InstanceIds: [builder.InstanceId!] }));
      throw new NotReady(`the builder ${builder.InstanceId} is stopping`, true);
    case 'stopped':
      checkStoppedByItself(request, builder);
      await throwIfEarlierAttemptFailed(aws, request, builder);
      await createImage(aws, request, builder, plan);
      throw new NotReady(`the image of ${builder.InstanceId} is being made`, true);
    default:
      throw new NotReady(`the builder ${builder.InstanceId} is ${builder.State?.Name}`, true);
  }
}

async function launch(aws: AwsClients, request: MultiKeyRequest, ended: readonly Instance[]): Promise<never> {
  const failed = ended.find(instance => !endedForLackOfCapacity(instance));
  if (failed) {
    throw await explainFailedLaunch(aws, request, failed);
  }
  const checked = await preflight(aws, request);
  const builder = await launchBuilder(aws, request, checked, ended);
  throw new NotReady(`the builder ${builder.InstanceId} is ${builder.State?.Name}`, true);
}

/**
 * One builder. A second one can only come of an answer that was lost when the first type had no room, while EC2 did not show yet what it had
 * launched instead; it has done nothing yet.
 */
async function keepOneBuilder(aws: AwsClients, alive: readonly Instance[]): Promise<Instance | undefined> {
  const [first, ...others] = [...alive].sort((one, other) => (one.LaunchTime?.getTime() ?? 0) - (other.LaunchTime?.getTime() ?? 0));
  if (others.length > 0) {
    await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: others.map(({ InstanceId }) => InstanceId!) }));
  }
  return first;
}

/** All at once: the time of a build is that of its slowest volume. */
async function attachNewVolumes(aws: AwsClients, request: MultiKeyRequest, builder: Instance, plan: Plan): Promise<void> {
  const added = plan.devices.filter(({ volume }) => volume);
  if (added.length === 0) {
    return;
  }
  const volumes = await findOwnVolumes(aws, request, [builder]);
  await seal(aws, volumes.map(({ VolumeId, Tags }) => ({ id: VolumeId!, Tags })));
  const waiting = await Promise.all(added.map(device => attachNewVolume(aws, request, builder, device, volumes)));
  const first = waiting.find(why => why !== undefined);
  if (first !== undefined) {
    throw new NotReady(first, true);
  }
}

/** It takes what it takes to prepare, and the end of its time must not be missed. */
function prepareSeconds(aws: AwsClients, { startedAt }: MultiKeyRequest): number {
  return Math.min(MAX_PREPARE_WAIT_SECONDS, Math.max(SHORT_WAIT_SECONDS, (aws.now() - startedAt) / 10_000));
}

async function checkStillPreparing(aws: AwsClients, request: MultiKeyRequest, builder: Instance): Promise<void> {
  const { UserDataTimeoutSeconds = 1_800 } = request.properties;
  const launched = builder.LaunchTime?.getTime() ?? request.startedAt;
  // where the time of the whole request is over first, this is the last chance to say what the console says
  const end = Math.min(launched + UserDataTimeoutSeconds * 1_000, request.deadline);
  if (aws.now() < end) {
    return;
  }
  throw new DeploymentError(
    `the builder ${builder.InstanceId} did not stop itself within ${Math.round((end - launched) / 60_000)} minutes: the user data must end with "shutdown -h now"; ` +
    `its console ends with: ${await lastConsoleOutput(aws, builder)}`,
  );
}

/** "Client.UserInitiatedShutdown", "Server.ScheduledStop" and the like: somebody else has stopped a builder that was to stop itself. */
function checkStoppedByItself({ properties: { UserData } }: MultiKeyRequest, { InstanceId, StateReason }: Instance): void {
  if (UserData && StateReason?.Code && StateReason.Code !== 'Client.InstanceInitiatedShutdown') {
    throw new DeploymentError(
      `the builder ${InstanceId} was stopped before its user data had ended, and not by itself: look in CloudTrail for who stops instances (a schedule, a policy about tags), let the builder run, ` +
      `and deploy again ${ec2Words(StateReason.Message)}`,
    );
  }
}

async function lastConsoleOutput(aws: AwsClients, { InstanceId }: Instance): Promise<string> {
  const output = (Latest?: boolean) => aws.ec2.send(new GetConsoleOutputCommand({ InstanceId, Latest }));
  try {
    // "This instance type does not support retrieving the latest console logs", of types that are not of the Nitro system
    const { Output } = await output(true).catch((error: unknown) => hasErrorCode(error, ['UnsupportedOperation']) ? output() : Promise.reject(error));
    return JSON.stringify(Buffer.from(Output ?? '', 'base64').toString('utf8').trimEnd().slice(-400));
  } catch (error) {
    return `(not to be had: ${awsErrorDetails(error).code})`;
  }
}

/** An image that failed may have lost its tags; without them it would be made, and fail, again and again. */
async function throwIfEarlierAttemptFailed(aws: AwsClients, request: MultiKeyRequest, builder: Instance): Promise<void> {
  const failed = (await findFailedImages(aws)).find(image => image.SourceInstanceId === builder.InstanceId && isOwnFailedImage(request, image));
  if (failed) {
    throw await explainFailedImage(aws, request, failed);
  }
}

/** CreateImage has no client token: what an earlier call has made is found by its tags, and its name keeps a second one from being made. */
async function createImage(aws: AwsClients, request: MultiKeyRequest, builder: Instance, plan: Plan): Promise<void> {
  const tags = tagsOf(request);
  await request.throwIfCanceled();
  try {
    await aws.ec2.send(new CreateImageCommand({
      InstanceId: builder.InstanceId,
      Name: imageNameOf(request),
      Description: descriptionOf(request.properties),
      // it is stopped already
      NoReboot: true,
      // "The parameter KmsKeyId is not recognized": each snapshot gets the key of its volume, and only this may be said
      BlockDeviceMappings: plan.devices.map(({ name, deleteOnTermination }) => ({
        DeviceName: name, Ebs: { DeleteOnTermination: deleteOnTermination },
      })),
      TagSpecifications: [{ ResourceType: 'image', Tags: tags }, { ResourceType: 'snapshot', Tags: tags }],
    }));
  } catch (error) {
    const { code, message } = awsErrorDetails(error);
    if (code === 'InvalidAMIName.Duplicate') {
      // of somebody else's, or of the image that an earlier call has made and that does not show yet
      await checkImageName(aws, request);
      throw new NotReady(`EC2 does not show the image "${imageNameOf(request)}" yet`, true);
    }
    throw isTransient(error) || hasErrorCode(error, ['IncorrectState', 'IncorrectInstanceState']) ? new NotReady(`${code}: ${message}`)
      : new DeploymentError(`EC2 does not make an image of the builder ${builder.InstanceId} (EC2 said ${code}: ${message})`);
  }
}
