import { createHash } from 'crypto';
import { CfnResource, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { listDeviceKeys, listNewVolumes } from './block-devices';
import { BuilderNetwork } from './builder-network';
import { MultiKeyAmiBuilderProps } from './multi-key-ami-builder-props';
import { allowCreateImage, allowDefaultKey, allowEncryptionByDefault } from '../ami/ami-permissions';
import { BuilderCapacityType, VolumeOrigin } from '../contract';
import { ec2Arn, ec2ArnOfAnyAccount, imageArn, onlyIdTag, onlyNewlyTagged, onlyOwned, snapshotArn } from '../provider/ec2-resources';
import { allowManagingAmi } from '../provider/existing-ami-permissions';
import { HandlerPermissions } from '../provider/handler-permissions';
import { HandlerStatement } from '../provider/handler-policies';
import { allowKey } from '../provider/key-permissions';
import { KeyUse } from '../provider/key-statements';

/** Allows the handler role to build an AMI: with an instance in `network`, which runs a script or not, or without an instance. */
export function allowBuild(
  permissions: HandlerPermissions, props: MultiKeyAmiBuilderProps, imageId: string, sourceKeys: readonly kms.IKey[],
  network: BuilderNetwork | undefined, runsScript: boolean,
): void {
  allowManagingAmi(permissions);
  // devices without a requested key keep theirs, which may be the default key
  allowDefaultKey(permissions);
  allowEncryptionByDefault(permissions);
  if (network) {
    allowBuilderInstance(permissions);
    allowLaunch(permissions, imageId, network);
    if (props.capacityType === BuilderCapacityType.SPOT) {
      allowSpotInstance(permissions);
    }
    allowNewVolumesOfBuilder(permissions, props);
    if (runsScript) {
      permissions.allow('Console', ['ec2:GetConsoleOutput'], [ec2Arn(permissions.stack, 'instance')], onlyOwned());
    }
  } else {
    allowCopySnapshots(permissions);
    if (listNewVolumes(props.blockDevices).some(({ origin }) => origin === VolumeOrigin.EBS)) {
      allowSnapshotsOfVolumes(permissions);
    }
  }
  for (const key of listDeviceKeys(props.rootVolume, props.blockDevices)) {
    allowKey(permissions, key, KeyUse.DESTINATION);
  }
  // a device without an entry keeps its key, with which EC2 then both decrypts and encrypts
  for (const key of sourceKeys) {
    allowKey(permissions, key, network ? KeyUse.SOURCE : KeyUse.SNAPSHOT_SOURCE);
    allowKey(permissions, key, KeyUse.DESTINATION);
  }
}

/** Launching a builder instance, creating an AMI of it, and deleting it. */
function allowBuilderInstance(permissions: HandlerPermissions): void {
  const { stack } = permissions;
  const launched = ['instance', 'volume', 'network-interface'].map(resource => ec2Arn(stack, resource));
  permissions.allow('LaunchBuilder', ['ec2:RunInstances'], launched, onlyNewlyTagged());
  permissions.allow('TagOnLaunch', ['ec2:CreateTags'], launched, onlyNewlyTagged('RunInstances'));
  permissions.allow('SealInstance', ['ec2:CreateTags'], [ec2Arn(stack, 'instance')], onlyIdTag());
  permissions.allow('ImageOfBuilder', ['ec2:CreateImage'], [ec2Arn(stack, 'instance')], onlyOwned());
  allowCreateImage(permissions);
  permissions.allowRemoval('BuilderRemoval', [
    { sid: 'DescribeBuilder', actions: ['ec2:DescribeInstances', 'ec2:DescribeInstanceTypes', 'ec2:DescribeSubnets', 'ec2:DescribeVolumes'], resources: ['*'] },
    { sid: 'StopBuilder', actions: ['ec2:StopInstances', 'ec2:TerminateInstances'], resources: [ec2Arn(stack, 'instance')], conditions: onlyOwned() },
    // volumes of the source can remain when EC2 terminates the builder instance
    deleteVolume(permissions),
  ]);
}

/** EC2 evaluates the Spot Instance request of a launch because the launch tags it. */
function allowSpotInstance(permissions: HandlerPermissions): void {
  const requests = [ec2Arn(permissions.stack, 'spot-instances-request')];
  permissions.allow('LaunchSpot', ['ec2:RunInstances'], requests, onlyNewlyTagged());
  permissions.allow('TagOnSpotLaunch', ['ec2:CreateTags'], requests, onlyNewlyTagged('RunInstances'));
  permissions.allowRemoval('SpotRequestRemoval', [
    { sid: 'CancelSpotRequest', actions: ['ec2:CancelSpotInstanceRequests'], resources: requests, conditions: onlyOwned() },
  ]);
}

function allowLaunch(permissions: HandlerPermissions, imageId: string, { subnetIds, securityGroupIds }: BuilderNetwork): void {
  const { stack } = permissions;
  permissions.allowWith([imageId], 'LaunchFrom', ['ec2:RunInstances'], [imageArn(stack, imageId)]);
  // with any snapshots that the source has
  permissions.allow('LaunchInto', ['ec2:RunInstances'], [
    snapshotArn(stack),
    ...isListToken(subnetIds) ? [] : subnetIds?.map(id => networkArn(stack, 'subnet', id)) ?? [ec2Arn(stack, 'subnet')],
    ...securityGroupIds.map(id => networkArn(stack, 'security-group', id)),
  ]);
  if (isListToken(subnetIds)) {
    // constructs share a statement by its Sid, and can have different lists
    const hash = createHash('sha256').update(JSON.stringify(stack.resolve(subnetIds))).digest('hex').slice(0, 8);
    permissions.allow(
      `LaunchIntoList${hash}`, ['ec2:RunInstances'], [ec2ArnOfAnyAccount(stack, 'subnet')], { StringEquals: { 'ec2:SubnetID': subnetIds } });
  }
}

/** Whether only CloudFormation knows how many IDs a list has, and what they are. An ARN for each is then not possible. */
function isListToken(ids: string[] | undefined): boolean {
  return ids !== undefined && Tokenization.reverseList(ids) !== undefined;
}

/** The ARN of a subnet or security group. One that the app does not create can be of another account, which shares it with AWS RAM. */
function networkArn(stack: Stack, resource: string, id: string): string {
  // of tokens, only references have a target
  const isCreatedByApp = Tokenization.reverseString(id).tokens.some(token => CfnResource.isCfnResource((token as Reference).target));
  return isCreatedByApp ? ec2Arn(stack, resource, id) : ec2ArnOfAnyAccount(stack, resource, id);
}

function allowNewVolumesOfBuilder(permissions: HandlerPermissions, props: MultiKeyAmiBuilderProps): void {
  const { stack } = permissions;
  const volumes = listNewVolumes(props.blockDevices);
  if (volumes.length > 0) {
    allowCreateVolume(permissions);
    permissions.allow('AttachVolume', ['ec2:AttachVolume'], [ec2Arn(stack, 'instance'), ec2Arn(stack, 'volume')], onlyOwned());
  }
  const snapshotIds = volumes.flatMap(({ snapshotId }) => snapshotId ?? []);
  if (snapshotIds.length > 0) {
    permissions.allowWith(snapshotIds, 'VolumeFrom', ['ec2:CreateVolume'], snapshotIds.map(id => snapshotArn(stack, id)));
  }
}

/** Copying each snapshot with its key, and registering the copies. */
function allowCopySnapshots(permissions: HandlerPermissions): void {
  const [image, snapshot] = [imageArn(permissions.stack), snapshotArn(permissions.stack)];
  // EC2 supplies the owner for the source only. The IDs of the snapshots of the source AMI are known only when the stack deploys.
  permissions.allow('CopySnapshotFrom', ['ec2:CopySnapshot'], [snapshot], { Null: { 'ec2:Owner': 'false' } });
  permissions.allow('CopySnapshot', ['ec2:CopySnapshot'], [snapshot], onlyNewlyTagged());
  permissions.allow('TagOnSnapshotCopy', ['ec2:CreateTags'], [snapshot], onlyNewlyTagged('CopySnapshot'));
  permissions.allow('RegisterImage', ['ec2:RegisterImage'], [image], onlyNewlyTagged());
  permissions.allow('RegisterSnapshots', ['ec2:RegisterImage'], [snapshot], onlyOwned());
  permissions.allow('TagOnRegistration', ['ec2:CreateTags'], [image], onlyNewlyTagged('RegisterImage'));
}

/** Creating snapshots of new, empty volumes. */
function allowSnapshotsOfVolumes(permissions: HandlerPermissions): void {
  const { stack } = permissions;
  allowCreateVolume(permissions);
  permissions.allow('SnapshotOfVolume', ['ec2:CreateSnapshot'], [ec2Arn(stack, 'volume')], onlyOwned());
  permissions.allow('CreateSnapshot', ['ec2:CreateSnapshot'], [snapshotArn(stack)], onlyNewlyTagged());
  permissions.allow('TagOnSnapshot', ['ec2:CreateTags'], [snapshotArn(stack)], onlyNewlyTagged('CreateSnapshot'));
  permissions.allowRemoval('VolumeRemoval', [
    { sid: 'DescribeVolumes', actions: ['ec2:DescribeAvailabilityZones', 'ec2:DescribeVolumes'], resources: ['*'] },
    deleteVolume(permissions),
  ]);
}

function allowCreateVolume(permissions: HandlerPermissions): void {
  const volume = ec2Arn(permissions.stack, 'volume');
  permissions.allow('CreateVolume', ['ec2:CreateVolume'], [volume], { ...onlyNewlyTagged(), Bool: { 'ec2:Encrypted': 'true' } });
  permissions.allow('TagOnVolume', ['ec2:CreateTags'], [volume], onlyNewlyTagged('CreateVolume'));
}

function deleteVolume({ stack }: HandlerPermissions): HandlerStatement {
  return { sid: 'DeleteVolume', actions: ['ec2:DeleteVolume'], resources: [ec2Arn(stack, 'volume')], conditions: onlyOwned() };
}
