import { CreateSubnetCommand, CreateVpcCommand, DeleteSubnetCommand, DeleteVpcCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CfnParameter, Fn, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { MultiKeyAmiBuilderProps, AmiVolume } from '../../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING, reasonIn } from '../../../helpers/deployment';

/** The instance type and subnet of the builder instance, and the messages where EC2 has no capacity. */

let account: Deployment;
let client: EC2Client;
let source: string;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  client = new EC2Client(account.aws.clientOptions());
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  key = arnOf(account.aws.kms.addKey());
});
afterEach(async () => {
  client.destroy();
  await account.reset();
});
afterAll(() => account.stop());

const small = ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.SMALL);
const arm = ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.SMALL);

/** A VPC that is there already, with a subnet in each of two zones, of eleven addresses each. */
async function network(): Promise<{ subnets: string[]; place: (stack: Stack, listToken?: string[]) => Pick<MultiKeyAmiBuilderProps, 'vpc' | 'vpcSubnets'> }> {
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const availabilityZones = ['us-east-1a', 'us-east-1b'];
  const subnets = await Promise.all(availabilityZones.map(async (AvailabilityZone, index) => {
    const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId, AvailabilityZone, CidrBlock: `10.0.${index}.0/28` }));
    return Subnet!.SubnetId!;
  }));
  return {
    subnets,
    place: (stack, listToken) => ({
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: Vpc!.VpcId!, availabilityZones: listToken ? Fn.getAzs() : availabilityZones, isolatedSubnetIds: listToken ?? subnets,
      }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    }),
  };
}

const build = (props: (stack: Stack) => Partial<MultiKeyAmiBuilderProps> = () => ({})) => buildOf(stack => ({
  sourceImage: imageWithId(source),
  blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, key) }) }],
  ...props(stack),
}));

/** Where the handler has tried to launch a builder, and how that ended; what the SDK tries again is one try. */
function tries(): string[] {
  const calls = account.aws.log.of('ec2:RunInstances').filter(({ principalArn }) => principalArn.includes('assumed-role'));
  return [...new Set(calls.map(({ input, error }) => {
    const [{ SubnetId }] = input.NetworkInterfaces as { SubnetId?: string }[];
    return [input.InstanceType, SubnetId, error ?? 'launched'].filter(Boolean).join(' ');
  }))];
}

/** Deploys a build that succeeds in the end, and deletes it. */
async function madeAndRemoved(define: (stack: Stack) => void): Promise<void> {
  expect(await account.deploy(define)).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toMatchObject({ images: 1, snapshots: 2, volumes: 0 });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toMatchObject({ images: 0, snapshots: 0, volumes: 0 });
}

/** Deploys a build that cannot be made, and gives the reason that the stack's event has. */
async function refusal(define: (stack: Stack) => void): Promise<string> {
  const { status, failures } = await account.deploy(define);
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  expect(failures).toHaveLength(1);
  return reasonIn(failures[0]);
}

test('a list of subnets that is a parameter: into these, and no other', async () => {
  const { subnets: [first, second], place } = await network();
  account.aws.ec2.capacity.add({ availabilityZone: 'us-east-1a' });
  await madeAndRemoved(build(stack => {
    const { valueAsList } = new CfnParameter(stack, 'Subnets', { type: 'List<AWS::EC2::Subnet::Id>', default: `${first},${second}` });
    return { ...place(stack, valueAsList), instanceTypes: [small] };
  }));
  expect(tries()).toEqual([`t3.small ${first} InsufficientInstanceCapacity`, `t3.small ${second} launched`]);
});

describe('the next place is tried', () => {
  test('EC2 finds out late, and shows so later still', async () => {
    account.aws.ec2.capacity.add({ instanceType: 't3.small', whilePending: true });
    account.aws.ec2.settings.consistency.untilVisible = 60_000;
    await madeAndRemoved(build());
    expect(tries()).toEqual(['t3.small launched', 't3.small IdempotentInstanceTerminated', 't3a.small launched']);
  });

  test('EC2 finds out late, in a zone: the next zone, where the volumes are created again', async () => {
    const { subnets: [first, second], place } = await network();
    account.aws.ec2.capacity.add({ availabilityZone: 'us-east-1a', whilePending: true });
    // late enough for volumes to be there already, and then terminated at once, when it does not say any more which subnet it was in
    Object.assign(account.aws.ec2.settings.timing, { keyFailure: 30_000, attachment: 1 });
    await madeAndRemoved(build(place));
    expect(tries()).toEqual([`t3.small ${first} launched`, `t3.small ${second} launched`]);
    expect(account.aws.log.of('ec2:CreateVolume').map(({ input }) => input.AvailabilityZone)).toEqual(['us-east-1a', 'us-east-1b']);
  });
});

describe('no combination is left', () => {
  test('EC2 finds out late, everywhere', async () => {
    const { subnets: [first, second], place } = await network();
    account.aws.ec2.capacity.add({ availabilityZone: 'us-east-1a' });
    account.aws.ec2.capacity.add({ availabilityZone: 'us-east-1b', whilePending: true });
    expect(await refusal(build(stack => ({ ...place(stack), instanceTypes: [small] })))).toBe(
      'EC2 has no capacity for the builder instance in any of the tried combinations: t3.small in us-east-1b (Server.InsufficientInstanceCapacity), ' +
      `t3.small in ${first} (InsufficientInstanceCapacity). Pass other \`instanceTypes\` or \`vpcSubnets\`, or deploy again later.`);
    expect(tries().filter(one => one.includes(second))).toEqual([`t3.small ${second} launched`]);
  });

  test('there is no default VPC, in which CloudFormation would make the security group', async () => {
    const { Subnets } = await client.send(new DescribeSubnetsCommand({}));
    await Promise.all(Subnets!.map(({ SubnetId }) => client.send(new DeleteSubnetCommand({ SubnetId }))));
    await client.send(new DeleteVpcCommand({ VpcId: Subnets![0].VpcId }));
    expect(await refusal(build())).toContain('No default VPC for this user');
    expect(tries()).toEqual([]);
  });
});

describe('a type that cannot be the builder is refused before anything is made', () => {
  afterEach(() => expect(tries()).toEqual([]));

  test('of another architecture, or unknown', async () => {
    expect(await refusal(build(() => ({ instanceTypes: [arm, new ec2.InstanceType('z9.huge')] })))).toBe(
      `No builder instance of ${source} can be launched: t4g.small does not support x86_64, z9.huge does not exist in us-east-1. Pass other \`instanceTypes\`.`);
  });
});
