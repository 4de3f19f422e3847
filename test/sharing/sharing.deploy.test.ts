import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { App, CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsError } from '../../local-aws/aws-call';
import { StackResult } from '../../local-aws/deployment';
import { arnOf } from '../../local-aws/kms/key';
import { LocalAws } from '../../local-aws/local-aws';
import { EncryptedAmiCopy, AmiSharing } from '../../src';
import { Deployment, imageWithId, withoutStatement } from '../helpers/deployment';

const CONSUMER = '210987654321';
const ORGANIZATION = 'arn:aws:organizations::123456789012:organization/o-abc123def4';
const UNIT = 'arn:aws:organizations::123456789012:ou/o-abc123def4/ou-ab12-cd34ef56';
let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** Deploys into another account, or destroys what is there. */
async function deployAs(aws: LocalAws, other: string, define: (stack: Stack) => void): Promise<StackResult> {
  const app = new App({ analyticsReporting: false });
  define(new Stack(app, 'Consumer'));
  const assembly = app.synth();
  return aws.deploy({ stackName: 'Consumer', template: assembly.getStackByName('Consumer').template as object, assetDirectory: assembly.directory, account: other });
}

const sharingOf = (imageId: string) => {
  const image = account.aws.ec2.image(imageId)!;
  const { users, organizations, organizationalUnits } = image.launchPermissions;
  return {
    image: [...users, ...organizations, ...organizationalUnits],
    snapshots: image.devices.map(({ ebs }) => [...account.aws.ec2.snapshot(ebs!.snapshotId!)!.createVolumePermissions.users]),
  };
};

function sharedCopy(share: (copy: EncryptedAmiCopy) => void, sourceId: string) {
  return (stack: Stack) => {
    const key = new kms.Key(stack, 'Key');
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(sourceId), encryptionKey: key });
    share(copy);
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    new CfnOutput(stack, 'KeyArn', { value: key.keyArn });
  };
}

const plain = () => account.aws.ec2.addImage({ name: 'plain', devices: [{ deviceName: '/dev/xvda', size: 4 }, { deviceName: '/dev/sdb', size: 4 }] }).id;

test('one account shares, the other copies, and launches from its copy after the sharing was taken back', async () => {
  // GIVEN an owner whose stack shares an image
  const id = plain();
  const shared = await account.deploy(sharedCopy(copy => copy.shareWithAccounts(CONSUMER), id));
  expect(shared.failures).toEqual([]);
  expect(sharingOf(shared.outputs.ImageId)).toEqual({ image: [CONSUMER], snapshots: [[CONSUMER], [CONSUMER]] });
  // WHEN a consumer's stack copies it
  const consumerKey = arnOf(account.aws.kms.addKey({ account: CONSUMER }));
  const copied = await deployAs(account.aws, CONSUMER, stack => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', {
      sourceImage: imageWithId(shared.outputs.ImageId),
      sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'TheirKey', shared.outputs.KeyArn)],
      encryptionKey: kms.Key.fromKeyArn(stack, 'OwnKey', consumerKey),
    });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  });
  expect(copied.failures).toEqual([]);
  // and the owner takes everything back
  const unshared = await account.deploy(sharedCopy(() => undefined, id));
  expect(unshared.failures).toEqual([]);
  expect(unshared.outputs.ImageId).toBe(shared.outputs.ImageId);
  expect(sharingOf(shared.outputs.ImageId)).toEqual({ image: [], snapshots: [[], []] });
  // THEN the copy launches
  const client = new EC2Client(account.aws.clientOptions({ account: CONSUMER }));
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: copied.outputs.ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  account.aws.clock.advance(60_000);
  expect(account.aws.ec2.counts().instances).toBe(1);
  expect(Instances).toHaveLength(1);
});

test('without the statement RevokeSharing, sharing cannot be revoked', async () => {
  const id = plain();
  await account.deploy(sharedCopy(copy => copy.shareWithAccounts(CONSUMER), id));
  const { failures } = await account.deploy(sharedCopy(() => undefined, id), 'Images', withoutStatement('RevokeSharing'));
  expect(failures.join()).toContain('ec2:ModifySnapshotAttribute');
});

test('without the statement ReadSharing, an account is not added', async () => {
  const id = plain();
  await account.deploy(sharedCopy(copy => copy.shareWithAccounts(CONSUMER), id));
  const { failures } = await account.deploy(sharedCopy(copy => copy.shareWithAccounts(CONSUMER, '444444444444'), id), 'Images', withoutStatement('ReadSharing'));
  expect(failures.join()).toContain('ec2:DescribeSnapshotAttribute');
});

test('without the statement ShareSnapshots, a copy is not shared', async () => {
  const { failures } = await account.deploy(sharedCopy(copy => copy.shareWithAccounts(CONSUMER), plain()), 'Images', withoutStatement('ShareSnapshots'));
  expect(failures.join()).toContain('ec2:ModifySnapshotAttribute');
});

test.each([
  ['ShareExisting', 'ec2:ModifyImageAttribute'], ['ShareExistingSnapshots', 'ec2:ModifySnapshotAttribute'], ['RecordSharing', 'ec2:CreateTags'],
  ['RevokeExisting', 'ec2:DescribeSnapshotAttribute'],
])('without the statement %s, an image that exists is not shared', async (sid, action) => {
  const image = account.aws.ec2.addImage({ name: 'golden' });
  const define = (stack: Stack) => void new AmiSharing(stack, 'Sharing', { imageId: image.id, accountIds: [CONSUMER] });
  const { failures } = await account.deploy(define, 'Images', withoutStatement(sid));
  expect(failures.join()).toContain(action);
});

test('an image that exists is shared, in place with others, and taken back with the stack; what others had shared stays', async () => {
  const key = account.aws.kms.addKey();
  const image = account.aws.ec2.addImage({ name: 'golden', devices: [{ deviceName: '/dev/xvda', size: 4, kmsKeyId: arnOf(key) }] });
  account.aws.ec2.shareImage(image, '333333333333');
  const shared = (accounts: string[]) => (stack: Stack) => {
    new AmiSharing(stack, 'Sharing', { imageId: image.id, accountIds: accounts, organizationArns: [ORGANIZATION], organizationalUnitArns: [UNIT] });
  };
  expect((await account.deploy(shared([CONSUMER]))).failures).toEqual([]);
  expect(sharingOf(image.id)).toEqual({ image: ['333333333333', CONSUMER, ORGANIZATION, UNIT], snapshots: [[CONSUMER]] });
  expect((await account.deploy(shared(['444444444444']))).failures).toEqual([]);
  expect(sharingOf(image.id)).toEqual({ image: ['333333333333', '444444444444', ORGANIZATION, UNIT], snapshots: [['444444444444']] });
  expect((await account.destroy()).failures).toEqual([]);
  expect(sharingOf(image.id)).toEqual({ image: ['333333333333'], snapshots: [[]] });
});

test('of another image, what was shared is taken back from the one before', async () => {
  const [one, two] = ['one', 'two'].map(name => account.aws.ec2.addImage({ name, devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id);
  const define = (imageId: string) => (stack: Stack) => void new AmiSharing(stack, 'Sharing', {
    imageId: new CfnParameter(stack, 'Image', { default: imageId }).valueAsString, accountIds: [CONSUMER],
  });
  expect((await account.deploy(define(one))).failures).toEqual([]);
  expect(sharingOf(one)).toEqual({ image: [CONSUMER], snapshots: [[CONSUMER]] });

  expect((await account.deploy(define(two))).failures).toEqual([]);
  expect(sharingOf(one)).toEqual({ image: [], snapshots: [[]] });
  expect(sharingOf(two)).toEqual({ image: [CONSUMER], snapshots: [[CONSUMER]] });

  const { status } = await account.deploy(stack => {
    define(one)(stack);
    new AmiSharing(stack, 'Wrong', { imageId: 'ami-00000000', accountIds: [CONSUMER] }).node.addDependency(stack.node.findChild('Sharing'));
  });
  expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect([sharingOf(one).image, sharingOf(two).image]).toEqual([[], [CONSUMER]]);
});

test('a failed update takes back what it has shared', async () => {
  const image = account.aws.ec2.addImage({ name: 'golden' });
  const other = account.aws.ec2.addImage({ name: 'theirs', account: CONSUMER });
  const shared = (accounts: string[], bad: boolean) => (stack: Stack) => {
    const sharing = new AmiSharing(stack, 'Sharing', { imageId: image.id, accountIds: accounts });
    if (bad) {
      new AmiSharing(stack, 'Bad', { imageId: other.id, accountIds: accounts }).node.addDependency(sharing);
    }
  };
  await account.deploy(shared([], false));
  const { status } = await account.deploy(shared([CONSUMER], true));
  expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(sharingOf(image.id)).toEqual({ image: [], snapshots: [[]] });
});

describe('is refused', () => {
  const reason = async (imageId: string) => {
    const { status, failures } = await account.deploy(stack => new AmiSharing(stack, 'Sharing', { imageId, accountIds: [CONSUMER] }));
    expect(status).toBe('ROLLBACK_COMPLETE');
    return failures.join();
  };

  test('for an image that is encrypted with the AWS managed key', async () => {
    const image = account.aws.ec2.addImage({ name: 'managed', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(account.aws.kms.ebsKey()) }] });
    expect(await reason(image.id)).toMatch(/The snapshot snap-\w+ cannot be shared, because it is encrypted with the AWS managed key aws\/ebs\. Copy it with a customer managed key\. \(EC2 InvalidParameter: /);
    expect(sharingOf(image.id).image).toEqual([]);
  });

  test("for another account's image", async () => {
    const image = account.aws.ec2.addImage({ name: 'theirs', account: CONSUMER, public: true });
    expect(await reason(image.id)).toContain(`The AMI ${image.id} belongs to account ${CONSUMER}, and only its owner can share it. Share it from that account.`);
  });

  test('for an image that does not exist', async () => {
    expect(await reason('ami-0000000000000dead')).toContain('The AMI ami-0000000000000dead was not found in us-east-1.');
  });

  // EC2 calls malformed what only looks like an id too: 'Invalid id: "ami-00000000000000000"'
  test.each(['ami-xyz', '', 'ami-00000000000000000'])('for an image whose id is mistyped, "%s", and the stack can be deleted', async id => {
    if (id === 'ami-00000000000000000') {
      account.aws.faults.add({
        matches: ({ action, input }) => action === 'DescribeImages' && (input.ImageIds as string[] | undefined)?.[0] === 'ami-00000000000000000',
        error: new AwsError('InvalidAMIID.Malformed', 'Invalid id: "ami-00000000000000000"'),
      });
    }
    const define = (stack: Stack) => {
      new AmiSharing(stack, 'Sharing', { imageId: new CfnParameter(stack, 'Id', { default: id }).valueAsString, accountIds: [CONSUMER] });
    };
    const { status, failures } = await account.deploy(define);
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain(`The AMI ${id || '""'} was not found in us-east-1. Check the ID and the Region.`);
    expect(await account.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', failures: [] });
  });

  test('for an image that its owner shares no more, and the stack can be deleted', async () => {
    const theirs = account.aws.ec2.addImage({ name: 'theirs', account: CONSUMER });
    // to the former reader, DescribeImages by id answers with an empty list
    account.aws.faults.add({
      matches: ({ action, input }) => {
        const isMeant = action === 'DescribeImages' && (input.ImageIds as string[] | undefined)?.[0] === theirs.id;
        if (isMeant) {
          delete input.ImageIds;
          input.Filters = [{ Name: 'image-id', Values: [theirs.id] }];
        }
        return isMeant;
      },
    });
    expect(await reason(theirs.id)).toContain(`The AMI ${theirs.id} was not found in us-east-1`);
    expect(account.aws.log.of('ec2:DescribeImages').filter(({ error }) => error)).toEqual([]);
    expect(await account.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', failures: [] });
  });
});
