import { Image, Instance } from '@aws-sdk/client-ec2';
import { MultiKeyRequest, PlannedDevice, planDevices } from './device-plan';
import { checkKeys } from './preflight-build';
import { describeSourceImage } from '../ami/describe-source-image';
import { AwsClients } from '../aws/clients';
import { ec2Words } from '../aws/error-codes';
import { findTaggedSnapshots } from '../aws/find-images';
import { orphanedResourcesHint } from '../copy/explain-copy-failure';
import { DeploymentError } from '../outcomes';

/** A volume does not come into being, or cannot be attached: EC2 says so late, or only by letting it vanish. */
export async function explainBadKey(
  aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, what: string, words: string | undefined,
): Promise<DeploymentError> {
  const cause = await recheckPrerequisites(aws, request)
    ?? `its key ${device.keyArn} could not be used: check that the policy of the key allows the handler's role kms:Decrypt, kms:GenerateDataKeyWithoutPlaintext and ` +
    'kms:CreateGrant through EC2';
  return new DeploymentError(`${what}: ${cause} ${ec2Words(words)}`);
}

/** A builder that ended before it ran: of a bad key EC2 says "Client error on launch", or that a key is in an incorrect state, and not which. */
export async function explainFailedLaunch(aws: AwsClients, request: MultiKeyRequest, builder: Instance): Promise<DeploymentError> {
  if (builder.StateReason?.Code === 'Client.UserInitiatedShutdown') {
    return new DeploymentError(
      `the builder ${builder.InstanceId} was terminated by somebody else: look in CloudTrail for who terminates instances (a schedule, a policy about tags), let the builder run, ` +
      `and deploy again ${ec2Words(builder.StateReason.Message)}`,
    );
  }
  const { RootVolume, BlockDevices = [] } = request.properties;
  const keys = [RootVolume, ...BlockDevices].flatMap(volume => volume?.EncryptionKeyArn ?? []);
  const cause = await recheckPrerequisites(aws, request)
    ?? `all that can be checked is in order, which leaves a key whose policy denies its use (check ${keys.join(', ') || 'the keys of the source'}), or a fault of EC2 (deploy again)`;
  return new DeploymentError(`the builder ${builder.InstanceId} ended before it ran: ${cause} ${ec2Words(builder.StateReason?.Message ?? builder.StateTransitionReason)}`);
}

/** An image of a builder, or of copied snapshots, that did not come into being. */
export async function explainFailedImage(aws: AwsClients, request: MultiKeyRequest, image: Image): Promise<DeploymentError> {
  const ofSnapshots = (await findTaggedSnapshots(aws, request.owner)).filter(({ State, StateMessage }) => State === 'error' && StateMessage)
    .map(({ SnapshotId, StateMessage }) => `${SnapshotId}: ${StateMessage}`);
  const words = [image.StateReason?.Message, ...ofSnapshots].filter(Boolean).join('; ');
  const cause = await recheckPrerequisites(aws, request) ?? 'all that can be checked is in order, which leaves a fault of EC2: deploy again';
  return new DeploymentError(`the image ${image.ImageId} is ${image.State}: ${cause} ${ec2Words(words)}${await orphanedResourcesHint(aws, request, image)}`);
}

/** Something that was all right at the start and is not now. */
async function recheckPrerequisites(aws: AwsClients, request: MultiKeyRequest): Promise<string | undefined> {
  // a key that could not even be looked at is the cause only if there is no other
  for (const startedAt of [0, undefined]) {
    try {
      const source = await describeSourceImage(aws, request.account, request.properties.SourceImageId);
      await checkKeys(aws, request, source, planDevices(source, request.properties), startedAt);
    } catch (error) {
      if (error instanceof DeploymentError) {
        return error.message;
      }
    }
  }
  return undefined;
}
