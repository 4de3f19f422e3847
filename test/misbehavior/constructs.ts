import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { Duration, Size, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Image } from '../../local-aws/ec2/state/records';
import { arnOf } from '../../local-aws/kms/key';
import { LocalAws } from '../../local-aws/local-aws';
import { AmiBase, AmiBuildMethod, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { imageIn, imageWithId, keyWithArn } from '../helpers/deployment';

/** The resources that the constructs of a test are created from. */
export interface Sources {
  readonly imageId: string;
  readonly remoteImageId: string;
  readonly instanceId: string;
  readonly rootKey: string;
  readonly dataKey: string;
  readonly securityGroupId: string;
}

/** A construct with the properties that decide how its AMI is created. */
export interface ConstructCase {
  readonly name: string;
  /** The construct calls CopyImage last. */
  readonly isCopy?: boolean;
  /** Its snapshots may be encrypted with the AWS managed key. */
  readonly allowsDefaultKey?: boolean;
  /** The images of EC2 that become the AMI; all that the construct creates by default. */
  readonly isMeant?: (image: Image) => boolean;
  readonly define: (stack: Stack, sources: Sources) => AmiBase;
}

const TIMEOUT = Duration.minutes(40);

function buildWith(buildMethod: AmiBuildMethod): ConstructCase['define'] {
  return (stack, { imageId, rootKey, dataKey }) => new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(imageId),
    buildMethod,
    timeout: TIMEOUT,
    rootVolume: { encryptionKey: keyWithArn(stack, rootKey) },
    blockDevices: [{
      deviceName: '/dev/sdg', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: keyWithArn(stack, dataKey), iops: 4000, throughput: 250 }),
    }],
    sourceEncryptionKeys: [keyWithArn(stack, dataKey)],
  });
}

function instanceAmi(stack: Stack, { instanceId, dataKey }: Sources, rootKey?: string): AmiBase {
  return new InstanceAmi(stack, 'Ami', {
    instance: ec2.CfnInstance.fromInstanceId(stack, 'Existing', instanceId),
    timeout: TIMEOUT,
    sourceEncryptionKeys: [keyWithArn(stack, dataKey)],
    ...rootKey === undefined ? {} : { encryptionKey: keyWithArn(stack, rootKey) },
  });
}

/** Every construct and method that creates an AMI. */
export const CONSTRUCTS: readonly ConstructCase[] = [
  {
    name: 'copy with a key',
    isCopy: true,
    define: (stack, { imageId, rootKey, dataKey }) => new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageWithId(imageId),
      encryptionKey: keyWithArn(stack, rootKey),
      sourceEncryptionKeys: [keyWithArn(stack, dataKey)],
      timeout: TIMEOUT,
    }),
  },
  {
    name: 'copy with the default key',
    isCopy: true,
    allowsDefaultKey: true,
    define: (stack, { imageId, dataKey }) => new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageWithId(imageId), useDefaultKey: true, sourceEncryptionKeys: [keyWithArn(stack, dataKey)], timeout: TIMEOUT,
    }),
  },
  {
    name: 'copy that preserves the encryption',
    isCopy: true,
    define: (stack, { imageId, dataKey }) => new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageWithId(imageId), preserveEncryption: true, sourceEncryptionKeys: [keyWithArn(stack, dataKey)], timeout: TIMEOUT,
    }),
  },
  {
    name: 'copy from another Region',
    isCopy: true,
    define: (stack, { remoteImageId, rootKey }) => new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageIn('eu-west-1', remoteImageId),
      sourceRegion: 'eu-west-1',
      encryptionKey: keyWithArn(stack, rootKey),
      completionDuration: Duration.minutes(15),
      timeout: TIMEOUT,
    }),
  },
  { name: 'build from snapshots', define: buildWith(AmiBuildMethod.COPY_SNAPSHOTS) },
  { name: 'build with an instance', define: buildWith(AmiBuildMethod.LAUNCH_INSTANCE) },
  { name: 'AMI of an instance', define: (stack, sources) => instanceAmi(stack, sources) },
  {
    name: 'AMI of an instance with a key',
    isCopy: true,
    isMeant: image => image.copied,
    define: (stack, sources) => instanceAmi(stack, sources, sources.rootKey),
  },
];

/** A source with a value for every attribute that EC2 could drop. */
export async function createSources(aws: LocalAws): Promise<Sources> {
  const [rootKey, dataKey] = [arnOf(aws.kms.addKey()), arnOf(aws.kms.addKey())];
  const image = (region: string, kmsKeyId?: string) => aws.ec2.addImage({
    region,
    name: `source in ${region}`,
    bootMode: 'uefi',
    tpmSupport: 'v2.0',
    imdsSupport: 'v2.0',
    uefiData: Buffer.from('variable store').toString('base64'),
    devices: [
      { deviceName: '/dev/xvda', size: 2 },
      { deviceName: '/dev/sdf', size: 10, used: 1, type: 'gp3', iops: 4000, throughput: 250, kmsKeyId, deleteOnTermination: false },
    ],
  }).id;
  const imageId = image(aws.region, dataKey);
  const client = new EC2Client(aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: imageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  aws.clock.advance(60_000);
  client.destroy();
  const [{ InstanceId, SecurityGroups }] = Instances!;
  return { imageId, remoteImageId: image('eu-west-1'), instanceId: InstanceId!, rootKey, dataKey, securityGroupId: SecurityGroups![0].GroupId! };
}

/** The AMI of a construct, with a tag and a description. */
export function defineAmi(construct: ConstructCase, stack: Stack, sources: Sources): AmiBase {
  const ami = construct.define(stack, sources);
  Tags.of(ami).add('team', 'platform');
  return ami;
}
