import { CreateTagsCommand, DeregisterImageCommand, DescribeImagesCommand, EC2Client, Image, RegisterImageCommand } from '@aws-sdk/client-ec2';
import { CfnParameter, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf } from '../../local-aws/kms/key';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../src';
import { atCall, copyOf, Deployment, imageWithId, NOTHING, reasonIn } from '../helpers/deployment';
import { sample } from '../setup/nightly';

/** The account before, during and after a copy is created, updated and deleted, in every combination. */

const OWNER = 'cdk-encrypted-ami:owner';
let account: Deployment;
let client: EC2Client;
let source: string;

beforeAll(async () => {
  account = await Deployment.start();
  client = new EC2Client(account.aws.clientOptions());
});
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }, { deviceName: '/dev/sdb', size: 6 }], tags: { from: 'source' } }).id;
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const ONE_COPY = { images: 1, snapshots: 2, volumes: 0, instances: 0 };
const keyArn = () => arnOf(account.aws.kms.addKey());
const keyed = (arn: string, more: Partial<EncryptedAmiCopyProps> = {}) => (stack: Stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn), ...more });
const keysOf = (imageId: string) => account.aws.ec2.image(imageId)!.devices.map(({ ebs }) => account.aws.ec2.snapshot(ebs!.snapshotId!)!.kmsKeyId);

/** The images that are not the source, as EC2 describes them. */
async function images(): Promise<Image[]> {
  const { Images = [] } = await client.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'tag-key', Values: [OWNER] }] }));
  return Images;
}

/** A resource that fails to be made, after what it depends on. */
function failing(stack: Stack, after?: EncryptedAmiCopy): void {
  const bad = new ec2.CfnInstance(stack, 'Bad', { imageId: 'ami-0000000000000dead', instanceType: 't3.micro' });
  if (after) {
    bad.node.addDependency(after);
  }
}

describe('create', () => {
  test('creates one AMI with its tags, and destroy deletes it', async () => {
    const arn = keyArn();
    const created = await account.deploy(stack => {
      copyOf(source, keyed(arn))(stack);
      Tags.of(stack).add('team', 'platform');
    });
    expect(created.status).toBe('CREATE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect(keysOf(created.outputs.ImageId)).toEqual([arn, arn]);
    const [image] = await images();
    expect(image).toMatchObject({ ImageId: created.outputs.ImageId, State: 'available', Description: `Encrypted copy of ${source}` });
    expect(image.Name).toMatch(/^Images-Copy-\w+-\w+-\w+-\w+$/);
    expect(image.Tags).toEqual(expect.arrayContaining([
      { Key: 'team', Value: 'platform' }, { Key: OWNER, Value: expect.stringMatching(/^arn:aws:cloudformation:us-east-1:123456789012:stack\/Images\//) },
    ]));
    const [{ input }] = account.aws.log.of('ec2:CopyImage');
    expect(input).toMatchObject({ Encrypted: true, KmsKeyId: arn, TagSpecifications: [{ ResourceType: 'image' }, { ResourceType: 'snapshot' }] });

    const destroyed = await account.destroy();
    expect(destroyed.status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test("copies the source's tags when asked to", async () => {
    await account.deploy(copyOf(source, { copySourceTags: true }));
    expect((await images())[0].Tags).toContainEqual({ Key: 'from', Value: 'source' });
  });

  test('is launched by an instance of the same stack, whose volumes have the key', async () => {
    const arn = keyArn();
    const { status, failures } = await account.deploy(stack => {
      const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), ...keyed(arn)(stack) });
      const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
      new ec2.Instance(stack, 'Server', { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, machineImage: copy, instanceType: new ec2.InstanceType('t3.micro') });
    });
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 2, instances: 1 });
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('that fails later, in another resource, leaves nothing', async () => {
    const { status } = await account.deploy(stack => failing(stack, new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), useDefaultKey: true })));
    expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(1);
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test.each(sample(['abandon', 'wait'] as const, 1))('that is cancelled because another resource fails leaves nothing (CloudFormation: %s)', async canceledRequest => {
    account.aws.cloudFormationSwitches.canceledRequest = canceledRequest;
    const slow = account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] }).id;
    const { status, failures } = await account.deploy(stack => {
      const other = new EncryptedAmiCopy(stack, 'Quick', { sourceImage: imageWithId(source), useDefaultKey: true });
      new EncryptedAmiCopy(stack, 'Slow', { sourceImage: imageWithId(slow), useDefaultKey: true });
      failing(stack, other);
    });
    expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(2);
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(failures.join()).not.toContain('did not end');
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('that is delivered twice makes one image', async () => {
    account.aws.lambda.faults.add({ matches: 'CdkEncryptedAmiRequest', deliverTwice: true, times: 1 });
    const { status } = await account.deploy(copyOf(source));
    expect(status).toBe('CREATE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  });
});

describe('update', () => {
  test('of the key replaces the image, and removes the old one after its users have moved', async () => {
    const [one, other] = [keyArn(), keyArn()];
    const created = await account.deploy(copyOf(source, keyed(one)));
    const updated = await account.deploy(copyOf(source, keyed(other)));
    expect(updated.status).toBe('UPDATE_COMPLETE');
    expect(updated.outputs.ImageId).not.toBe(created.outputs.ImageId);
    expect(keysOf(updated.outputs.ImageId)).toEqual([other, other]);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    const order = account.aws.log.calls.filter(({ action }) => ['CopyImage', 'DeregisterImage'].includes(action)).map(({ action }) => action);
    expect(order).toEqual(['CopyImage', 'CopyImage', 'DeregisterImage']);
  });

  test('of the content version replaces the image, whose name begins as the user says and is another one', async () => {
    const arn = keyArn();
    const version = (contentVersion: string) => copyOf(source, keyed(arn, { imageNamePrefix: 'golden/web', contentVersion }));
    const { outputs: { ImageId: first } } = await account.deploy(version('1'));
    const [{ Name: firstName }] = await images();
    expect(firstName).toMatch(/^golden\/web-\w+(-\w+)*$/);
    expect(firstName).not.toContain('Images');

    const updated = await account.deploy(version('2'));

    expect(updated).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(updated.outputs.ImageId).not.toBe(first);
    const [second, ...others] = await images();
    expect(others).toEqual([]);
    expect(second.Name).toMatch(/^golden\/web-/);
    expect(second.Name).not.toBe(firstName);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect((await account.deploy(version('2'))).outputs.ImageId).toBe(second.ImageId);
  });

  test('of what is no part of the image is made in place', async () => {
    const created = await account.deploy(stack => {
      copyOf(source, { description: 'before' })(stack);
      Tags.of(stack).add('old', 'x');
      Tags.of(stack).add('both', 'x');
    });
    const before = (await images())[0];
    const updated = await account.deploy(stack => {
      copyOf(source, { description: 'after' })(stack);
      Tags.of(stack).add('both', 'y');
      Tags.of(stack).add('new', 'y');
    });
    expect(updated.status).toBe('UPDATE_COMPLETE');
    expect(updated.outputs.ImageId).toBe(created.outputs.ImageId);
    const [after] = await images();
    expect(after.Description).toBe('after');
    const tags = Object.fromEntries(after.Tags!.map(({ Key, Value }) => [Key, Value]));
    expect(tags).toEqual({
      'both': 'y', 'new': 'y', [OWNER]: before.Tags!.find(({ Key }) => Key === OWNER)!.Value, 'cdk-encrypted-ami:id': after.ImageId, 'cdk-encrypted-ami:removal-policy': 'Delete',
    });
    expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(1);
    const { Resources } = account.aws.log.of('ec2:CreateTags').pop()!.input as { Resources: string[] };
    expect(Resources).toHaveLength(3);
  });

  test('to a description outside ASCII changes nothing, and the rollback keeps the AMI', async () => {
    const text = (value: string) => copyOf(source, stack => ({ description: new CfnParameter(stack, 'Text', { default: value }).valueAsString }));
    const created = await account.deploy(text(''));
    const { status, failures } = await account.deploy(stack => {
      text('after — x')(stack);
      Tags.of(stack).add('new', 'x');
    });
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(failures.map(reasonIn)).toEqual(['`description` can have ASCII characters only, but "after — x" has "—". Replace this character.']);
    expect((await images()).map(({ ImageId, Tags: tags }) => [ImageId, tags!.some(({ Key }) => Key === 'new')])).toEqual([[created.outputs.ImageId, false]]);
    expect(account.aws.log.of('ec2:ModifyImageAttribute')).toEqual([]);
  });

  test('leaves tags alone that others have added', async () => {
    const created = await account.deploy(copyOf(source));
    await client.send(new CreateTagsCommand({ Resources: [created.outputs.ImageId], Tags: [{ Key: 'theirs', Value: 'x' }] }));
    await account.deploy(stack => {
      copyOf(source)(stack);
      Tags.of(stack).add('ours', 'x');
    });
    expect((await images())[0].Tags!.map(({ Key }) => Key).sort()).toEqual(['cdk-encrypted-ami:id', OWNER, 'cdk-encrypted-ami:removal-policy', 'ours', 'theirs']);
  });

  test('without a change calls nothing', async () => {
    await account.deploy(copyOf(source));
    account.aws.log.clear();
    expect((await account.deploy(copyOf(source))).status).toBe('CREATE_COMPLETE');
    expect(account.aws.log.calls).toEqual([]);
  });

  test.each(['delete-new', 'update-old-then-delete-new'] as const)('that fails leaves the old image as it was, and nothing of the new one (CloudFormation: %s)', async failedReplacement => {
    account.aws.cloudFormationSwitches.failedReplacement = failedReplacement;
    const created = await account.deploy(copyOf(source, keyed(keyArn())));
    const before = await images();
    const key = account.aws.kms.addKey();
    account.aws.faults.add(atCall(['CopyImage'], () => { key.state = 'Disabled'; }));
    const updated = await account.deploy(copyOf(source, keyed(arnOf(key))));
    expect(updated.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(updated.failures.join()).toContain('is disabled');
    expect(updated.outputs.ImageId).toBe(created.outputs.ImageId);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect(await images()).toEqual(before);
    expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(2);
  });

  test('that succeeds while another resource fails goes back to the old image', async () => {
    const created = await account.deploy(copyOf(source, keyed(keyArn())));
    const before = await images();
    const updated = await account.deploy(stack => {
      copyOf(source, keyed(keyArn()))(stack);
      failing(stack, stack.node.findChild('Copy') as EncryptedAmiCopy);
    });
    expect(updated.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(updated.outputs.ImageId).toBe(created.outputs.ImageId);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect(await images()).toEqual(before);
  });

  test.each(sample(['abandon', 'wait'] as const, 1))('that is cancelled because another resource fails leaves the old image, and nothing else (CloudFormation: %s)', async canceledRequest => {
    account.aws.cloudFormationSwitches.canceledRequest = canceledRequest;
    const slow = account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] }).id;
    const quick = (stack: Stack, tag: string) => new EncryptedAmiCopy(stack, `Quick${tag}`, { sourceImage: imageWithId(source), useDefaultKey: true });
    await account.deploy(copyOf(slow));
    const before = await images();
    const updated = await account.deploy(stack => {
      copyOf(slow, keyed(keyArn()))(stack);
      failing(stack, quick(stack, 'New'));
    });
    expect(updated.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    // a cancelled request learns within a minute that nobody waits for it
    await account.aws.clock.sleep(120_000);
    account.aws.clock.advance(60 * 60_000);
    expect(await images()).toEqual(before);
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 1, volumes: 0, instances: 0 });
  });

  test.each(sample(['abandon', 'wait'] as const, 1))('in place that is cancelled because another resource fails leaves the image (CloudFormation: %s)', async canceledRequest => {
    account.aws.cloudFormationSwitches.canceledRequest = canceledRequest;
    const created = await account.deploy(copyOf(source));
    // the other resource fails while the tags of this one are being changed
    account.aws.faults.add({ matches: 'ec2:RunInstances', delay: 120_000 });
    account.aws.faults.add({ matches: 'ec2:CreateTags', delay: 240_000, times: 1 });
    const updated = await account.deploy(stack => {
      copyOf(source)(stack);
      Tags.of(stack.node.findChild('Copy')).add('new', 'x');
      failing(stack);
    });
    expect(updated.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await account.aws.clock.sleep(360_000);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect((await images()).map(({ ImageId }) => ImageId)).toEqual([created.outputs.ImageId]);
  });

  test('with a name of the user\'s explains why the new image cannot have it too', async () => {
    await account.deploy(copyOf(source, keyed(keyArn(), { imageName: 'golden' })));
    const before = await images();
    const updated = await account.deploy(copyOf(source, keyed(keyArn(), { imageName: 'golden' })));
    expect(updated.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(updated.failures.join()).toContain(
      `The AMI name "golden" is in use by ${before[0].ImageId} of the same stack. If this update replaces that AMI, CloudFormation creates the new AMI before it deletes the old ` +
      'one, and EC2 requires unique names. Change `imageName` together with this update, or remove it.');
    expect(await images()).toEqual(before);
  });
});

describe('delete', () => {
  test('of a pending copy cancels it', async () => {
    const slow = account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] }).id;
    const deployed = account.deploy(copyOf(slow));
    while (account.aws.ec2.counts().images === 0) {
      await account.aws.clock.sleep(1_000);
    }
    const destroyed = await account.destroy();
    expect(destroyed.status).toBe('DELETE_COMPLETE');
    await deployed;
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('twice is all right', async () => {
    await account.deploy(copyOf(source));
    account.aws.lambda.faults.add({ matches: 'CdkEncryptedAmiRequest', deliverTwice: true, times: 1 });
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('of what somebody else has removed is all right', async () => {
    const created = await account.deploy(copyOf(source));
    await client.send(new DeregisterImageCommand({ ImageId: created.outputs.ImageId, DeleteAssociatedSnapshots: true }));
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('finds the snapshots of an image that somebody else has deregistered', async () => {
    const created = await account.deploy(copyOf(source));
    await client.send(new DeregisterImageCommand({ ImageId: created.outputs.ImageId }));
    expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, snapshots: 2 });
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('touches nothing that it does not own', async () => {
    const stacks = ['One', 'Other'];
    for (const name of stacks) {
      await account.deploy(copyOf(source), name);
    }
    expect((await account.destroy('One')).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect((await images())[0].Name).toMatch(/^Other-/);
  });

  test('says which snapshot it cannot remove, and what uses it', async () => {
    const created = await account.deploy(copyOf(source));
    const [{ ebs }] = account.aws.ec2.image(created.outputs.ImageId)!.devices;
    const { ImageId } = await client.send(new RegisterImageCommand({
      Name: 'another',
      Architecture: 'x86_64',
      VirtualizationType: 'hvm',
      RootDeviceName: '/dev/xvda',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: ebs!.snapshotId } }],
    }));
    const destroyed = await account.destroy();
    expect(destroyed.status).toBe('DELETE_FAILED');
    expect(destroyed.failures.join()).toContain(
      `Cannot delete the snapshot ${ebs!.snapshotId}, because the AMI ${ImageId} ("another", account ${account.aws.account}) uses it. Deregister that AMI,`);
    await client.send(new DeregisterImageCommand({ ImageId }));
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('leaves an image that is to be retained', async () => {
    await account.deploy(copyOf(source, { removalPolicy: RemovalPolicy.RETAIN }));
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  });
});

test('ten copies of one stack share its functions', async () => {
  const { status, resources } = await account.deploy(stack => {
    for (let copy = 0; copy < 10; copy++) {
      new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: imageWithId(source), useDefaultKey: true });
    }
  });
  expect(status).toBe('CREATE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual({ images: 10, snapshots: 20, volumes: 0, instances: 0 });
  expect(Object.keys(resources).length).toBeLessThanOrEqual(26);
  await account.destroy();
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
