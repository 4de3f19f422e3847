import {
  CopyImageCommand, CreateTagsCommand, DeleteTagsCommand, DeregisterImageCommand, DescribeImagesCommand, DescribeSnapshotsCommand,
  DisableImageCommand, EC2Client,
  EnableImageDeregistrationProtectionCommand, DisableImageDeregistrationProtectionCommand, ModifySnapshotAttributeCommand, RegisterImageCommand, Tag,
} from '@aws-sdk/client-ec2';
import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AwsError } from '../../local-aws/aws-call';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, AmiSharing, EncryptedAmiCopy, EncryptedAmiCopyProps, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { Deployment, imageWithId, keyWithArn, NOTHING, reasonIn } from '../helpers/deployment';

/** After every failure, one more deployment that changes something completes, and a delete leaves nothing. */

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
  keys = [arnOf(account.aws.kms.addKey()), arnOf(account.aws.kms.addKey())];
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const ONE_COPY = { images: 1, snapshots: 1, volumes: 0, instances: 0 };
const copies = () => account.aws.log.of('ec2:CopyImage').length;

function failing(stack: Stack, after: EncryptedAmiCopy | InstanceAmi | MultiKeyAmiBuilder | AmiSharing): void {
  new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' }).node.addDependency(after);
}

type More = (stack: Stack, copy: EncryptedAmiCopy) => void;

function copyWith(props: Partial<EncryptedAmiCopyProps> & { key?: 0 | 1 } = {}, more: More = () => undefined) {
  return (stack: Stack) => {
    const { key = 0, ...rest } = props;
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, keys[key]), ...rest });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    more(stack, copy);
  };
}

describe('an AMI that somebody has deregistered', () => {
  const KINDS: Readonly<Record<string, (stack: Stack, description: string) => EncryptedAmiCopy | InstanceAmi | MultiKeyAmiBuilder>> = {
    'copy': (stack, description) =>
      new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, keys[0]), description }),
    'build with an instance': (stack, description) =>
      new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: imageWithId(source), rootVolume: { encryptionKey: keyWithArn(stack, keys[0]) }, description }),
    'build from snapshots': (stack, description) => new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: imageWithId(source),
      rootVolume: { encryptionKey: keyWithArn(stack, keys[0]) },
      description,
      buildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
    }),
  };

  test.each(Object.keys(KINDS))('%s: the next update creates it again, whatever it changes', async kind => {
    const define = (description: string) => (stack: Stack) => {
      new CfnOutput(stack, 'ImageId', { value: KINDS[kind](stack, description).imageId });
    };
    const { outputs } = await account.deploy(define('one'));
    await client.send(new DeregisterImageCommand({ ImageId: outputs.ImageId, DeleteAssociatedSnapshots: true }));
    const updated = await account.deploy(define('two'));
    expect(updated).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(updated.outputs.ImageId).not.toBe(outputs.ImageId);
    expect(account.aws.ec2.image(updated.outputs.ImageId)).toMatchObject({ state: 'available', description: 'two' });
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('between an update and its rollback: the rollback completes, and the next update creates it again', async () => {
    const { outputs } = await account.deploy(copyWith());
    account.aws.faults.add({
      matches: ({ action, principal }) => {
        if (action === 'ModifyImageAttribute' && principal.roleArn !== undefined) {
          void client.send(new DeregisterImageCommand({ ImageId: outputs.ImageId, DeleteAssociatedSnapshots: true }));
        }
        return action === 'ModifyImageAttribute';
      },
      times: 1,
    });
    const failed = await account.deploy(copyWith({ description: 'two' }, failing));
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const updated = await account.deploy(copyWith({ description: 'three' }));
    expect(updated).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('of a sharing: its rollback completes', async () => {
    const shared = account.aws.ec2.addImage({ name: 'mine', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
    const define = (accountIds: string[], fails = false) => (stack: Stack) => {
      const sharing = new AmiSharing(stack, 'Sharing', { imageId: shared, accountIds });
      if (fails) {
        failing(stack, sharing);
      }
    };
    await account.deploy(define(['111111111111']));
    account.aws.faults.add({
      matches: ({ action }) => {
        if (action === 'ModifySnapshotAttribute') {
          account.aws.ec2.image(shared)!.state = 'deregistered';
        }
        return action === 'ModifySnapshotAttribute';
      },
      times: 1,
    });
    expect((await account.deploy(define(['222222222222'], true))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  });

  test('while its tag was only removed is not created again: the message has the command that sets the tag', async () => {
    const { outputs } = await account.deploy(copyWith());
    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [outputs.ImageId] }));
    const tag = Images![0].Tags!.find(({ Key }) => Key === 'cdk-encrypted-ami:owner')!;
    await client.send(new DeleteTagsCommand({ Resources: [outputs.ImageId], Tags: [tag] }));
    const { failures } = await account.deploy(copyWith({ description: 'two' }));
    expect(reasonIn(failures[0])).toContain(`aws ec2 create-tags --resources ${outputs.ImageId} --tags Key=cdk-encrypted-ami:owner,Value=${tag.Value} --region us-east-1`);
    await client.send(new CreateTagsCommand({ Resources: [outputs.ImageId], Tags: [tag] }));
    expect(await account.deploy(copyWith({ description: 'two' }))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  });
});

describe('an AMI that somebody has disabled', () => {
  const permissionsOf = (imageId: string) => {
    const { snapshotId } = account.aws.ec2.image(imageId)!.devices[0].ebs!;
    return [...account.aws.ec2.snapshot(snapshotId!)!.createVolumePermissions.users];
  };

  test('an account that is taken out of the sharing loses its snapshots', async () => {
    const { outputs } = await account.deploy(copyWith({}, (_stack, copy) => copy.shareWithAccounts('111111111111', '222222222222')));
    await client.send(new DisableImageCommand({ ImageId: outputs.ImageId }));
    expect(await account.deploy(copyWith({}, (_stack, copy) => copy.shareWithAccounts('111111111111')))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(permissionsOf(outputs.ImageId)).toEqual(['111111111111']);
  });

  test('a new sharing fails at once, and the rollback completes', async () => {
    const { outputs } = await account.deploy(copyWith());
    await client.send(new DisableImageCommand({ ImageId: outputs.ImageId }));
    const began = account.aws.clock.now();
    const failed = await account.deploy(copyWith({}, (_stack, copy) => copy.shareWithAccounts('111111111111')));
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(reasonIn(failed.failures[0])).toContain(`aws ec2 enable-image --image-id ${outputs.ImageId} --region us-east-1)`);
    expect(account.aws.clock.now() - began).toBeLessThan(10 * 60_000);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});

test.each(['deregistered', 'disabled'] as const)('a source that is %s while the copy runs does not make a complete copy fail', async state => {
  account.aws.ec2.settings.timing.copyStart = 60_000;
  account.aws.faults.add({
    matches: ({ action }) => {
      if (action === 'DescribeSnapshots' && copies() > 0) {
        account.aws.ec2.image(source)!.state = state;
      }
      return action === 'DescribeSnapshots' && copies() > 0;
    },
  });
  expect(await account.deploy(copyWith())).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
});

test('a pending copy that somebody deregisters ends within minutes, with a sentence, and is not copied again', async () => {
  const slow = account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 90 }] }).id;
  const deployed = account.deploy(copyWith({ sourceImage: imageWithId(slow) }));
  while (account.aws.ec2.counts().images === 0) {
    await account.aws.clock.sleep(1_000);
  }
  const { Images } = await client.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'state', Values: ['pending'] }] }));
  await client.send(new DeregisterImageCommand({ ImageId: Images![0].ImageId!, DeleteAssociatedSnapshots: true }));
  const began = account.aws.clock.now();
  const { status, failures } = await deployed;
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(reasonIn(failures[0])).toMatch(/^The copy ami-\w+ of ami-\w+ disappeared while it was pending: somebody deregistered it/);
  expect(copies()).toBe(1);
  expect(account.aws.clock.now() - began).toBeLessThan(20 * 60_000);
});

test("a quota that waiting does not free fails at once, with EC2's words", async () => {
  const words = 'You have reached your quota of 50000 images in this region.';
  account.aws.faults.add({ matches: 'ec2:CopyImage', error: new AwsError('ResourceLimitExceeded', words) });
  const { failures } = await account.deploy(copyWith());
  expect(reasonIn(failures[0])).toMatch(/^EC2 does not copy ami-\w+, because a quota of this account is used up\. Deregister AMIs that are not needed, or request a higher quota/);
  expect(reasonIn(failures[0])).toContain(`(EC2 ResourceLimitExceeded: ${words})`);
  expect(copies()).toBe(1);
});

describe('a deletion that waiting does not help', () => {
  async function registerWithSnapshotOf(imageId: string): Promise<string> {
    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    const { ImageId } = await client.send(new RegisterImageCommand({
      Name: 'theirs', RootDeviceName: '/dev/xvda', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: Images![0].BlockDeviceMappings![0].Ebs!.SnapshotId } }],
    }));
    return ImageId!;
  }
  const tagsOf = (tags: readonly Tag[] = []) => tags.map(({ Key }) => Key);

  test('a snapshot that another AMI uses: the message names it, the update does not wait, and a later one deletes the snapshot', async () => {
    const { outputs } = await account.deploy(copyWith());
    const theirs = await registerWithSnapshotOf(outputs.ImageId);
    const began = account.aws.clock.now();
    const updated = await account.deploy(copyWith({ key: 1 }));
    expect(updated.status).toBe('UPDATE_COMPLETE');
    expect(account.aws.clock.now() - began).toBeLessThan(15 * 60_000);
    expect(updated.events.map(({ ResourceStatusReason }) => ResourceStatusReason).join()).toContain(`because the AMI ${theirs} ("theirs", account ${account.aws.account}) uses it`);
    const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: [{ Name: 'tag-key', Values: ['cdk-encrypted-ami:leftover'] }] }));
    expect(Snapshots!.map(({ Tags: tags }) => tagsOf(tags).includes('cdk-encrypted-ami:leftover'))).toEqual([true]);
    await client.send(new DeregisterImageCommand({ ImageId: theirs }));
    expect((await account.deploy(copyWith({ key: 1, description: 'other' }))).status).toBe('UPDATE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  });

  test('an AMI that is protected: the message has the command, and the last Delete of the stack deletes it when the protection is gone', async () => {
    const { outputs } = await account.deploy(copyWith());
    await client.send(new EnableImageDeregistrationProtectionCommand({ ImageId: outputs.ImageId }));
    const updated = await account.deploy(copyWith({ key: 1 }));
    expect(updated.status).toBe('UPDATE_COMPLETE');
    expect(updated.events.map(({ ResourceStatusReason }) => ResourceStatusReason).join())
      .toContain(`aws ec2 disable-image-deregistration-protection --image-id ${outputs.ImageId} --region us-east-1)`);
    await client.send(new DisableImageDeregistrationProtectionCommand({ ImageId: outputs.ImageId }));
    account.aws.clock.advance(25 * 60 * 60_000);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});

test('a stack whose builder has another method after a replacement deletes the old AMI without the permissions of the old method', async () => {
  const define = (buildMethod: AmiBuildMethod, key: 0 | 1) => (stack: Stack) => {
    new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: imageWithId(source), rootVolume: { encryptionKey: keyWithArn(stack, keys[key]) }, buildMethod });
  };
  await account.deploy(define(AmiBuildMethod.LAUNCH_INSTANCE, 0));
  expect(await account.deploy(define(AmiBuildMethod.COPY_SNAPSHOTS, 1))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
});

test('an update in place of a stack with tags for the whole app completes while the AMI is shared by hand', async () => {
  const { outputs } = await account.deploy(copyWith());
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [outputs.ImageId] }));
  await client.send(new ModifySnapshotAttributeCommand({
    SnapshotId: Images![0].BlockDeviceMappings![0].Ebs!.SnapshotId, Attribute: 'createVolumePermission', CreateVolumePermission: { Add: [{ UserId: '333333333333' }] },
  }));
  await client.send(new CopyImageCommand({ Name: 'mine', SourceImageId: outputs.ImageId, SourceRegion: account.aws.region }));
  expect(await account.deploy(stack => {
    copyWith()(stack);
    Tags.of(stack).add('team', 'platform');
  })).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
});
