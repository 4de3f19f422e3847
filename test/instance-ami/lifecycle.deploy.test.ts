import {
  AttachVolumeCommand, CreateImageCommand, CreateVolumeCommand, DeregisterImageCommand, DescribeInstancesCommand, EC2Client, RunInstancesCommand,
  RunInstancesCommandInput, StartInstancesCommand, StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CfnOutput, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf } from '../../local-aws/kms/key';
import { InstanceAmi, InstanceAmiProps, BootModeOverride } from '../../src';
import { atCall, Deployment, reasonIn } from '../helpers/deployment';

let account: Deployment;
let client: EC2Client;
let keys: string[];
let source: string;

beforeAll(async () => {
  account = await Deployment.start();
  client = new EC2Client(account.aws.clientOptions());
});
beforeEach(() => {
  keys = [1, 2, 3, 4].map(() => arnOf(account.aws.kms.addKey()));
  source = account.aws.ec2.addImage({
    name: 'source', bootMode: 'uefi-preferred', devices: ['/dev/xvda', '/dev/sdb', '/dev/sdc'].map((deviceName, index) => ({ deviceName, size: 4, kmsKeyId: keys[index] })),
  }).id;
});
afterEach(() => account.reset());
afterAll(() => account.stop());

async function launch(input: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: source, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...input }));
  return Instances![0].InstanceId!;
}

async function running(input: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const id = await launch(input);
  account.aws.clock.advance(30_000);
  return id;
}

async function stateOf(instanceId: string): Promise<string | undefined> {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  return Reservations![0].Instances![0].State!.Name;
}

type Props = Partial<InstanceAmiProps>;

function imageOf(instanceId: string, props: Props | ((stack: Stack) => Props) = {}) {
  return (stack: Stack) => {
    const instance = ec2.CfnInstance.fromInstanceId(stack, 'Existing', instanceId);
    const image = new InstanceAmi(stack, 'Snapshot', { instance, ...typeof props === 'function' ? props(stack) : props });
    new CfnOutput(stack, 'ImageId', { value: image.imageId });
  };
}

const keyed = (index: number, more: Props = {}) => (stack: Stack): Props => ({
  encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keys[index]), sourceEncryptionKeys: keys.slice(0, 3).map((arn, i) => kms.Key.fromKeyArn(stack, `Source${i}`, arn)), ...more,
});

/** Device and key of each snapshot of an image. */
function devicesOf(imageId: string): [string, string | undefined][] {
  return account.aws.ec2.image(imageId)!.devices.map(({ deviceName, ebs }) => [deviceName, account.aws.ec2.snapshot(ebs!.snapshotId!)!.kmsKeyId]);
}

const made = () => account.aws.log.of('ec2:CreateImage');
/** The images and snapshots, without the instance and its volumes. */
const left = () => ({ images: account.aws.ec2.counts().images, snapshots: account.aws.ec2.counts().snapshots });
const NONE = { images: 0, snapshots: 0 };

async function refusal(instanceId: string, props: Props | ((stack: Stack) => Props) = {}): Promise<string> {
  const { status, failures } = await account.deploy(imageOf(instanceId, props));
  expect(status).toBe('ROLLBACK_COMPLETE');
  account.aws.clock.advance(60 * 60_000);
  expect(left()).toEqual(NONE);
  expect(failures).toHaveLength(1);
  return reasonIn(failures[0]);
}

describe('an image of an instance', () => {
  test('of a running instance has a snapshot of each volume, encrypted with the key of the volume, and is deleted with the stack', async () => {
    const id = await running();
    const { status, failures, outputs } = await account.deploy(stack => {
      imageOf(id)(stack);
      Tags.of(stack).add('team', 'platform');
    });
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(devicesOf(outputs.ImageId)).toEqual([['/dev/xvda', keys[0]], ['/dev/sdb', keys[1]], ['/dev/sdc', keys[2]]]);
    expect(made()).toHaveLength(1);
    expect(made()[0].input).toMatchObject({ InstanceId: id, NoReboot: false });
    expect(made()[0].input).not.toHaveProperty('BlockDeviceMappings');
    expect(await stateOf(id)).toBe('running');
    expect((await account.destroy()).failures).toEqual([]);
    expect(left()).toEqual(NONE);
    expect(await stateOf(id)).toBe('running');
  });

  test('that is stopped', async () => {
    const id = await running();
    await client.send(new StopInstancesCommand({ InstanceIds: [id] }));
    account.aws.clock.advance(30_000);
    const { status, outputs } = await account.deploy(imageOf(id, { reboot: false }));
    expect(status).toBe('CREATE_COMPLETE');
    expect(devicesOf(outputs.ImageId).map(([, key]) => key)).toEqual(keys.slice(0, 3));
    expect(made()[0].input).toMatchObject({ NoReboot: true });
    expect(await stateOf(id)).toBe('stopped');
  });

  test('that is pending, or stops, is made when it has got there', async () => {
    account.aws.ec2.settings.timing.instanceStart = 90_000;
    account.aws.ec2.settings.timing.instanceStop = 90_000;
    const [starting, stopping] = [await launch(), await running()];
    account.aws.clock.advance(90_000);
    await client.send(new StopInstancesCommand({ InstanceIds: [starting] }));
    account.aws.clock.advance(120_000);
    await client.send(new StartInstancesCommand({ InstanceIds: [starting] }));
    await client.send(new StopInstancesCommand({ InstanceIds: [stopping] }));
    expect([await stateOf(starting), await stateOf(stopping)]).toEqual(['pending', 'stopping']);
    const { status, failures } = await account.deploy(stack => {
      for (const [name, id] of Object.entries({ Starting: starting, Stopping: stopping })) {
        new InstanceAmi(stack, name, { instance: ec2.CfnInstance.fromInstanceId(stack, `${name}Server`, id) });
      }
    });
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect([await stateOf(starting), await stateOf(stopping)]).toEqual(['running', 'stopped']);
  });

  test('of the same stack, which an instance of the stack is launched from', async () => {
    const { status, failures } = await account.deploy(stack => {
      const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 1, subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
      const server = (name: string, machineImage: ec2.IMachineImage) => new ec2.Instance(stack, name, {
        vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, instanceType: new ec2.InstanceType('t3.micro'), machineImage,
      });
      const instance = server('Model', ec2.MachineImage.latestAmazonLinux2023());
      server('Copy', new InstanceAmi(stack, 'Snapshot', { instance }));
    });
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect((await account.destroy()).failures).toEqual([]);
    expect(account.aws.ec2.counts()).toEqual({ images: 0, snapshots: 0, volumes: 0, instances: 0 });
  });

  test('leaves volumes out, changes what goes with an instance, and boots by UEFI, each by the name that the user gives', async () => {
    const id = await running();
    const { status, failures, outputs } = await account.deploy(imageOf(id, {
      blockDevices: [
        { deviceName: 'xvdc', mappingEnabled: false },
        { deviceName: '/dev/xvdb', deleteOnTermination: true },
        { deviceName: '/dev/sda1', deleteOnTermination: false },
      ],
      bootModeOverride: BootModeOverride.UEFI,
    }));
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    const image = account.aws.ec2.image(outputs.ImageId)!;
    expect(image.attributes.bootMode).toBe('uefi');
    expect(image.devices.map(({ deviceName, ebs }) => [deviceName, ebs!.deleteOnTermination])).toEqual([['/dev/xvda', false], ['/dev/sdb', true]]);
  });
});

describe('with a key of its own', () => {
  test('all snapshots are encrypted with that key, and the intermediate image is deleted', async () => {
    const id = await running();
    const { status, failures, outputs } = await account.deploy(imageOf(id, keyed(3, { imageName: 'one-key' })));
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(devicesOf(outputs.ImageId)).toEqual([['/dev/xvda', keys[3]], ['/dev/sdb', keys[3]], ['/dev/sdc', keys[3]]]);
    expect(account.aws.ec2.image(outputs.ImageId)!.name).toBe('one-key');
    expect(left()).toEqual({ images: 1, snapshots: 3 });
    // a change in place does not begin again
    const changed = await account.deploy(imageOf(id, keyed(3, { imageName: 'one-key', description: 'other' })));
    expect(changed.failures).toEqual([]);
    expect(changed.outputs.ImageId).toBe(outputs.ImageId);
    expect(account.aws.ec2.image(outputs.ImageId)!.description).toBe('other');
    expect((await account.destroy()).failures).toEqual([]);
    expect(left()).toEqual(NONE);
  });

  test('a copy that fails leaves neither image', async () => {
    const id = await running();
    const key = account.aws.kms.addKey();
    account.aws.faults.add(atCall(['CopyImage'], () => { key.state = 'Disabled'; }));
    expect(await refusal(id, stack => ({ ...keyed(3)(stack), encryptionKey: kms.Key.fromKeyArn(stack, 'Dying', arnOf(key)) })))
      .toMatch(/^The copy ami-\w+ of ami-\w+ is in the state failed\. `encryptionKey` \(arn:\S+\) is disabled/);
    expect(made()).toHaveLength(1);
  });

  test('the keys of the volumes have to be known', async () => {
    expect(await refusal(await running(), stack => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keys[3]) })))
      .toMatch(/^The handler role is not allowed to use the key of the instance's volume vol-\w+ for \/dev\/xvda \(arn:\S+\)\. Pass it in `sourceEncryptionKeys`/);
    expect(made()).toHaveLength(0);
  });
});

describe('is made once', () => {
  test('though the answer of CreateImage is lost, and the image not seen for a while', async () => {
    const id = await running();
    account.aws.ec2.settings.consistency.untilVisible = 40_000;
    account.aws.faults.add({ matches: 'ec2:CreateImage', dropResponse: true, times: 1 });
    const { status, failures } = await account.deploy(imageOf(id));
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(left()).toEqual({ images: 1, snapshots: 3 });
    expect(made().length).toBeGreaterThan(1);
  });

  test.each([[true, true], [true, false], [false, true], [false, false]])(
    'when it fails, whether a failed image keeps its tags (%p) or its name (%p)', async (tags, name) => {
      Object.assign(account.aws.ec2.switches, { failedImageKeepsTags: tags, failedImageKeepsName: name });
      const key = account.aws.kms.addKey();
      const image = account.aws.ec2.addImage({ name: 'dying', devices: [{ deviceName: '/dev/xvda', size: 4, kmsKeyId: arnOf(key) }] }).id;
      const id = await running({ ImageId: image });
      account.aws.faults.add(atCall(['CreateImage'], () => { key.state = 'Disabled'; }));
      const { status, failures } = await account.deploy(imageOf(id, stack => ({ sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', arnOf(key))] })));
      expect(status).toBe('ROLLBACK_COMPLETE');
      expect(failures.join()).toMatch(/The AMI ami-\w+ of the instance i-\w+ is in the state failed\. The key of the instance's volume vol-\w+ for \/dev\/xvda \(arn:\S+\) is disabled/);
      expect(made()).toHaveLength(1);
      expect(left().images).toBe(tags ? 0 : 1);
    });

  test('and created again for another contentVersion, after which the old one is deleted', async () => {
    const id = await running();
    const first = await account.deploy(imageOf(id, { contentVersion: '1' }));
    const same = await account.deploy(imageOf(id, { contentVersion: '1', reboot: false, description: 'same' }));
    const second = await account.deploy(imageOf(id, { contentVersion: '2', description: 'same' }));
    expect(same.outputs.ImageId).toBe(first.outputs.ImageId);
    expect(second.status).toBe('UPDATE_COMPLETE');
    expect(second.outputs.ImageId).not.toBe(first.outputs.ImageId);
    expect(left()).toEqual({ images: 1, snapshots: 3 });
  });
});

describe('is refused', () => {
  test('for an instance that does not exist', async () => {
    expect(await refusal('i-0000000000000dead')).toBe(
      'The instance i-0000000000000dead was not found in us-east-1. Check the ID, the account and the Region, or use an instance that exists.');
  });

  test('for an instance that does not get to a state', async () => {
    account.aws.ec2.settings.timing.instanceStart = 30 * 60_000;
    const id = await launch();
    expect(await refusal(id, { timeout: Duration.minutes(2) })).toMatch(
      /^The AMI was not available within 2 minutes: the instance i-\w+ is pending, and EC2 creates AMIs only of instances that are running or stopped/);
  });

  test('where the name is taken, before anything is made', async () => {
    const taken = account.aws.ec2.addImage({ name: 'golden' }).id;
    expect(await refusal(await running(), { imageName: 'golden' })).toBe(`The AMI name "golden" is in use by ${taken}. Choose another \`imageName\`, or remove it.`);
    expect(made()).toHaveLength(0);
  });

  test('where a key of a volume is disabled', async () => {
    const key = account.aws.kms.addKey();
    const id = await running({ ImageId: account.aws.ec2.addImage({ name: 'one', devices: [{ deviceName: '/dev/xvda', size: 4, kmsKeyId: arnOf(key) }] }).id });
    key.state = 'Disabled';
    expect(await refusal(id, stack => ({ sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', arnOf(key))] }))).toMatch(
      /^The key of the instance's volume vol-\w+ for \/dev\/xvda \(arn:\S+\) is disabled\. Enable it, or use another key\.$/);
    expect(made()).toHaveLength(0);
  });

  test('where a volume was attached while the image was made', async () => {
    const id = await running();
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    const { AvailabilityZone } = Reservations![0].Instances![0].Placement!;
    const { VolumeId } = await client.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1 }));
    account.aws.clock.advance(10_000);
    const deployed = refusal(id);
    while (made().length === 0) {
      await account.aws.clock.sleep(1_000);
    }
    await client.send(new AttachVolumeCommand({ InstanceId: id, VolumeId, Device: '/dev/sdp' }));
    expect(await deployed).toMatch(/has the devices \/dev\/sdb, \/dev\/sdc, \/dev\/xvda, but the instance i-\w+ has \/dev\/sdb, \/dev\/sdc, \/dev\/sdp, \/dev\/xvda\. A volume may have been attached/);
  });
});

test('an AMI that somebody deregistered is created again by the next update', async () => {
  const id = await running();
  const { outputs } = await account.deploy(imageOf(id));
  await client.send(new DeregisterImageCommand({ ImageId: outputs.ImageId }));
  account.aws.clock.advance(5 * 60_000);
  const updated = await account.deploy(imageOf(id, { description: 'other' }));
  expect(updated).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.image(updated.outputs.ImageId)).toMatchObject({ state: 'available', description: 'other' });
});

test('the local EC2 lets an image boot by UEFI only if its instance has', async () => {
  const bios = await running({ ImageId: account.aws.ec2.addImage({ name: 'bios', bootMode: 'legacy-bios' }).id });
  await expect(client.send(new CreateImageCommand({ InstanceId: bios, Name: 'image', BootModeOverride: 'uefi' }))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});
