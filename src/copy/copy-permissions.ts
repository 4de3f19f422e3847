import { Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { EncryptedAmiCopyProps } from './encrypted-ami-copy-props';
import { allowCopyImage, allowDefaultKey, allowEncryptionByDefault } from '../ami/ami-permissions';
import { imageArn } from '../provider/ec2-resources';
import { allowManagingAmi } from '../provider/existing-ami-permissions';
import { HandlerPermissions } from '../provider/handler-permissions';
import { allowDescribingEbsKey, allowKey } from '../provider/key-permissions';
import { isAlias } from '../provider/key-resource';
import { KeyUse } from '../provider/key-statements';

/**
 * Allows the handler role to copy the AMI `imageId`, whose snapshots are encrypted with `sourceKeys`; `sourceRegion` is its Region if it is not the stack's own.
 */
export function allowCopy(
  permissions: HandlerPermissions, props: EncryptedAmiCopyProps, imageId: string, sourceKeys: readonly kms.IKey[], sourceRegion: string | undefined,
): void {
  allowManagingAmi(permissions);
  allowCopyImage(permissions, imageId, sourceRegion);
  if (props.encryptionKey) {
    allowKey(permissions, props.encryptionKey, KeyUse.DESTINATION);
  } else {
    allowDefaultKey(permissions);
  }
  if (props.localZone !== undefined) {
    allowLocalZone(permissions);
  }
  if (props.preserveEncryption) {
    allowEncryptionByDefault(permissions);
  }
  if (props.sourceBucket) {
    allowS3BackedCopy(permissions, props.sourceBucket);
  }
  if (sourceRegion !== undefined) {
    allowReadingFrom(permissions, sourceRegion);
  }
  listReadKeys(sourceKeys, sourceRegion, permissions.stack.region).forEach(key => allowKey(permissions, key, KeyUse.SOURCE, sourceRegion));
  if (props.preserveEncryption) {
    listKeptKeys(sourceKeys, sourceRegion).forEach(key => allowKey(permissions, key, KeyUse.DESTINATION));
  }
}

/** The keys that a copy can have if the encryption is preserved: snapshots of another Region cannot keep a key of that Region. */
export function listKeptKeys(sourceKeys: readonly kms.IKey[], sourceRegion: string | undefined): kms.IKey[] {
  return sourceKeys.filter(key => key.env.region !== sourceRegion);
}

/**
 * The keys that the source can have: no snapshot of another Region has a key of the stack's. A stack whose Region is not known may be in the source's. An alias
 * is refused later.
 */
function listReadKeys(sourceKeys: readonly kms.IKey[], sourceRegion: string | undefined, stackRegion: string): readonly kms.IKey[] {
  return sourceRegion === undefined || Token.isUnresolved(stackRegion) ? sourceKeys
    : sourceKeys.filter(key => isAlias(key) || key.env.region !== stackRegion);
}

/** Reading an AMI of another Region. */
function allowReadingFrom(permissions: HandlerPermissions, region: string): void {
  permissions.allow('ReadBootDataFrom', ['ec2:DescribeImageAttribute'], [imageArn(permissions.stack, '*', region)]);
  allowDescribingEbsKey(permissions, region);
}

/**
 * EC2 copies an AMI that is backed by S3 with the permissions of the caller, from a bucket of its owner to one that EC2 creates.
 *
 * @see the page "Permissions for copying AMIs" in the Amazon EC2 User Guide
 */
function allowS3BackedCopy(permissions: HandlerPermissions, sourceBucket: s3.IBucket): void {
  const { account, region } = permissions.stack;
  const bucket = permissions.stack.formatArn({ service: 's3', region: '', account: '', resource: `amis-for-${account}-in-${region}-*` });
  permissions.allowWith([sourceBucket.bucketName], 'ReadBundle', ['s3:GetObject'], [sourceBucket.arnForObjects('*')]);
  permissions.allow('ListBuckets', ['s3:ListAllMyBuckets'], ['*']);
  permissions.allow('BundleBucket', ['s3:CreateBucket', 's3:GetBucketAcl'], [bucket]);
  // bucket names are global: another account may have created one with this name
  const inAccount = { StringEquals: { 'aws:ResourceAccount': account } };
  permissions.allow('WriteBundle', ['s3:PutBucketOwnershipControls', 's3:PutObject', 's3:PutObjectAcl'], [bucket, `${bucket}/*`], inAccount);
}

/** Whether a Local Zone exists and is enabled, and which name and ID belong together: a snapshot has one of the two. */
function allowLocalZone(permissions: HandlerPermissions): void {
  permissions.allow('DescribeZones', ['ec2:DescribeAvailabilityZones'], ['*']);
}
