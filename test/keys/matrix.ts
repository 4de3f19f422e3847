import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf } from '../../local-aws/kms/key';
import { LocalAws } from '../../local-aws/local-aws';
import { AmiBase, AmiBuildMethod, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { imageWithId, keyWithArn } from '../helpers/deployment';

/** The data of the matrix of keys: constructs, kinds of keys, and those who use the AMI. */

const KEY_OWNER = '333333333333';

/** The outcome with a key of a kind. `advised`: an annotation of the app, or the failure of the deployment, has the statements that are missing. */
type Outcome = 'works' | 'advised' | 'needs a grant';

/** Keys, of which the constructs use the first for the AMI and the second for its source. */
export interface KeysOfKind {
  readonly keys: readonly [(stack: Stack) => kms.IKey, (stack: Stack) => kms.IKey];
  /** Those that exist before the stack. */
  readonly arns: readonly string[];
}

export interface KeyKind {
  readonly name: string;
  readonly create: (aws: LocalAws) => KeysOfKind;
  readonly handler: Outcome;
  readonly consumers: Readonly<Record<Consumer, Outcome>>;
}

/** A role is that of the account of the stack. The other accounts are those that the AMI is shared with. */
export type Consumer = 'role that launches' | 'service-linked role of Auto Scaling' | 'account that launches' | 'account that copies' | 'organization';
export const CONSUMERS: readonly Consumer[] = ['role that launches', 'service-linked role of Auto Scaling', 'account that launches', 'account that copies', 'organization'];

const outcomes = (role: Outcome, linked: Outcome, accounts: Outcome): KeyKind['consumers'] => ({
  'role that launches': role, 'service-linked role of Auto Scaling': linked, 'account that launches': accounts, 'account that copies': accounts, 'organization': accounts,
});
const everybodyWorks = outcomes('works', 'works', 'works');
/** A role of the app may get a permission; a service-linked role has only what the key policy allows. */
const onlyRoleWorks = outcomes('works', 'advised', 'advised');
const everybodyIsAdvised = outcomes('advised', 'needs a grant', 'advised');

/** Once for a stack, however often it is asked for. */
function once<T extends kms.IKey>(id: string, create: (stack: Stack, id: string) => T): (stack: Stack) => kms.IKey {
  return stack => stack.node.tryFindChild(id) as kms.IKey | undefined ?? create(stack, id);
}

const existing = (create: (aws: LocalAws) => string) => (aws: LocalAws): KeysOfKind => {
  const arns = [create(aws), create(aws)] as const;
  return { arns, keys: [stack => keyWithArn(stack, arns[0]), stack => keyWithArn(stack, arns[1])] };
};

const ownerOnly = JSON.stringify({
  Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${KEY_OWNER}:root` }, Action: 'kms:*', Resource: '*' }],
});

export const KEY_KINDS: readonly KeyKind[] = [
  {
    name: 'key of the app',
    handler: 'works',
    consumers: everybodyWorks,
    create: () => ({ arns: [], keys: [once('One', (stack, id) => new kms.Key(stack, id)), once('Two', (stack, id) => new kms.Key(stack, id))] }),
  },
  {
    name: 'alias of the app',
    handler: 'works',
    consumers: everybodyWorks,
    create: () => {
      const alias = (id: string) => once(id, stack => new kms.Alias(stack, id, { aliasName: `alias/${id}`, targetKey: new kms.Key(stack, `${id}Key`) }));
      return { arns: [], keys: [alias('One'), alias('Two')] };
    },
  },
  { name: 'imported key', handler: 'works', consumers: onlyRoleWorks, create: existing(aws => arnOf(aws.kms.addKey())) },
  {
    name: 'alias that is imported by its name',
    handler: 'works',
    consumers: onlyRoleWorks,
    create: aws => {
      const alias = (id: string) => once(id, stack => kms.Alias.fromAliasName(stack, id, `alias/${id}`));
      return { arns: ['One', 'Two'].map(id => arnOf(aws.kms.addKey({ alias: `alias/${id}` }))), keys: [alias('One'), alias('Two')] };
    },
  },
  {
    name: 'key of another account', handler: 'advised', consumers: everybodyIsAdvised, create: existing(aws => arnOf(aws.kms.addKey({ account: KEY_OWNER, policy: ownerOnly }))),
  },
  {
    name: 'replica of a multi-Region key',
    handler: 'works',
    consumers: onlyRoleWorks,
    create: existing(aws => arnOf(aws.kms.addReplica(aws.kms.addKey({ region: 'eu-west-1', multiRegion: true }), aws.region))),
  },
];

/** The stack, sources and keys for a construct. */
export interface Setting {
  readonly stack: Stack;
  /** An AMI without encryption. */
  readonly plain: ec2.IMachineImage;
  /** An AMI with two devices, encrypted with the second key of the kind. */
  readonly encrypted: ec2.IMachineImage;
  /** The first key of the kind. */
  readonly key: kms.IKey;
  /** To be passed; nothing where the app creates the source. */
  readonly sourceEncryptionKeys?: kms.IKey[];
}

export interface ConstructOfMatrix {
  readonly name: string;
  readonly define: (setting: Setting) => AmiBase;
  /** The stack launches an instance from the encrypted AMI, so the owner of its key must have allowed it before. */
  readonly launchesEncrypted?: boolean;
  /** EBS itself uses the keys of volumes for their snapshots. */
  readonly handlerNeedsNoKey?: boolean;
}

const builds = Object.values(AmiBuildMethod).flatMap((buildMethod): ConstructOfMatrix[] => [
  {
    name: `${buildMethod}, a new key`,
    define: ({ stack, plain, key }) => new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: plain, buildMethod, rootVolume: { encryptionKey: key } }),
  },
  {
    name: `${buildMethod}, the root keeps its key`,
    define: ({ stack, encrypted, key, sourceEncryptionKeys }) => new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: encrypted, buildMethod, sourceEncryptionKeys, blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey: key }) }],
    }),
  },
  {
    name: `${buildMethod}, the root gets another key`,
    define: ({ stack, encrypted, key, sourceEncryptionKeys }) => new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: encrypted, buildMethod, sourceEncryptionKeys, rootVolume: { encryptionKey: key },
    }),
  },
]);

const serverFrom = ({ stack, encrypted }: Setting) =>
  new ec2.CfnInstance(stack, 'Server', { imageId: encrypted.getImage(stack).imageId, instanceType: 't3.micro' });

export const CONSTRUCTS: readonly ConstructOfMatrix[] = [
  { name: 'copy', define: ({ stack, plain, key }) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: plain, encryptionKey: key }) },
  {
    name: 'copy with another key',
    define: ({ stack, encrypted, key, sourceEncryptionKeys }) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: encrypted, encryptionKey: key, sourceEncryptionKeys }),
  },
  {
    name: 'copy that keeps its keys',
    define: ({ stack, encrypted, sourceEncryptionKeys }) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: encrypted, preserveEncryption: true, sourceEncryptionKeys }),
  },
  ...builds,
  {
    name: 'AMI of an instance',
    launchesEncrypted: true,
    handlerNeedsNoKey: true,
    define: setting => new InstanceAmi(setting.stack, 'Ami', { instance: serverFrom(setting), sourceEncryptionKeys: setting.sourceEncryptionKeys }),
  },
  {
    name: 'AMI of an instance with another key',
    launchesEncrypted: true,
    define: setting => new InstanceAmi(setting.stack, 'Ami', {
      instance: serverFrom(setting), encryptionKey: setting.key, sourceEncryptionKeys: setting.sourceEncryptionKeys,
    }),
  },
];

/** The source that is encrypted with the second key: an existing AMI if the key exists, else a copy of the app. */
export function encryptedSource(stack: Stack, aws: LocalAws, plain: ec2.IMachineImage, { arns, keys }: KeysOfKind): Pick<Setting, 'encrypted' | 'sourceEncryptionKeys'> {
  if (arns.length === 0) {
    return { encrypted: new EncryptedAmiCopy(stack, 'Source', { sourceImage: plain, encryptionKey: keys[1](stack) }) };
  }
  const found = aws.ec2.image(ENCRYPTED_SOURCE_ID) ?? aws.ec2.addImage({
    id: ENCRYPTED_SOURCE_ID, name: 'encrypted', devices: ['/dev/xvda', '/dev/sdb'].map(deviceName => ({ deviceName, size: 1, kmsKeyId: arns[1] })),
  });
  return { encrypted: imageWithId(found.id), sourceEncryptionKeys: [keys[1](stack)] };
}

const ENCRYPTED_SOURCE_ID = 'ami-0e0c0a0b0d0f01234';
