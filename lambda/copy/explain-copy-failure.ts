import { Image } from '@aws-sdk/client-ec2';
import { explainShortDuration } from './check-completion-duration';
import { destinationLabel } from './check-copy-destination';
import { CopyRequest, isCrossRegionCopy, sourceRegionClientsOf } from './copy-request';
import { checkLocalZoneHint, checkOutpostHint } from './destination-messages';
import {
  causeUnknown, completionDurationRefused, copyFailed, copyOfRequestGone, copyRefused, imageNameTaken, imageQuotaReached,
  keyCouldNotBeUsed, mixedEncryptionAcrossRegions,
  noThroughputLeft, ownerTagLost, sourceImageBilled, sourceStorageNotShared,
} from './messages';
import { destinationKey, checkSourceForCopy } from './preflight-copy';
import { CopyEncryption, ImageProperties, OWNER_TAG } from '../../src/contract';
import { explainRefusedCall } from '../ami/explain-refused-call';
import { checkKey, withoutAwsManagedKeys } from '../ami/keys/check-key';
import { isAlias, sourceKey } from '../ami/keys/key-reference';
import { DEFAULT_KEY_LABEL, keyAccessDenied, keyPolicyHint, UNKNOWN_KEY_LABEL } from '../ami/keys/messages';
import { imageNameMalformed, sourceImageGone } from '../ami/messages';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { describeSnapshots, devicesOf, findImage, findTaggedSnapshots, ownerTagOf } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';
import { imageNameOf, ImageRequest } from '../request/image-request';

/** The error for a copy that CopyImage refuses at once. */
export function explainRefusedCopy(request: CopyRequest, error: unknown): Error {
  const { code, message } = awsErrorDetails(error);
  const sourceId = request.properties.SourceImageId;
  const name = imageNameOf(request);
  switch (code) {
    case 'InvalidAMIID.NotFound':
    case 'InvalidAMIID.Unavailable':
      return new DeploymentError(sourceImageGone({ imageId: sourceId }, error));
    case 'InvalidAMIName.Duplicate':
      return new DeploymentError(imageNameTaken({ name }, error));
    case 'InvalidAMIName.Malformed':
      return new DeploymentError(imageNameMalformed({ name }, error));
    case 'ResourceLimitExceeded':
      return new DeploymentError(imageQuotaReached({ sourceId }, error));
    case 'IdempotentParameterMismatch':
      return new DeploymentError(copyOfRequestGone({ sourceId }, error));
    case 'InvalidRequest':
      if (/throughput/i.test(message) && request.properties.CompletionDurationMinutes !== undefined) {
        return new NotReady(noThroughputLeft({ sourceId }, error));
      }
      if (/Marketplace|BillingProduct/i.test(message)) {
        return new DeploymentError(sourceImageBilled({ sourceId }, error));
      }
      return new DeploymentError(/storage of this ami/i.test(message) ? sourceStorageNotShared({ sourceId, account: request.account }, error) : refusal(request, error));
    case 'InvalidParameterValue':
      if (/completion ?duration/i.test(message)) {
        const { properties, memory } = request;
        const cause = memory.source && explainShortDuration(properties, memory.source);
        return new DeploymentError(completionDurationRefused({ sourceId, minutes: properties.CompletionDurationMinutes, cause }, error));
      }
      return new DeploymentError(refusal(request, error));
    default:
      return explainRefusedCall(`copy the source image ${sourceId}`, error) ?? new DeploymentError(refusal(request, error));
  }
}

/** Any other refusal. With which codes EC2 refuses destinations is not documented, so its words decide. */
function refusal({ properties }: CopyRequest, error: unknown): string {
  const isAboutDestination = /outpost|zone|destination/i.test(awsErrorDetails(error).message);
  return copyRefused({
    sourceId: properties.SourceImageId,
    destination: isAboutDestination ? destinationLabel(properties) : undefined,
    hint: properties.OutpostArn !== undefined ? checkOutpostHint() : checkLocalZoneHint(),
  }, error);
}

/**
 * EC2 reports a bad key late, as "Copy image failed with an internal error", so the handler finds the cause itself: it reads the state reasons of image
 * and snapshots, and repeats all checks.
 */
export async function explainFailedCopy(aws: AwsClients, request: CopyRequest, image: Image): Promise<DeploymentError> {
  const reasons = await describeFailureReasons(aws, request, image);
  const cause = await recheckPrerequisites(aws, request) ?? await guessCause(aws, request, reasons);
  const orphanedResources = await orphanedResourcesHint(aws, request, image);
  return new DeploymentError(copyFailed({
    imageId: image.ImageId, sourceId: request.properties.SourceImageId, state: image.State, cause, orphanedResources, reasons,
  }));
}

/** The state reasons of a failed image and of its snapshots, each after its ID. */
export async function describeFailureReasons(aws: AwsClients, request: ImageRequest<ImageProperties>, image: Image): Promise<string[]> {
  const latest = await findImage(aws, image.ImageId!) ?? image;
  const ofImage = latest.StateReason?.Message ? [`${image.ImageId}: ${latest.StateReason.Message}`] : [];
  const ofSnapshots = (await findTaggedSnapshots(aws, request.owner))
    .filter(snapshot => snapshot.State === 'error' && snapshot.StateMessage)
    .map(snapshot => `${snapshot.SnapshotId}: ${snapshot.StateMessage}`);
  return [...ofImage, ...ofSnapshots];
}

/** The message of a check that passed at the start and fails now. */
async function recheckPrerequisites(aws: AwsClients, request: CopyRequest): Promise<string | undefined> {
  try {
    // a key of the source that the handler role cannot describe is the cause only if there is no other
    await checkSourceForCopy(aws, request, -Infinity);
    const key = await destinationKey(aws, request);
    if (key) {
      await checkKey(aws, key);
    }
    await checkSourceForCopy(aws, request);
  } catch (error) {
    if (error instanceof DeploymentError) {
      return error.message;
    }
  }
  return undefined;
}

async function guessCause(aws: AwsClients, request: CopyRequest, reasons: readonly string[]): Promise<string> {
  const { properties, account, memory } = request;
  if (properties.Encryption === CopyEncryption.PRESERVE && isCrossRegionCopy(aws, properties)) {
    return mixedEncryptionAcrossRegions();
  }
  const sourceRegionClients = sourceRegionClientsOf(aws, properties);
  const allSourceArns = (memory.source?.devices ?? []).flatMap(({ snapshot }) => snapshot.KmsKeyId ?? []);
  const sourceArns = await withoutAwsManagedKeys(sourceRegionClients, allSourceArns);
  const user = { account, regions: [sourceRegionClients.region, aws.region] };
  const { SourceEncryptionKeyArns = [] } = properties;
  const notPassed = sourceArns.find(arn => !SourceEncryptionKeyArns.includes(arn) && !SourceEncryptionKeyArns.some(isAlias));
  if (notPassed !== undefined) {
    const { accessDeniedHint } = sourceKey(notPassed, UNKNOWN_KEY_LABEL, user, []);
    return keyAccessDenied({ label: 'a key of the source', arn: notPassed, hint: accessDeniedHint });
  }
  const arns = [...new Set([...properties.EncryptionKeyArn === undefined ? [] : [properties.EncryptionKeyArn], ...sourceArns])];
  const hint = arns.length === 0 ? '' : ` ${keyPolicyHint({ arns, ...user })}`;
  const keys = arns.length === 0 ? DEFAULT_KEY_LABEL : arns.join(' or ');
  const isAboutKey = reasons.some(text => /\bkms\b|\bkey\b|\bcmk\b/i.test(text));
  return isAboutKey ? keyCouldNotBeUsed({ keys, hint }) : causeUnknown({ keys, hint, isToOutpost: properties.OutpostArn !== undefined });
}

/** The handler role may delete only resources with the owner tag, and it is not documented whether failed ones keep it. Empty if all have it. */
export async function orphanedResourcesHint(aws: AwsClients, request: ImageRequest<ImageProperties>, image: Image): Promise<string> {
  const lost = await findUntagged(aws, request, image);
  if (ownerTagOf(image) !== request.owner) {
    return ownerTagLost({
      ids: [image.ImageId!, ...lost], tag: OWNER_TAG, command: `aws ec2 deregister-image --image-id ${image.ImageId} --delete-associated-snapshots --region ${aws.region}`,
    });
  }
  const command = lost.map(snapshotId => `aws ec2 delete-snapshot --snapshot-id ${snapshotId} --region ${aws.region}`).join('; ');
  return lost.length === 0 ? '' : ownerTagLost({ ids: lost, tag: OWNER_TAG, command });
}

async function findUntagged(aws: AwsClients, request: ImageRequest<ImageProperties>, image: Image): Promise<string[]> {
  const lost: string[] = [];
  for (const { snapshotId } of devicesOf(image)) {
    try {
      const [snapshot] = snapshotId ? await describeSnapshots(aws, [snapshotId]) : [];
      if (snapshot && ownerTagOf(snapshot) !== request.owner) {
        lost.push(snapshot.SnapshotId!);
      }
    } catch (error) {
      if (!hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES)) {
        throw error;
      }
    }
  }
  return lost;
}
