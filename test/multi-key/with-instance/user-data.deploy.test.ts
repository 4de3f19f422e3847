import { Duration, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../../local-aws/kms/key';
import { MultiKeyAmiBuilderProps, AmiVolume } from '../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING, reasonIn, withoutStatement } from '../../helpers/deployment';

/** Commands that the builder instance runs before EC2 creates the image from its volumes. */

let account: Deployment;
let source: string;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

function commands(...lines: string[]): ec2.UserData {
  const userData = ec2.UserData.forLinux();
  userData.addCommands(...lines);
  return userData;
}

const build = (props: Partial<MultiKeyAmiBuilderProps> | ((stack: Stack) => Partial<MultiKeyAmiBuilderProps>) = {}) => buildOf(stack => ({
  sourceImage: imageWithId(source),
  blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, key) }) }],
  ...typeof props === 'function' ? props(stack) : props,
}));

interface Launch extends Record<string, unknown> {
  readonly UserData?: string;
  readonly NetworkInterfaces: { AssociatePublicIpAddress: boolean; Groups: string[] }[];
}

/** The parameters of RunInstances for the builder instance. */
function launched(): Launch {
  const calls = account.aws.log.of('ec2:RunInstances');
  expect(calls).toHaveLength(1);
  return calls[0].input as Launch;
}

/** In which order calls of these succeeded. */
function orderOf(...actions: string[]): string[] {
  return account.aws.log.calls.filter(({ action, error }) => actions.includes(action) && !error).map(({ action }) => action);
}

/** Deploys a build that cannot be made, and gives the reason that the stack's event has. */
async function refusal(props: Partial<MultiKeyAmiBuilderProps>, edit?: Parameters<typeof account.deploy>[2]): Promise<string> {
  const { status, failures } = await account.deploy(build(props), 'Images', edit);
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  expect(failures).toHaveLength(1);
  return reasonIn(failures[0]);
}

describe('with user data', () => {
  const userData = commands('mkfs -t xfs /dev/sdf', 'shutdown -h now');

  test('it runs, and the build goes on when the builder has stopped itself, with its volumes attached', async () => {
    account.aws.ec2.settings.timing.userData = 10 * 60_000;
    expect(await account.deploy(build({ userData }))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(launched()).toMatchObject({ MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required' }, InstanceInitiatedShutdownBehavior: 'stop' });
    const script = Buffer.from(launched().UserData!, 'base64').toString();
    expect(script).toMatch(/^#!\/bin\/bash\n# MultiKeyAmiBuilder: .*\n#!\/bin\/bash\nmkfs -t xfs \/dev\/sdf\nEND_OF_USER_DATA\n.*\nshutdown -h now$/s);
    expect(script.match(/shutdown/g)).toHaveLength(1);
    expect(orderOf('AttachVolume', 'StopInstances', 'CreateImage')).toEqual(['AttachVolume', 'CreateImage']);
    // the ten minutes begin with the launch: the volume may be attached late on a busy machine
    const [[launch], [made]] = ['ec2:RunInstances', 'ec2:CreateImage'].map(name => account.aws.log.of(name));
    expect(made.at - launch.at).toBeGreaterThan(9 * 60_000);
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
  });

  test('a shutdown that is faster than the volumes does not lose them', async () => {
    Object.assign(account.aws.ec2.settings.timing, { userData: 1_000, volumeCreation: 90_000 });
    expect(await account.deploy(build({ userData }))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(orderOf('AttachVolume', 'CreateImage')).toEqual(['AttachVolume', 'CreateImage']);
    expect(account.aws.ec2.counts()).toMatchObject({ images: 1, snapshots: 2 });
  });

  test('a change of it makes a new image, a change of its time does not', async () => {
    const first = await account.deploy(build({ userData }));
    const patient = await account.deploy(build({ userData, userDataTimeout: Duration.minutes(20) }));
    expect(patient).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: first.outputs });
    const other = await account.deploy(build({ userData: commands('shutdown -h now') }));
    expect(other).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(other.outputs.ImageId).not.toBe(first.outputs.ImageId);
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
  });
});

test('user data that never ends: the message has the end of the console, and nothing is left', async () => {
  const reason = await refusal({ userData: commands('echo begin', 'sleep infinity'), userDataTimeout: Duration.minutes(3) });
  expect(reason).toMatch(/^The builder instance i-\w+ did not stop within 3 minutes\. Its user data hangs, .* or does not end with `shutdown -h now`\. Last console output: ".*"$/);
  expect(reason).toMatch(/cloud-init: \+ echo begin \| \[ *\d+\.\d+\] cloud-init: \+ sleep infinity"$/);
  expect(account.aws.log.of('ec2:CreateImage')).toEqual([]);
});

test.each([
  ['stays up', {}],
  ['posts its console late', { instanceTypes: [new ec2.InstanceType('t2.small')] }],
])('user data that fails, and whose instance %s: the message has the reason that it has reported, and nothing is left', async (_title, props) => {
  // as the generated script writes it
  const reported = ['', 'cdk-encrypted-ami: builder failed: the device /dev/sdf did not appear within 600 seconds', 'waiting for /dev/sdf'];
  Object.assign(account.aws.ec2.settings.userData, { console: reported, shutsDown: false });
  expect(await refusal({ userData: commands('true'), ...props })).toMatch(
    /^The user data of the builder instance i-\w+ failed: the device \/dev\/sdf did not appear within 600 seconds\. Correct the cause, and deploy again\. Last console output: ".*waiting for \/dev\/sdf/);
  expect(account.aws.log.of('ec2:CreateImage')).toEqual([]);
});

test('success does not depend on the console', async () => {
  account.aws.ec2.settings.userData.shutsDown = true;
  expect(await account.deploy(build({ userData: commands('true') }), 'Images', withoutStatement('Console'))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
});

test('without user data the builder has no metadata either, and is stopped', async () => {
  expect(await account.deploy(build())).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(launched()).toMatchObject({ MetadataOptions: { HttpEndpoint: 'disabled', HttpTokens: 'required' } });
  expect(launched()).not.toHaveProperty('UserData');
  expect(launched()).not.toHaveProperty('KeyName');
  expect(launched()).not.toHaveProperty('IamInstanceProfile');
  expect(orderOf('AttachVolume', 'StopInstances', 'CreateImage')).toEqual(['AttachVolume', 'StopInstances', 'CreateImage']);
  expect(account.aws.log.of('ec2:GetConsoleOutput')).toEqual([]);
});

test('a preparation that may use the network has an address of its own in a public subnet, and the security group of the stack', async () => {
  const { status, failures, resources } = await account.deploy(build(stack => ({
    userData: commands('shutdown -h now'),
    allowAllOutbound: true,
    vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0, restrictDefaultSecurityGroup: false, subnetConfiguration: [{ name: 'Builder', subnetType: ec2.SubnetType.PUBLIC }] }),
    vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
  })));
  expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
  const groups = Object.values(resources).filter(({ type }) => type === 'AWS::EC2::SecurityGroup').map(({ physicalId }) => physicalId);
  expect(groups).toHaveLength(1);
  expect(launched().NetworkInterfaces).toMatchObject([{ Groups: groups, AssociatePublicIpAddress: true }]);
});
