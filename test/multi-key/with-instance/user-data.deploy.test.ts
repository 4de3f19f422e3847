import { Duration, Size, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
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

describe('what never ends', () => {
  const userDataTimeout = Duration.minutes(3);

  test('is said with the end of the console, and leaves nothing', async () => {
    const reason = await refusal({ userData: commands('echo begin', 'sleep infinity'), userDataTimeout });
    expect(reason).toMatch(/^The builder instance i-\w+ did not stop within 3 minutes\. Its user data hangs, .* or does not end with `shutdown -h now`\. Last console output: ".*"$/);
    expect(reason).toMatch(/cloud-init: \+ echo begin \| \[ *\d+\.\d+\] cloud-init: \+ sleep infinity"$/);
    expect(account.aws.log.of('ec2:CreateImage')).toEqual([]);
  });
});

describe('what has failed', () => {
  // as the generated script writes it
  const failed = ['', 'cdk-encrypted-ami: builder failed: the device /dev/sdf did not appear within 600 seconds', 'waiting for /dev/sdf'];
  const userData = commands('true');

  test.each([
    ['stays up', { shutsDown: false }, {}],
    ['posts its console late', { shutsDown: false }, { instanceTypes: [new ec2.InstanceType('t2.small')] }],
  ])('%s: fails the deployment by what it has reported, and nothing is left', async (_title, outcome, props) => {
    Object.assign(account.aws.ec2.settings.userData, { console: failed, ...outcome });
    expect(await refusal({ userData, ...props })).toMatch(
      /^The user data of the builder instance i-\w+ failed: the device \/dev\/sdf did not appear within 600 seconds\. Correct the cause, and deploy again\. Last console output: ".*waiting for \/dev\/sdf/);
    expect(account.aws.log.of('ec2:CreateImage')).toEqual([]);
  });

  test('is no line in which the words stand elsewhere, and success does not depend on the console', async () => {
    Object.assign(account.aws.ec2.settings.userData, { console: [`+ echo ${failed[1]}`], shutsDown: true });
    expect(await account.deploy(build({ userData }), 'Images', withoutStatement('Console'))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(await account.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await account.deploy(build({ userData }))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  });

  test('is a source that runs no scripts', async () => {
    source = account.aws.ec2.addImage({ name: 'bottlerocket-aws-k8s-1.33-x86_64-v1.40.0', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
    expect(await refusal({ userData })).toMatch(/^The source image ami-\w+ \(bottlerocket-.*\) is Bottlerocket, which runs no scripts: /);
    expect(account.aws.log.of('ec2:RunInstances')).toEqual([]);
  });
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

describe('the network', () => {
  const userData = commands('shutdown -h now');
  const NOTHING_OUT = [{ CidrIp: '255.255.255.255/32', Description: 'Disallow all traffic', FromPort: 252, IpProtocol: 'icmp', ToPort: 86 }];
  const ALL_OUT = [{ CidrIp: '0.0.0.0/0', Description: expect.stringMatching(/^Allow all outbound traffic/), IpProtocol: '-1' }];

  /** The ingress and egress rules of the builder instance's security group. */
  function rulesOf(template: Template): unknown {
    const [group, ...others] = Object.entries(template.findResources('AWS::EC2::SecurityGroup')).filter(([id]) => !id.includes('DefaultVpc')).map(([, one]) => one);
    expect(others).toEqual([]);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    template.resourceCountIs('AWS::EC2::SecurityGroupEgress', 0);
    const { SecurityGroupIngress = [], SecurityGroupEgress } = (group as { Properties: Record<string, unknown> }).Properties;
    return { in: SecurityGroupIngress, out: SecurityGroupEgress };
  }

  async function deployed(props: (stack: Stack) => Partial<MultiKeyAmiBuilderProps>): Promise<Template> {
    let stack: Stack;
    const result = await account.deploy(own => {
      stack = own;
      build(props)(own);
    });
    expect(result).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    const [, group] = Object.entries(result.resources).find(([id, { type }]) => type === 'AWS::EC2::SecurityGroup' && !id.includes('DefaultVpc'))!;
    expect(launched().NetworkInterfaces[0].Groups).toEqual([group.physicalId]);
    return Template.fromStack(stack!);
  }

  const vpcWith = (stack: Stack, subnetType: ec2.SubnetType) => new ec2.Vpc(stack, 'Vpc', {
    maxAzs: 1,
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'Builder', subnetType }],
  });

  test('of a preparation is none, unless it is asked for', async () => {
    const template = await deployed(() => ({ userData }));
    expect(rulesOf(template)).toEqual({ in: [], out: NOTHING_OUT });
    expect(launched().NetworkInterfaces[0].AssociatePublicIpAddress).toBe(false);
  });

  test('in the default VPC needs an address of its own', async () => {
    const template = await deployed(() => ({ userData, allowAllOutbound: true }));
    // EC2's own rule
    expect(rulesOf(template)).toEqual({ in: [], out: undefined });
    expect(launched().NetworkInterfaces[0].AssociatePublicIpAddress).toBe(true);
  });

  test('in a public subnet needs one, too', async () => {
    const template = await deployed(stack => ({
      userData, allowAllOutbound: true, vpc: vpcWith(stack, ec2.SubnetType.PUBLIC), vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
    }));
    expect(rulesOf(template)).toEqual({ in: [], out: ALL_OUT });
    expect(launched().NetworkInterfaces[0].AssociatePublicIpAddress).toBe(true);
  });

  test('in a private subnet needs none', async () => {
    const template = await deployed(stack => ({
      userData,
      allowAllOutbound: true,
      vpc: vpcWith(stack, ec2.SubnetType.PRIVATE_ISOLATED),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    }));
    expect(rulesOf(template)).toEqual({ in: [], out: ALL_OUT });
    expect(launched().NetworkInterfaces[0].AssociatePublicIpAddress).toBe(false);
  });

  test('of a VPC lets nothing in or out without a preparation', async () => {
    const template = await deployed(stack => ({ vpc: vpcWith(stack, ec2.SubnetType.PUBLIC), vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } }));
    expect(rulesOf(template)).toEqual({ in: [], out: NOTHING_OUT });
    expect(launched().NetworkInterfaces[0].AssociatePublicIpAddress).toBe(false);
  });
});
