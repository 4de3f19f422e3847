import {
  CopyImageCommand, CreateTagsCommand, DeregisterImageCommand, DescribeImagesCommand, DisableImageCommand, EC2Client, EnableImageCommand, Image,
} from '@aws-sdk/client-ec2';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AwsError } from '../../local-aws/aws-call';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, AmiSharing, AmiVolume, EncryptedAmiCopy, EncryptedAmiCopyProps, MultiKeyAmiBuilder } from '../../src';
import { Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';

/** Cleanups, rollbacks and deletions delete what nobody uses any more, all of it, and nothing else. */

let account: Deployment;
let client: EC2Client;
let source: string;
let keys: readonly string[];
beforeAll(async () => {
  account = await Deployment.start();
  client = new EC2Client(account.aws.clientOptions());
});
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
  keys = [0, 1, 2].map(() => arnOf(account.aws.kms.addKey()));
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const OWNER = 'cdk-encrypted-ami:owner';
const ONE_COPY = { images: 1, snapshots: 1, volumes: 0, instances: 0 };

interface Version extends Partial<EncryptedAmiCopyProps> {
  readonly key?: 0 | 1 | 2;
  readonly source?: string;
  readonly fails?: boolean;
}

function stackWith({ key = 0, source: imageId = source, fails = false, ...props }: Version) {
  return (stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(imageId), encryptionKey: keyWithArn(stack, keys[key]), ...props });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    if (fails) {
      new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' }).node.addDependency(copy);
    }
  };
}

async function owned(): Promise<Image[]> {
  return (await client.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'tag-key', Values: [OWNER] }] }))).Images!;
}

async function ownerTag(): Promise<string> {
  return (await owned())[0].Tags!.find(({ Key }) => Key === OWNER)!.Value!;
}

async function tag(id: string, tags: Record<string, string>): Promise<void> {
  await client.send(new CreateTagsCommand({ Resources: [id], Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }));
}

const slowSource = () => account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] }).id;

describe('the cleanup of an update keeps the AMI that the stack uses', () => {
  test('when a creation had failed without rollback before', async () => {
    await account.deployWithoutRollback(stackWith({ source: 'ami-00000000000000000' }));
    expect(await account.deploy(stackWith({}))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  });

  test('when a creation had been cancelled without rollback before', async () => {
    const slow = slowSource();
    await account.deployWithoutRollback(stack => {
      stackWith({ source: slow })(stack);
      new EncryptedAmiCopy(stack, 'Bad', { sourceImage: imageWithId('ami-00000000000000000'), useDefaultKey: true });
    });
    expect(await account.deploy(stackWith({ source: slow }))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  }, 60_000);

  test('when the AMI between the oldest and the newest is gone', async () => {
    await account.deploy(stackWith({}));
    expect((await account.deployWithoutRollback(stackWith({ key: 1, fails: true }))).status).toBe('UPDATE_FAILED');
    const middle = (await owned()).find(({ Tags }) => Tags!.some(({ Key }) => Key === 'cdk-encrypted-ami:replaces'))!.ImageId!;
    await client.send(new DeregisterImageCommand({ ImageId: middle, DeleteAssociatedSnapshots: true }));
    expect(await account.deploy(stackWith({ key: 2 }))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  });

  test('and the sharing that the stack declares', async () => {
    const shared = account.aws.ec2.addImage({ name: 'mine', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
    const define = (stack: Stack) => { new AmiSharing(stack, 'Sharing', { imageId: shared, accountIds: ['111111111111'] }); };
    await client.send(new DisableImageCommand({ ImageId: shared }));
    expect((await account.deployWithoutRollback(define)).status).toBe('CREATE_FAILED');
    await client.send(new EnableImageCommand({ ImageId: shared }));
    expect(await account.deploy(define)).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    const { snapshotId } = account.aws.ec2.image(shared)!.devices[0].ebs!;
    expect([...account.aws.ec2.snapshot(snapshotId!)!.createVolumePermissions.users]).toEqual(['111111111111']);
  });
});

describe('a forged tag of a leftover does not delete', () => {
  test('an AMI whose name ends like an owner tag', async () => {
    await account.deploy(stackWith({}));
    const owner = await ownerTag();
    const { id } = account.aws.ec2.addImage({ name: 'web-server-2024', devices: [{ deviceName: '/dev/xvda', size: 4 }] });
    await tag(id, { [OWNER]: `${owner.slice(0, owner.lastIndexOf('/'))}/2024`, 'cdk-encrypted-ami:id': id, 'cdk-encrypted-ami:leftover': 'x' });
    await account.deploy(stackWith({ description: 'two' }));
    expect(account.aws.ec2.image(id)!.state).toBe('available');
  });

  test('a snapshot that is kept as a backup of an AMI', async () => {
    await account.deploy(stackWith({}));
    const owner = await ownerTag();
    const { ImageId } = await client.send(new CopyImageCommand({ Name: 'theirs', SourceImageId: source, SourceRegion: account.aws.region }));
    await account.aws.clock.sleep(1_200_000);
    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [ImageId!] }));
    const id = Images![0].BlockDeviceMappings![0].Ebs!.SnapshotId!;
    await client.send(new DeregisterImageCommand({ ImageId: ImageId! }));
    await tag(id, { [OWNER]: owner, 'cdk-encrypted-ami:leftover': ImageId! });
    await account.deploy(stackWith({ description: 'two' }));
    expect(account.aws.ec2.counts().snapshots).toBe(2);
  });
});

test.each(['throttled', 'refused'])('the copy of one snapshot is %s while that of another is under way: each is copied once, and none is left', async how => {
  const two = account.aws.ec2.addImage({ name: 'two', devices: [{ deviceName: '/dev/xvda', size: 4 }, { deviceName: '/dev/sdf', size: 4 }] }).id;
  const isRefused = how === 'refused';
  const error = isRefused ? new AwsError('InvalidRequest', 'no') : new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
  account.aws.faults.add({ matches: 'ec2:CopySnapshot', error, times: 1 });
  account.aws.faults.add({ matches: 'ec2:CopySnapshot', delay: 10_000, times: 1 });
  const created = await account.deploy(stack => {
    new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: imageWithId(two),
      buildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
      rootVolume: { encryptionKey: keyWithArn(stack, keys[0]) },
      blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.fromSource({ encryptionKey: keyWithArn(stack, keys[1]) }) }],
    });
  });
  account.aws.clock.advance(60 * 60_000);
  const sent = account.aws.log.of('ec2:CopySnapshot').filter(call => call.error === undefined).length;
  await account.destroy();
  account.aws.clock.advance(60 * 60_000);
  expect({ status: created.status, sent, counts: account.aws.ec2.counts() })
    .toEqual({ status: isRefused ? 'ROLLBACK_COMPLETE' : 'CREATE_COMPLETE', sent: isRefused ? 1 : 2, counts: NOTHING });
});

test('the Delete of a build from snapshots whose execution somebody has stopped leaves nothing', async () => {
  const deployed = account.deploy(stack => {
    new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: imageWithId(source),
      buildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
      timeout: Duration.minutes(5),
      rootVolume: { encryptionKey: keyWithArn(stack, keys[0]) },
      blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(100), { encryptionKey: keyWithArn(stack, keys[1]) }) }],
    });
  });
  while (account.aws.ec2.counts().volumes === 0) {
    await account.aws.clock.sleep(500);
  }
  await account.aws.clock.sleep(2_000);
  const [{ arn: executionArn }] = account.aws.stepFunctions.executions;
  await new SFNClient(account.aws.clientOptions()).send(new StopExecutionCommand({ executionArn }));
  account.aws.clock.advance(25 * 60_000);
  expect((await deployed).status).toBe('ROLLBACK_COMPLETE');
  await account.destroy();
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}, 60_000);

test('many copies with our tags do not delay a rollback and a delete', async () => {
  const timeout = Duration.minutes(15);
  await account.deploy(stackWith({ timeout }));
  const owner = await ownerTag();
  for (let index = 0; index < 9; index++) {
    const { id } = account.aws.ec2.addImage({ name: `backup-${index}`, devices: [{ deviceName: '/dev/xvda', size: 4 }] });
    await tag(id, { [OWNER]: `${owner.slice(0, -8)}${String(index).padStart(8, '0')}`, 'cdk-encrypted-ami:id': 'ami-0123456789abcdef0' });
  }
  expect((await account.deploy(stackWith({ timeout, description: 'two', fails: true }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
}, 60_000);

test('a rollback of a replacement whose old AMI has gone meanwhile answers the old id, and creates none', async () => {
  account.aws.cloudFormationSwitches.replacementRollback = 'update-new';
  const { outputs } = await account.deploy(stackWith({}));
  account.aws.faults.add({
    matches: ({ action }) => {
      if (action === 'RunInstances') {
        void client.send(new DeregisterImageCommand({ ImageId: outputs.ImageId, DeleteAssociatedSnapshots: true }));
        account.aws.ec2.image(source)!.state = 'deregistered';
      }
      return action === 'RunInstances';
    },
    times: 1,
  });
  expect((await account.deploy(stackWith({ key: 1, fails: true }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
});

test('an AMI whose tag with its id somebody has changed is updated and deleted', async () => {
  const { outputs } = await account.deploy(stackWith({}));
  await tag(outputs.ImageId, { 'cdk-encrypted-ami:id': 'x' });
  expect(await account.deploy(stackWith({ description: 'two' }))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [], outputs });
  await tag(outputs.ImageId, { 'cdk-encrypted-ami:id': 'x' });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test('a resource that CloudFormation still shows as it was hours ago has its whole time', async () => {
  await account.deploy(stackWith({}));
  account.aws.clock.advance(2 * 60 * 60_000);
  const { resources } = account.aws.cloudFormation.stack({ account: account.aws.account, region: account.aws.region }, 'Images');
  const copy = [...resources.values()].find(({ type }) => type === 'Custom::EncryptedAmiCopy')!;
  const { status, timestamp } = copy;
  account.aws.faults.add({
    matches: ({ action }) => {
      if (action === 'DescribeStackResource') {
        Object.assign(copy, { status, timestamp });
      }
      return action === 'DescribeStackResource';
    },
    times: 1,
  });
  account.aws.faults.add({ matches: 'ec2:ModifyImageAttribute', error: new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503), times: 8 });
  expect(await account.deploy(stackWith({ description: 'two' }))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
});

test('what others have made with our tags is named in the log of a Delete', async () => {
  const copies = (...ids: string[]) => (stack: Stack) => {
    ids.forEach(id => new EncryptedAmiCopy(stack, id, { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, keys[0]) }));
  };
  await account.deploy(copies('One', 'Two'));
  const [image] = await owned();
  const { ImageId: theirs } = await client.send(new CopyImageCommand({
    Name: 'theirs', SourceImageId: image.ImageId!, SourceRegion: account.aws.region, CopyImageTags: true,
  }));
  await account.aws.clock.sleep(1_200_000);
  expect((await account.deploy(copies(/Two/.test(image.Name!) ? 'One' : 'Two'))).status).toBe('UPDATE_COMPLETE');
  const log = account.aws.lambda.logStore.names().flatMap(name => account.aws.lambda.logStore.lines(name)).map(({ message }) => message)
    .filter(line => line.includes('left alone'));
  expect(log).toEqual([expect.stringContaining(theirs!)]);
  expect(account.aws.ec2.image(theirs!)!.state).toBe('available');
});
