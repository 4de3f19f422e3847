import { Image } from '@aws-sdk/client-ec2';
import { destinationLabel } from './check-copy-destination';
import { CopyRequest, isCrossRegionCopy } from './copy-request';
import { destinationKey, checkSourceForCopy } from './preflight-copy';
import { CopyEncryption, ImageProperties } from '../../src/contract';
import { checkKey } from '../ami/check-key';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, ACCESS_DENIED_CODES, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { describeSnapshots, devicesOf, findImage, findOwnSnapshots, ownerTagOf } from '../aws/find-images';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';
import { imageNameOf, ImageRequest } from '../request/image-request';

/** The causes and cures of what CopyImage refuses at once. */
export function explainRefusedCopy(request: CopyRequest, error: unknown): Error {
  const { code, message } = awsErrorDetails(error);
  const source = request.properties.SourceImageId;
  const said = `(EC2 said ${code}: ${message})`;
  switch (code) {
    case 'InvalidAMIID.NotFound':
    case 'InvalidAMIID.Unavailable':
      return new DeploymentError(`the source image ${source} is not there any more, or not shared any more: use an image that exists ${said}`);
    case 'InvalidAMIName.Duplicate':
      return new DeploymentError(`the image name "${imageNameOf(request)}" is taken: choose another imageName, or leave imageName out ${said}`);
    case 'InvalidAMIName.Malformed':
      return new DeploymentError(`the image name "${imageNameOf(request)}" is not one that EC2 allows: use 3 to 128 letters, digits and ( ) . / _ - ${said}`);
    case 'IdempotentParameterMismatch':
      return new DeploymentError(`the copy of ${source} that this request had started is gone, or was started with other parameters: deploy again ${said}`);
    case 'InvalidRequest':
      if (/throughput/i.test(message) && request.properties.CompletionDurationMinutes !== undefined) {
        return new NotReady(`no throughput is left for a time-based copy of ${source} ${said}`);
      }
      if (/Marketplace|BillingProduct/i.test(message)) {
        return new DeploymentError(
          `the source image ${source} has a licence that EC2 bills for, and its owner is another account, so EC2 does not copy it: launch an instance of it, and make ` +
          `an InstanceAmi of that, which keeps the licence ${said}`,
        );
      }
      return new DeploymentError(/storage of this ami/i.test(message)
        ? `the source image ${source} is shared with this account, but its storage is not: its owner must share each snapshot of it with account ${request.account} too ${said}`
        : refusal(request, message, said));
    default:
      return hasErrorCode(error, ACCESS_DENIED_CODES)
        ? new AccessDeniedError(`the handler may not copy ${source}: a service control policy or a permissions boundary may deny what its role allows ${said}`)
        : new DeploymentError(refusal(request, message, said));
  }
}

/** What there is no other sentence for. With which codes EC2 refuses places is not documented, so its words decide. */
function refusal({ properties }: CopyRequest, message: string, said: string): string {
  const place = /outpost|zone|destination/i.test(message) ? destinationLabel(properties) : undefined;
  const cure = properties.OutpostArn !== undefined
    ? 'check that it is an Outpost of this account, or is shared with it, that it is connected, and that it has S3 on Outposts'
    : 'check that the zone supports local snapshots, and takes copies from where the source is: some zones take them from their Region, or from the zones of their group, only';
  return `EC2 does not copy the source image ${properties.SourceImageId}${place === undefined ? '' : ` to ${place}: ${cure}`} ${said}`;
}

/**
 * EC2 reports a bad key late, as "Copy image failed with an internal error", so the handler looks for the cause itself: at the state
 * reasons of image and snapshots, and once more at everything that it looked at before.
 */
export async function explainFailedCopy(aws: AwsClients, request: CopyRequest, image: Image): Promise<DeploymentError> {
  const source = request.properties.SourceImageId;
  const words = await describeFailureReasons(aws, request, image);
  const cause = await recheckPrerequisites(aws, request) ?? guessCause(aws, request, words);
  const said = words.length > 0 ? `EC2 said of ${words.join('; of ')}` : 'EC2 gave no reason';
  return new DeploymentError(`the copy ${image.ImageId} of ${source} is ${image.State}: ${cause} (${said})${await orphanedResourcesHint(aws, request, image)}`);
}

/** What is known of a copy that EC2 has accepted, but does not show. */
export function acceptedButNotVisible(imageId: string): string {
  return `EC2 has accepted the copy as ${imageId}, but does not show it`;
}

/** What EC2 says of a failed image, and of its snapshots. */
export async function describeFailureReasons(aws: AwsClients, request: ImageRequest<ImageProperties>, image: Image): Promise<string[]> {
  const latest = await findImage(aws, image.ImageId!) ?? image;
  const ofImage = latest.StateReason?.Message ? [`${image.ImageId}: ${latest.StateReason.Message}`] : [];
  const ofSnapshots = (await findOwnSnapshots(aws, request.owner))
    .filter(snapshot => snapshot.State === 'error' && snapshot.StateMessage)
    .map(snapshot => `${snapshot.SnapshotId}: ${snapshot.StateMessage}`);
  return [...ofImage, ...ofSnapshots];
}

/** Something that was all right at the start and is not now. */
async function recheckPrerequisites(aws: AwsClients, request: CopyRequest): Promise<string | undefined> {
  try {
    // a key of the source that could not even be looked at is the cause only if there is no other
    await checkSourceForCopy(aws, request, 0);
    const key = await destinationKey(aws, request.properties);
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

function guessCause(aws: AwsClients, request: CopyRequest, words: string[]): string {
  if (request.properties.Encryption === CopyEncryption.PRESERVE && isCrossRegionCopy(aws, request.properties)) {
    return 'snapshots that are encrypted and snapshots that are not came from another Region, where the keys of the former do not exist: give encryptionKey, which all of ' +
      'them come out under, instead of preserveEncryption';
  }
  const key = request.properties.EncryptionKeyArn ?? "the account's default key for EBS";
  if (words.some(text => /\bkms\b|\bkey\b|\bcmk\b/i.test(text))) {
    return `a key could not be used: check that the policies of ${key} and of the source's keys allow the handler's role kms:Decrypt, ` +
      'kms:GenerateDataKeyWithoutPlaintext, kms:ReEncryptFrom, kms:ReEncryptTo and kms:CreateGrant through EC2';
  }
  const place = request.properties.OutpostArn === undefined ? '' : 'an Outpost without its connection or without room in its S3, ';
  return `all that can be checked is in order, which leaves a key whose policy denies its use (check ${key} and the source's keys, and CloudTrail for denied KMS calls ` +
    `of this time), ${place}or a fault of EC2 (deploy again)`;
}

/** The role may only touch what carries the owner's tag, and it is not documented whether that survives a failure. */
export async function orphanedResourcesHint(aws: AwsClients, request: ImageRequest<ImageProperties>, image: Image): Promise<string> {
  const lost = await findUntagged(aws, request, image);
  if (ownerTagOf(image) !== request.owner) {
    return `; ${[image.ImageId, ...lost].join(', ')} lost the owner's tag, so that the handler may not remove it: ` +
      `aws ec2 deregister-image --image-id ${image.ImageId} --delete-associated-snapshots`;
  }
  const commands = lost.map(snapshotId => `aws ec2 delete-snapshot --snapshot-id ${snapshotId}`).join('; ');
  return lost.length === 0 ? '' : `; ${lost.join(', ')} lost the owner's tag, so that the handler may not remove it: ${commands}`;
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
