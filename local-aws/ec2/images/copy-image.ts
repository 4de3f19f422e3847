import { CopyImageRequest } from '@aws-sdk/client-ec2';
import { Destination, destinationOf, encryptionOutcomeAt } from './copy-destinations';
import { canReadSnapshot, visibleImage, copyableImage } from './image-access';
import { scheduleImageCompletion } from './image-completion';
import { checkDescription, checkImageName, checkNameIsFree } from './image-names';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { partitionOf } from '../../regions/partition';
import { permissionsToCreate, RequiredPermission, requestTags, specifiedTags, permissionToTag } from '../authorization/ec2-authorization';
import { newSnapshotResource, publicArn, untaggedImage, untaggedSnapshot } from '../authorization/iam-resources';
import { checkNamedKey } from '../encryption/named-key';
import { dependencyViolation } from '../requests/errors';
import { checkDuration, checkThroughput } from '../snapshots/copy-throughput';
import { PendingSnapshot, startCopy } from '../snapshots/snapshot-copies';
import { alreadyDeleted } from '../state/client-tokens';
import { Ec2Context } from '../state/ec2-context';
import { inAccountAndRegion, newResourceId } from '../state/ec2-state';
import { Image, noPermissions, Snapshot } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';

type Tags = ReadonlyMap<string, string>;

/** Checks the request like EC2: an unusable key is not an error of the request, the image fails later. */
export function copyImage(ec2: Ec2Context, call: Call): object {
  const input = call.input as unknown as CopyImageRequest;
  const place = accountAndRegionOf(call);
  const source = visibleImage(ec2, place.account, input.SourceRegion ?? '', input.SourceImageId ?? '');
  const snapshots = source ? snapshotsOf(ec2, source) : [];
  const imageTags = new Map([...copiedTags(ec2, place.account, input, source), ...specifiedTags(input.TagSpecifications, 'image')]);
  const snapshotTags = specifiedTags(input.TagSpecifications, 'snapshot');
  checkTagSpecifications(input.TagSpecifications, ['image', 'snapshot']);
  ec2.permissions.require(call, requiredPermissions(ec2, call, source, snapshots, imageTags, snapshotTags));

  const earlier = earlierRequestWithToken(ec2, call, input);
  if (earlier) {
    return { ImageId: earlier };
  }
  checkImageName(ec2, input.Name ?? '');
  checkDescription(input.Description);
  checkCopyable(call.principal, copyableImage(ec2, call, input.SourceRegion ?? '', input.SourceImageId ?? ''), snapshots);
  const destination = destinationOf(ec2, call, input, source!, snapshots);
  checkEncryption(ec2, call, input, snapshots);
  checkDuration(input.SnapshotCopyCompletionDurationMinutes, 'SnapshotCopyCompletionDurationMinutes');
  checkThroughput(ec2, place, snapshots, input.SnapshotCopyCompletionDurationMinutes);
  checkLimits(ec2, call);
  if (ec2.switches.copyNamesAreUnique) {
    checkNameIsFree(ec2, place, input.Name ?? '');
  }

  const image = start(ec2, call, input, source!, snapshots, destination, imageTags, snapshotTags);
  ec2.state.tokens.record(place, 'CopyImage', input, image.id);
  return { ImageId: image.id };
}

/** Creates the image. It is pending until all copies of snapshots have completed. */
function start(
  ec2: Ec2Context, call: Call, input: CopyImageRequest, source: Image, snapshots: readonly Snapshot[], destination: Destination, imageTags: Tags,
  snapshotTags: Tags,
): Image {
  const { state, clock, settings: { timing } } = ec2;
  const id = newResourceId('ami');
  const copies = new Map(snapshots.map((snapshot): [string, PendingSnapshot] => [snapshot.id, startCopy(ec2, call, snapshot, {
    encrypted: input.Encrypted,
    kmsKeyId: input.KmsKeyId,
    completionDurationMinutes: input.SnapshotCopyCompletionDurationMinutes,
    license: snapshot.license,
    ofImage: true,
    destination,
    outcome: encryptionOutcomeAt(destination, input),
    description: `Copied for DestinationAmi ${id} from SourceAmi ${source.id} for SourceSnapshot ${snapshot.id}. ` +
      `Task created on ${clock.now().toLocaleString('en-US', { maximumFractionDigits: 0 })}.`,
  })]));
  const image: Image = {
    ...accountAndRegionOf(call),
    id,
    createdAt: clock.now(),
    seeded: false,
    reads: 0,
    name: input.Name ?? '',
    description: input.Description ?? '',
    attributes: source.attributes,
    devices: source.devices.map(device => device.ebs?.snapshotId
      ? { ...device, ebs: { ...device.ebs, snapshotId: copies.get(device.ebs.snapshotId)!.snapshot.id } }
      : device),
    state: 'pending',
    sourceImage: { id: source.id, region: source.region },
    copied: true,
    bucket: source.bucket && bundleBucket(call),
    launchPermissions: noPermissions(),
    protection: 'disabled',
    imdsSupport: source.imdsSupport,
  };
  state.images.set(id, image);
  state.tags.put(image.account, id, imageTags);
  for (const { snapshot } of copies.values()) {
    state.tags.put(snapshot.account, snapshot.id, snapshotTags);
  }
  scheduleImageCompletion(ec2, image, [...copies.values()], clock.now() + timing.copyStart);
  return image;
}

function snapshotsOf({ state }: Ec2Context, image: Image): Snapshot[] {
  return image.devices.map(device => state.snapshots.get(device.ebs?.snapshotId ?? '')).filter(snapshot => snapshot !== undefined);
}

/** The caller's own tags of the source, without those of other accounts. */
function copiedTags({ state }: Ec2Context, viewer: string, input: CopyImageRequest, source: Image | undefined): [string, string][] {
  return input.CopyImageTags && source
    ? state.tags.list(viewer, source.id)
      .filter(tag => !tag.Key?.startsWith('aws:'))
      .map(tag => [tag.Key ?? '', tag.Value ?? ''])
    : [];
}

function requiredPermissions(
  { settings, switches }: Ec2Context, call: Call, source: Image | undefined, snapshots: readonly Snapshot[], imageTags: Tags, snapshotTags: Tags,
): RequiredPermission[] {
  const specified = specifiedTags((call.input as unknown as CopyImageRequest).TagSpecifications, 'image');
  const image = { arn: publicArn(call.region, 'image', '*'), context: {} };
  const permissions = [
    ...permissionsToCreate(call, image, specified),
    ...permissionsToCreate(call, newSnapshotResource(call), snapshotTags),
  ];
  if (imageTags.size > specified.size && switches.copiedTagsNeedCreateTags) {
    permissions.push(permissionToTag(call, { arn: image.arn, context: requestTags(imageTags) }));
  }
  const regions = switches.sourceArnRegion === 'both' ? [source?.region, call.region]
    : [switches.sourceArnRegion === 'source' ? source?.region : call.region];
  const context = switches.requestTagsOnSource ? requestTags(specified) : {};
  const read = source === undefined ? [] : [...new Set(regions)].flatMap(region => [
    untaggedImage(source, region),
    ...snapshots.map(snapshot => untaggedSnapshot(snapshot, region)),
  ]);
  const reading = read.map(resource => ({ resource: { arn: resource.arn, context: { ...resource.context, ...context } } }));
  return [...permissions, ...source?.bucket ? bundling(call, source.bucket, settings.bundleBucket.account) : [], ...reading];
}

/** EC2 copies an S3-backed image from bucket to bucket with the caller's permissions. */
function bundling(call: Call, source: string, bucketAccount = call.principal.account): RequiredPermission[] {
  const arn = (path: string) => `arn:${partitionOf(call.region)}:s3:::${path}`;
  const bucket = bundleBucket(call);
  const need = (action: string, path: string): RequiredPermission => ({
    action: `s3:${action}`,
    resource: { arn: path === '*' ? '*' : arn(path), context: path.startsWith(bucket) ? { 'aws:ResourceAccount': bucketAccount } : {} },
  });
  return [
    need('ListAllMyBuckets', '*'),
    ...['CreateBucket', 'GetBucketAcl', 'PutBucketOwnershipControls'].map(action => need(action, bucket)),
    need('GetObject', `${source}/image.manifest.xml`),
    ...['PutObject', 'PutObjectAcl'].map(action => need(action, `${bucket}/image.manifest.xml`)),
  ];
}

/** The name of the bucket that EC2 creates for the images of an account in a Region. */
function bundleBucket({ principal, region }: Call): string {
  return `amis-for-${principal.account}-in-${region}-4a6f5c1e2b`;
}

/** Returns the image of an earlier request with the same client token. */
function earlierRequestWithToken({ state, switches }: Ec2Context, call: Call, input: CopyImageRequest): string | undefined {
  const id = state.tokens.find(accountAndRegionOf(call), 'CopyImage', input);
  const imageState = id && state.images.get(id)?.state;
  const isGone = id !== undefined && (imageState === undefined || imageState === 'failed' || imageState === 'deregistered');
  if (isGone && switches.tokenOfDeletedImage === 'mismatch') {
    throw alreadyDeleted();
  }
  return isGone && switches.tokenOfDeletedImage === 'new-image' ? undefined : id;
}

function checkCopyable({ account }: Call['principal'], source: Image, snapshots: readonly Snapshot[]): void {
  if (source.account !== account && source.attributes.productCodes.some(code => code.ProductCodeType === 'marketplace')) {
    throw new AwsError('InvalidRequest', 'Images from AWS Marketplace cannot be copied to another AWS account');
  }
  // every account is allowed to copy Amazon's own licensed images
  if (source.account !== account && source.ownerAlias !== 'amazon' && source.attributes.billingProducts.length > 0) {
    throw new AwsError('InvalidRequest', 'Images with EC2 BillingProduct codes cannot be copied to another AWS account');
  }
  const expected = source.devices.filter(device => device.ebs?.snapshotId).length;
  if (snapshots.length < expected || snapshots.some(snapshot => !canReadSnapshot(account, snapshot))) {
    throw new AwsError('InvalidRequest', 'You do not have permission to access the storage of this ami');
  }
}

function checkEncryption(ec2: Ec2Context, call: Call, input: CopyImageRequest, snapshots: readonly Snapshot[]): void {
  const { state, switches } = ec2;
  if (input.KmsKeyId !== undefined && !input.Encrypted) {
    throw dependencyViolation('KmsKeyId', 'Encrypted', switches.kmsKeyIdWithoutEncrypted);
  }
  if (input.KmsKeyId !== undefined && switches.copyImageChecksKey) {
    checkNamedKey(ec2, call, input.KmsKeyId);
  }
  if (input.Encrypted && snapshots.length === 0) {
    throw new AwsError('InvalidRequest', 'Encryption cannot be changed when an instance store-backed image is copied.');
  }
  if (input.Encrypted === false) {
    const encrypted = snapshots.find(snapshot => snapshot.encrypted);
    if (encrypted) {
      throw new AwsError(
        'InvalidRequest',
        `Snapshot ${encrypted.id} is encrypted. Creating unencrypted copy from an encrypted snapshot is not supported.`,
      );
    }
    if (state.encryptionDefaults(accountAndRegionOf(call)).enabled && switches.encryptedFalseWithEncryptionByDefault === 'error') {
      throw new AwsError('InvalidParameterCombination', 'Encrypted cannot be false while encryption by default is enabled.');
    }
  }
}

function checkLimits({ state, settings: { limits } }: Ec2Context, call: Call): void {
  const images = inAccountAndRegion(state.images, accountAndRegionOf(call));
  if (images.filter(image => image.copied && image.state === 'pending').length >= limits.concurrentCopies) {
    throw new AwsError(
      'ResourceLimitExceeded',
      `Too many image copies in progress. The limit is ${limits.concurrentCopies} for this destination region.`,
    );
  }
}
