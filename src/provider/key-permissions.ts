import { Aws, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { HandlerPermissions } from './handler-permissions';
import { Conditions } from './handler-policies';
import { isAlias, keyResource, resolveKey } from './key-resource';
import { KeyUse, keyStatements } from './key-statements';
import * as messages from './messages';

/** Only the AWS managed key of EBS. */
const IS_EBS_KEY: Conditions = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/aws/ebs'] } };

/**
 * Only through EC2 of the Region of the stack, and of other Regions. In partitions whose domain is not amazonaws.com it is not documented which of the
 * two names KMS compares, so both are allowed; elsewhere they are the same.
 */
export function viaEc2(scope: Construct, ...otherRegions: string[]): Conditions {
  const regions = [Stack.of(scope).region, ...otherRegions];
  return { StringEquals: { 'kms:ViaService': regions.flatMap(region => [`ec2.${region}.amazonaws.com`, `ec2.${region}.${Aws.URL_SUFFIX}`]) } };
}

/**
 * Allows the handler role to use a key. For a copy from another Region it is not documented in which of the two Regions EC2 uses the key of the source, so
 * both are allowed.
 */
export function allowKey(permissions: HandlerPermissions, key: kms.IKey, use: KeyUse, sourceRegion?: string): void {
  const { stack } = permissions;
  const resolved = resolveKey(key);
  if (isAlias(resolved) && sourceRegion !== undefined) {
    throw new Error(messages.aliasOfSourceRegion(resolved.aliasName, sourceRegion));
  }
  const resource = keyResource(stack, resolved);
  const byAlias = isAlias(resolved) ? `ByAlias${permissions.numberOfAlias(resolved.aliasName)}` : '';
  const from = sourceRegion === undefined ? '' : `From${sidPart(sourceRegion)}`;
  const sids = { metadata: 'KeyMetadata', use: use === KeyUse.DESTINATION ? 'DestinationKeyUse' : `SourceKeyUse${from}`, grant: `KeyGrant${from}` };
  for (const { kind, actions, conditions } of keyStatements(use, viaEc2(stack, ...sourceRegion === undefined ? [] : [sourceRegion]))) {
    permissions.allow(`${sids[kind]}${byAlias}`, actions, [resource.arn], { ...conditions, ...resource.conditions });
  }
}

/** Allows the handler role to describe `aws/ebs`, whose ID is not known at synthesis and which only its alias distinguishes from other keys. */
export function allowDescribingEbsKey(permissions: HandlerPermissions, sourceRegion?: string): void {
  const anyKey = permissions.stack.formatArn({ service: 'kms', region: sourceRegion, resource: 'key', resourceName: '*' });
  permissions.allow(sourceRegion === undefined ? 'EbsKeyMetadata' : 'EbsKeyMetadataFrom', ['kms:DescribeKey'], [anyKey], IS_EBS_KEY);
}

/** A Region as a part of a Sid, which has letters and digits only: `EuWest1`. */
function sidPart(region: string): string {
  return region.split('-').map(part => part.charAt(0).toUpperCase() + part.slice(1)).join('');
}
