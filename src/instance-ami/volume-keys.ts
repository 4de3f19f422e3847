import { Reference, Token, Tokenization } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { InstanceAmiProps } from './instance-ami-props';
import { listSourceKeys } from '../keys/ami-keys';

/**
 * The keys of the volumes of an instance, as far as the app knows them: those that are passed, those of the AMI that it is launched from if a construct of this
 * library creates it, and those of its block devices if the app creates the instance.
 */
export function listVolumeKeys(scope: Construct, { instance, sourceEncryptionKeys = [] }: InstanceAmiProps): kms.IKey[] {
  const created = instance.node.findAll().filter(one => one instanceof ec2.CfnInstance);
  const ofDevices = created.flatMap(listKeyIds).flatMap(keyId => findKey(scope, keyId) ?? []);
  return listSourceKeys([...sourceEncryptionKeys, ...ofDevices], ...created.map(({ imageId }) => imageId));
}

function listKeyIds({ blockDeviceMappings }: ec2.CfnInstance): string[] {
  const mappings = Array.isArray(blockDeviceMappings) ? blockDeviceMappings as ec2.CfnInstance.BlockDeviceMappingProperty[] : [];
  return mappings.flatMap(({ ebs }) => (ebs as ec2.CfnInstance.EbsProperty | undefined)?.kmsKeyId ?? []);
}

/** A key by what a template has in place of its ID: an ARN, or a reference to a key of the app. */
function findKey(scope: Construct, keyId: string): kms.IKey | undefined {
  if (!Token.isUnresolved(keyId)) {
    return keyId.includes(':key/') ? importKey(scope, keyId) : undefined;
  }
  for (const token of Tokenization.reverseString(keyId).tokens) {
    const parent = Reference.isReference(token) ? token.target.node.scope : undefined;
    if (parent instanceof kms.Key) {
      return parent;
    }
  }
  return undefined;
}

function importKey(scope: Construct, keyArn: string): kms.IKey {
  const id = `VolumeKey-${keyArn.split('/').pop()}`;
  return scope.node.tryFindChild(id) as kms.IKey | undefined ?? kms.Key.fromKeyArn(scope, id, keyArn);
}
