import { EC2Client } from '@aws-sdk/client-ec2';
import { describeDevicesOfInstance } from '../../local-aws/device-report';
import { Image } from '../../local-aws/ec2/state/records';
import { arnOf } from '../../local-aws/kms/key';
import { LocalAws } from '../../local-aws/local-aws';

type Outputs = Readonly<Record<string, string>>;

/** Checks of an example, besides that it can be deployed and destroyed. */
export interface Case {
  /** Creates the resources that the example requires. */
  readonly given?: (aws: LocalAws) => void;
  /** Compares the resources in EC2 with the description of the example. */
  readonly deployed: (aws: LocalAws, outputs: Outputs, context: Outputs) => void | Promise<void>;
  /** The contexts with which the example creates another AMI each, one after the other. */
  readonly replacedBy?: readonly Outputs[];
  /** Checks the account after the stack was deleted, if it differs from before. */
  readonly destroyed?: (aws: LocalAws) => void;
}

const OTHER_ACCOUNT = '210987654321';
/** The IDs that the examples use in place of the reader's. */
const IMAGE = 'ami-0ff8a91507f77f867';
const IMAGE_IN_IRELAND = 'ami-047bb4163c506cd98';
const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab';
const ORGANIZATION = 'arn:aws:organizations::123456789012:organization/o-abc123def4';

/** By the folder of the example. */
export const CASES: Readonly<Record<string, Case>> = {
  'encrypted-copy': {
    deployed: (aws, { ImageId, KeyArn, InstanceId }) => {
      expect(keysOf(aws, ImageId)).toEqual({ '/dev/xvda': KeyArn });
      expect(InstanceId).toMatch(/^i-/);
    },
    replacedBy: [{ key: '2' }],
  },
  'share-existing-ami': {
    given: aws => void aws.ec2.addImage({ id: IMAGE, name: 'golden', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(aws.kms.addKey()) }] }),
    deployed: (aws, { ImageId }) => {
      expect(ImageId).toBe(IMAGE);
      expect(sharingOf(aws, IMAGE)).toEqual({ accounts: [OTHER_ACCOUNT], organizations: [ORGANIZATION], snapshots: [[OTHER_ACCOUNT]] });
    },
    destroyed: aws => expect(sharingOf(aws, IMAGE)).toEqual({ accounts: [], organizations: [], snapshots: [[]] }),
  },
  'instance-ami': {
    deployed: (aws, { ImageId, InstanceId, KeyArn }) => {
      expect(keysOf(aws, ImageId)).toEqual({ '/dev/xvda': KeyArn });
      expect(InstanceId).toMatch(/^i-/);
    },
    replacedBy: [{ version: '2' }],
  },
  'local-zone-copy': {
    given: aws => void Object.assign(aws.ec2.settings.locations.localZones.find(({ name }) => name === 'us-east-1-bos-1a')!, { enabled: true }),
    deployed: (aws, { ImageId, KeyArn }) => {
      expect(keysOf(aws, ImageId)).toEqual({ '/dev/xvda': KeyArn });
      expect(snapshotsOf(aws, ImageId)).toMatchObject([{ localZone: 'us-east-1-bos-1a' }]);
    },
  },
  'multi-key-ami': {
    deployed: (aws, { ImageId, InstanceId, SystemKeyArn, DatabaseKeyArn, LogsKeyArn }) => {
      expect(keysOf(aws, ImageId)).toEqual({ '/dev/xvda': SystemKeyArn, '/dev/sdf': DatabaseKeyArn, '/dev/sdg': LogsKeyArn });
      expect(new Set([SystemKeyArn, DatabaseKeyArn, LogsKeyArn]).size).toBe(3);
      expect(InstanceId).toMatch(/^i-/);
    },
  },
  'database': {
    deployed: async (aws, { ImageId, InstanceId, SystemKeyArn, DataKeyArn, LogsKeyArn }, { size = '100', logs }) => {
      const keys = { '/dev/xvda': SystemKeyArn, '/dev/sdf': DataKeyArn, ...logs === 'no' ? {} : { '/dev/sdg': LogsKeyArn } };
      expect(new Set([SystemKeyArn, DataKeyArn, LogsKeyArn]).size).toBe(3);
      expect(keysOf(aws, ImageId)).toEqual(keys);
      // read back by volume
      const volumes = await describeDevicesOfInstance(new EC2Client(aws.clientOptions()), InstanceId);
      expect(Object.fromEntries(volumes.map(({ device, key }) => [device, key]))).toEqual(keys);
      expect(volumes.find(({ device }) => device === '/dev/sdf')!.gibibytes).toBe(Number(size));
      const launches = aws.log.of('ec2:RunInstances').map(({ input }) => Buffer.from((input as { UserData?: string }).UserData ?? '', 'base64').toString());
      expect(launches.filter(script => script.includes('MultiKeyAmiBuilder')).at(-1)!.match(/^(prepare '.*|install .*)$/gm)).toEqual([
        "prepare '/dev/sdf' 'f' 'xfs' 'data' '/data' 'noatime,nofail'",
        ...logs === 'no' ? [] : ["prepare '/dev/sdg' 'g' 'ext4' 'logs' '/logs' 'defaults,nofail'"],
        'install -d -o postgres -m 700 /data/postgres',
      ]);
    },
    // another size and another key; one volume less
    replacedBy: [{ size: '200', key: '2' }, { size: '200', key: '2', logs: 'no' }],
  },
  'cross-region-copy': {
    given: aws => {
      const place = { account: aws.account, region: 'eu-west-1' };
      const kmsKeyId = arnOf(aws.kms.addKey({ ...place, keyId: KEY }));
      aws.ec2.addImage({ ...place, id: IMAGE, name: 'golden-1', devices: [{ deviceName: '/dev/xvda', kmsKeyId }] });
      aws.ec2.addImage({ ...place, name: 'another', devices: [{ deviceName: '/dev/xvda', kmsKeyId }] });
    },
    deployed: (aws, { ImageId, KeyArn }) => {
      expect(imageOf(aws, ImageId)).toMatchObject({ region: aws.region, sourceImage: { id: IMAGE, region: 'eu-west-1' } });
      expect(KeyArn).toContain(`:${aws.region}:`);
      expect(keysOf(aws, ImageId)).toEqual({ '/dev/xvda': KeyArn });
    },
  },
  's3-backed-copy': {
    given: aws => void aws.ec2.addImage({ region: 'eu-west-1', id: IMAGE_IN_IRELAND, name: 'legacy', instanceStore: true, bucket: 'legacy-image-bundles' }),
    deployed: (aws, { ImageId }) => {
      const image = imageOf(aws, ImageId);
      expect(image).toMatchObject({ region: aws.region, sourceImage: { id: IMAGE_IN_IRELAND, region: 'eu-west-1' }, devices: [] });
      expect(image.bucket).toContain(`amis-for-${aws.account}-in-${aws.region}`);
    },
  },
  'share-ami': {
    deployed: (aws, { ImageId }) => {
      expect(sharingOf(aws, ImageId)).toEqual({ accounts: [OTHER_ACCOUNT], organizations: [], snapshots: [[OTHER_ACCOUNT]] });
      const [keyArn] = Object.values(keysOf(aws, ImageId));
      expect(aws.kms.find(aws, keyArn!)!.key.policy).toContain(OTHER_ACCOUNT);
    },
  },
  'copy-shared-ami': {
    given: aws => {
      const statement = (account: string) => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' });
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement(OTHER_ACCOUNT), statement(aws.account)] });
      const kmsKeyId = arnOf(aws.kms.addKey({ account: OTHER_ACCOUNT, keyId: KEY, policy }));
      const image = aws.ec2.addImage({ account: OTHER_ACCOUNT, id: IMAGE, name: 'golden', devices: [{ deviceName: '/dev/xvda', kmsKeyId }] });
      aws.ec2.shareImage(image, aws.account);
      aws.ec2.shareSnapshots(image, aws.account);
    },
    deployed: (aws, { ImageId, KeyArn }) => {
      expect(imageOf(aws, ImageId)).toMatchObject({ account: aws.account, sourceImage: { id: IMAGE } });
      expect(keysOf(aws, ImageId)).toEqual({ '/dev/xvda': KeyArn });
    },
  },
  'time-based-copy': {
    deployed: (aws, { ImageId, InTime }) => {
      expect(InTime).toBe('true');
      expect(snapshotsOf(aws, ImageId)).toMatchObject([{ completionDurationMinutes: 15 }]);
    },
  },
};

function imageOf(aws: LocalAws, imageId: string): Image {
  const image = aws.ec2.image(imageId)!;
  expect(image).toMatchObject({ state: 'available' });
  return image;
}

function snapshotsOf(aws: LocalAws, imageId: string) {
  return imageOf(aws, imageId).devices.map(({ ebs }) => aws.ec2.snapshot(ebs!.snapshotId!)!);
}

/** The key of each device's snapshot. */
function keysOf(aws: LocalAws, imageId: string): Record<string, string | undefined> {
  const snapshots = snapshotsOf(aws, imageId);
  return Object.fromEntries(imageOf(aws, imageId).devices.map(({ deviceName }, index) => [deviceName, snapshots[index].kmsKeyId]));
}

/** With whom an image is shared, and each of its snapshots. */
function sharingOf(aws: LocalAws, imageId: string) {
  const { users, organizations } = imageOf(aws, imageId).launchPermissions;
  const snapshots = snapshotsOf(aws, imageId).map(({ createVolumePermissions }) => [...createVolumePermissions.users]);
  return { accounts: [...users], organizations: [...organizations], snapshots };
}
