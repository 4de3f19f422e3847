import { Image, Instance } from '@aws-sdk/client-ec2';
import { describeBuildSourceAgain } from './build-source';
import { MultiKeyRequest, PlannedDevice, planDevices } from './device-plan';
import { imageCauseUnknown, imageFailed } from './messages';
import { checkKeys } from './preflight-build';
import { keyCouldNotBeUsed, notUsable } from './volumes/messages';
import { builderInterrupted, builderTerminated, launchCauseUnknown, launchFailed } from './with-instance/messages';
import { isInterrupted } from './with-instance/spot-requests';
import { keyPolicyHint } from '../ami/keys/messages';
import { AwsClients } from '../aws/clients';
import { describeFailureReasons, orphanedResourcesHint } from '../copy/explain-copy-failure';
import { DeploymentError } from '../outcomes';

/** The error for a volume or snapshot that EC2 has accepted and that then failed. `problem` is a sentence without its full stop, `words` those of EC2. */
export async function explainBadKey(
  aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, problem: string, words = '',
): Promise<DeploymentError> {
  const keyArn = device.keyArn ?? device.source?.snapshot.KmsKeyId;
  const hint = hintFor(aws, request, keyArn === undefined ? [] : [keyArn]);
  const cause = await recheckPrerequisites(aws, request) ?? keyCouldNotBeUsed({ keyArn, hint });
  return new DeploymentError(notUsable({ problem, cause, words }));
}

/** The error for a builder instance that was terminated during launch. "Client error on launch" does not say which key cannot be used. */
export async function explainFailedLaunch(aws: AwsClients, request: MultiKeyRequest, builder: Instance): Promise<DeploymentError> {
  if (builder.StateReason?.Code === 'Client.UserInitiatedShutdown') {
    return new DeploymentError(builderTerminated({ instanceId: builder.InstanceId, reason: builder.StateReason.Message }));
  }
  if (isInterrupted(builder)) {
    return new DeploymentError(builderInterrupted({ instanceId: builder.InstanceId, reason: builder.StateReason?.Message }));
  }
  const { RootVolume, BlockDevices = [] } = request.properties;
  const devices = request.memory.source?.devices ?? [];
  const keptArns = devices.flatMap(({ snapshot }) => snapshot.KmsKeyId ?? []);
  const hiddenSnapshots = devices.flatMap(({ snapshot, isHidden }) => isHidden && snapshot.Encrypted ? snapshot.SnapshotId ?? [] : []);
  const keyArns = [...new Set([...[RootVolume, ...BlockDevices].flatMap(volume => volume?.EncryptionKeyArn ?? []), ...keptArns])];
  const cause = await recheckPrerequisites(aws, request) ?? launchCauseUnknown({
    keyArns, hiddenSnapshots, hint: hintFor(aws, request, keyArns), isSpot: builder.InstanceLifecycle === 'spot',
  });
  return new DeploymentError(launchFailed({
    instanceId: builder.InstanceId, cause, reason: builder.StateReason?.Message ?? builder.StateTransitionReason,
  }));
}

/** The error for a failed image of a builder instance, or of copied snapshots. */
export async function explainFailedImage(aws: AwsClients, request: MultiKeyRequest, image: Image): Promise<DeploymentError> {
  const reasons = await describeFailureReasons(aws, request, image);
  const cause = await recheckPrerequisites(aws, request) ?? imageCauseUnknown();
  const orphanedResources = await orphanedResourcesHint(aws, request, image);
  return new DeploymentError(imageFailed({ imageId: image.ImageId, state: image.State, cause, orphanedResources, reasons }));
}

/** The message of a check that passed at the start and fails now. */
async function recheckPrerequisites(aws: AwsClients, request: MultiKeyRequest): Promise<string | undefined> {
  // a key that the handler role cannot describe is the cause only if there is no other
  for (const startedAt of [0, undefined]) {
    try {
      const source = await describeBuildSourceAgain(aws, request);
      await checkKeys(aws, request, planDevices(source, request.properties), startedAt);
    } catch (error) {
      if (error instanceof DeploymentError) {
        return error.message;
      }
    }
  }
  return undefined;
}

/** The statements that the policies of keys must have, after a space; nothing where no key is known. */
function hintFor(aws: AwsClients, { account }: MultiKeyRequest, arns: readonly string[]): string {
  return arns.length === 0 ? '' : ` ${keyPolicyHint({ arns, account, regions: [aws.region] })}`;
}
