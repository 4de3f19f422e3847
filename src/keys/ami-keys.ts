import { Reference, Tokenization } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { resolveKeys } from '../provider/key-resource';

/** Of each custom resource that creates an AMI, the keys that its devices can have. */
const keysOfResources = new WeakMap<IConstruct, readonly kms.IKey[]>();

/** Remembers the keys that the devices of an AMI can have, for constructs whose source it is. */
export function rememberKeys(resource: IConstruct, keys: readonly kms.IKey[]): void {
  keysOfResources.set(resource, keys);
}

/** The keys that the devices of an AMI can have, by its ID or that of a snapshot, if a construct of this library in the app creates it; none of other AMIs. */
function keysOfImage(id: string | undefined): readonly kms.IKey[] {
  // a text without a token, such as that of no ID, has none; of tokens, only references have a target
  return Tokenization.reverseString(String(id)).tokens.flatMap(token => keysOfResources.get((token as Reference).target) ?? []);
}

/** The keys that AMIs and snapshots are encrypted with, each once: those that are passed, and those that the app knows. */
export function listSourceKeys(passed: readonly kms.IKey[] | undefined, ...ids: readonly (string | undefined)[]): kms.IKey[] {
  return resolveKeys([...passed ?? [], ...ids.flatMap(keysOfImage)]);
}

/** The property `SourceEncryptionKeyArns` of a custom resource. */
export function renderSourceKeys(keys: readonly kms.IKey[]): string[] | undefined {
  return keys.length === 0 ? undefined : keys.map(({ keyArn }) => keyArn);
}
