import {
  CancelSpotInstanceRequestsCommand, CreateTagsCommand, DescribeInstancesCommand, DescribeSpotInstanceRequestsCommand, EC2Client, RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Call } from '../../../local-aws/aws-call';
import { StackResult } from '../../../local-aws/deployment';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiVolume, BuilderCapacityType, EncryptedAmiCopy, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps, ServiceLinkedRole } from '../../../src';
import { atCall, buildOf, Deployment, imageWithId, keyWithArn, NOTHING, reasonIn } from '../../helpers/deployment';
import { STEP } from '../../helpers/fail-every-invocation';
import { createSpotRole, keyForSpot } from '../../helpers/spot';
import { nightly, sample } from '../../setup/nightly';

/** A builder that is a Spot Instance: what it is launched as, how it ends, and that its request never stays. */

let account: Deployment;
let client: EC2Client;
let source: string;
let keys: string[];
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  client = new EC2Client(account.aws.clientOptions());
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  createSpotRole(account.aws);
  keys = [1, 2].map(() => keyForSpot(account.aws));
});
afterEach(async () => {
  client.destroy();
  await account.reset();
});
afterAll(() => account.stop());

const small = ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.SMALL);
const medium = ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MEDIUM);

const build = (props: Partial<MultiKeyAmiBuilderProps> = {}, key = 0) => buildOf(stack => ({
  sourceImage: imageWithId(source),
  rootVolume: { encryptionKey: keyWithArn(stack, keys[key]) },
  blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, keys[key]) }) }],
  capacityType: BuilderCapacityType.SPOT,
  ...props,
}));

/** Runs for half a minute, and then shuts the instance down. */
function script(): ec2.UserData {
  const userData = ec2.UserData.forLinux();
  userData.addCommands('dnf update -y');
  return userData;
}

/** The launches of the handler, with how each ended; what the SDK tries again is one. */
function launches(): string[] {
  return [...new Set(account.aws.log.of('ec2:RunInstances').map(({ input, error }) => {
    const { MarketType = 'on-demand' } = input.InstanceMarketOptions as { MarketType?: string } | undefined ?? {};
    return [input.InstanceType, MarketType, error].filter(Boolean).join(' ');
  }))];
}

const canceled = () => account.aws.log.of('ec2:CancelSpotInstanceRequests').filter(({ error }) => !error).length;
const isOfHandler = ({ principal }: Call) => principal.roleArn !== undefined;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await account.aws.clock.sleep(500);
  }
}

/** The ID of the builder, as soon as it runs. */
async function builderId(): Promise<string> {
  const { ec2: local } = account.aws;
  await until(() => local.instanceIds().some(id => local.instanceState(id) === 'running'));
  return local.instanceIds()[0];
}

/** After a deployment that failed: everything is gone, also what a request would launch later. */
function expectNothing({ status }: StackResult): void {
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  account.aws.clock.advance(3 * 60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}

test('is launched, stopped, made an AMI of and ended with its request, when the AMI is created, replaced and deleted', async () => {
  const created = await account.deploy(build({ userData: script() }));
  expect(created).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  const [{ input }] = account.aws.log.of('ec2:RunInstances');
  expect(input).toMatchObject({ InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { SpotInstanceType: 'persistent', InstanceInterruptionBehavior: 'stop' } } });
  expect(input).not.toHaveProperty('InstanceInitiatedShutdownBehavior');
  expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
  expect(canceled()).toBe(1);

  // how the next AMI is built
  const changed = await account.deploy(build({ userData: script(), capacityType: BuilderCapacityType.ON_DEMAND }));
  expect(changed).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: created.outputs });
  const replaced = await account.deploy(build({}, 1));
  expect(replaced).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(replaced.outputs).not.toEqual(created.outputs);
  expect(launches()).toEqual(['t3.small spot']);
  expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
  // the terminated builders are still shown when the role may not cancel their requests any more
  expect(await account.deploy(build({ capacityType: BuilderCapacityType.ON_DEMAND }, 1))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(await account.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

describe('without Spot capacity', () => {
  test('each type is tried as a Spot Instance, and then as an On-Demand Instance, which the answer says', async () => {
    account.aws.ec2.capacity.add({ lifecycle: 'spot' });
    account.aws.cloudFormationSwitches.reasonOfSuccess = 'shown';
    const { failures, events } = await account.deploy(build({ instanceTypes: [small, medium] }));
    expect(failures).toEqual([]);
    expect(launches()).toEqual(['t3.small spot InsufficientInstanceCapacity', 't3.medium spot InsufficientInstanceCapacity', 't3.small on-demand']);
    expect(events.map(({ ResourceStatusReason }) => ResourceStatusReason).join())
      .toContain('EC2 launched no Spot Instance as the builder instance, so it was an On-Demand Instance (t3.small).');
  });

  test('which EC2 finds out late: the request is canceled before it launches again and again', async () => {
    account.aws.ec2.capacity.add({ lifecycle: 'spot', whilePending: true });
    expect(await account.deploy(build({ instanceTypes: [small] }))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(launches()).toEqual(['t3.small spot', 't3.small on-demand']);
    account.aws.clock.advance(3 * 60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
  });

  nightly('nor other capacity: the message names all that was tried', async () => {
    account.aws.ec2.capacity.add();
    const result = await account.deploy(build({ instanceTypes: [small] }));
    expectNothing(result);
    expect(reasonIn(result.failures[0])).toBe('EC2 has no capacity for the builder instance in any of the tried combinations: ' +
      't3.small (Spot) (InsufficientInstanceCapacity), t3.small (InsufficientInstanceCapacity). Pass other `instanceTypes` or `vpcSubnets`, or deploy again later.');
  });
});

describe('an interruption', () => {
  const SENTENCE = /^EC2 interrupted the builder instance i-\w+, which is a Spot Instance, before its AMI was created\. Deploy again, or remove `capacityType` /;

  test.each(sample([['which stops it', {}], ['after which EC2 starts it again', { capacityAfter: 16_000 }], ['which terminates it', { terminates: true }]], 1))(
    'in the middle, %s: no AMI is created', async (_title, interruption) => {
      account.aws.ec2.settings.timing.userData = 20 * 60_000;
      const deployed = account.deploy(build({ userData: script() }));
      account.aws.ec2.interruptSpotInstance(await builderId(), interruption);
      const result = await deployed;
      expectNothing(result);
      expect(reasonIn(result.failures[0])).toMatch(SENTENCE);
      expect(account.aws.log.of('ec2:CreateImage')).toEqual([]);
    });

  nightly('after the builder has stopped changes nothing', async () => {
    account.aws.faults.add(atCall(['CreateImage'], () => account.aws.ec2.instanceIds().forEach(id => account.aws.ec2.interruptSpotInstance(id))));
    expect(await account.deploy(build({ userData: script() }))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  });
});

describe('a builder that someone else terminates', () => {
  const terminated = async () => {
    account.aws.ec2.settings.timing.userData = 20 * 60_000;
    const deployed = account.deploy(build({ userData: script() }));
    await client.send(new TerminateInstancesCommand({ InstanceIds: [await builderId()] }));
    return deployed;
  };

  test('is no AMI, and neither is the one that its request launches', async () => {
    Object.assign(account.aws.ec2.settings.timing, { instanceTermination: 1_000, spotRelaunch: 0 });
    // otherwise it ends with its shutdown, because its request is canceled
    account.aws.ec2.switches.shutdownAfterSpotCancellation = 'stops';
    const result = await terminated();
    expectNothing(result);
    expect(reasonIn(result.failures[0])).toContain('was terminated by someone else');
  });

  nightly('while EC2 shows the next one without tags, which the role may not terminate: the message names it', async () => {
    Object.assign(account.aws.ec2.switches, { relaunchedSpotInstance: 'untagged' });
    Object.assign(account.aws.ec2.settings.timing, { instanceTermination: 1_000, spotRelaunch: 0 });
    const { failures } = await terminated();
    const left = account.aws.ec2.instanceIds().find(id => account.aws.ec2.instanceState(id) === 'running');
    expect(reasonIn(failures[0])).toContain(`${left} (EC2 UnauthorizedOperation`);
    expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, instances: 1, volumes: 1 });
  });
});

nightly('a request that someone else cancels: the builder cannot be stopped', async () => {
  account.aws.ec2.settings.timing.instanceStart = 20_000;
  const deployed = account.deploy(build());
  await until(() => account.aws.ec2.counts().spotRequests === 1);
  const { SpotInstanceRequests } = await client.send(new DescribeSpotInstanceRequestsCommand({}));
  await client.send(new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [SpotInstanceRequests![0].SpotInstanceRequestId!] }));
  const result = await deployed;
  expectNothing(result);
  expect(reasonIn(result.failures[0])).toMatch(/^The builder instance i-\w+ cannot be stopped, because someone else canceled its Spot Instance request\. .*IncorrectSpotRequestState/);
});

nightly('a deployment that is canceled because another resource fails leaves nothing', async () => {
  account.aws.ec2.settings.timing.userData = 20 * 60_000;
  const result = await account.deploy(stack => {
    build({ userData: script() })(stack);
    const quick = new EncryptedAmiCopy(stack, 'Quick', { sourceImage: imageWithId(source), useDefaultKey: true });
    new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' }).node.addDependency(quick);
  });
  expect(launches()).toContain('t3.small spot');
  expectNothing(result);
});

nightly('the response to the launch is lost, and EC2 shows the builder late: one launch', async () => {
  account.aws.ec2.settings.consistency.untilVisible = 20_000;
  account.aws.faults.add({ matches: call => call.action === 'RunInstances' && isOfHandler(call), dropResponse: true, times: 1 });
  expect(await account.deploy(build())).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(launches()).toEqual(['t3.small spot']);
  expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
});

describe.each(['tagged', 'untagged'] as const)('an execution that dies, where the next instance of a request is %s', kind => {
  const terminate = async (id: string) => {
    await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    account.aws.clock.advance(60_000);
  };
  const cases: [string, (id: string) => Promise<void>, object?][] = [
    ['while its builder runs', async () => undefined],
    // the role may not terminate an instance without tags
    ['whose builder was terminated', terminate, kind === 'untagged' ? { instances: 1, volumes: 1 } : {}],
    ['whose builder was terminated, and EC2 has no capacity', id => {
      account.aws.ec2.capacity.add({ lifecycle: 'spot' });
      return terminate(id);
    }],
  ];
  cases.forEach(([title, act, left]) => nightly(`${title}: the Delete cancels the request`, async () => {
    account.aws.ec2.switches.relaunchedSpotInstance = kind;
    account.aws.ec2.settings.timing.userData = 90 * 60_000;
    const isStepOfCreate = (name: string, payload: string) => name.includes(STEP) && payload.includes('"RequestType":"Create"') && !payload.includes('"respond"');
    account.aws.lambda.faults.add({ matches: isStepOfCreate, result: '{"memory":{}}', after: 4, times: 1 });
    const deployed = account.deploy(build({ userData: script(), timeout: Duration.minutes(30) }));
    await until(() => account.aws.stepFunctions.executions.some(({ input, status }) => input.includes('"RequestType":"Create"') && status === 'FAILED'));
    expect(account.aws.ec2.counts()).toMatchObject({ instances: 1, spotRequests: 1 });
    await act(account.aws.ec2.instanceIds()[0]);
    account.aws.clock.advance(45 * 60_000);
    expect((await deployed).status).toMatch(/^ROLLBACK_/);
    account.aws.clock.advance(30 * 60_000);
    expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, ...left });
  }, 60_000));
});

nightly("someone else's Spot Instance with the same tags is left alone, and so is its request", async () => {
  const theirs = await client.send(new RunInstancesCommand({
    ImageId: source,
    InstanceType: 't3.small',
    MinCount: 1,
    MaxCount: 1,
    InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { SpotInstanceType: 'persistent', InstanceInterruptionBehavior: 'stop' } },
  }));
  const [{ InstanceId, SpotInstanceRequestId }] = theirs.Instances!;
  account.aws.ec2.settings.timing.userData = 60_000;
  const deployed = account.deploy(build({ userData: script() }));
  await until(() => account.aws.ec2.instanceIds().length > 1);
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [account.aws.ec2.instanceIds()[1]] }));
  const tags = Reservations![0].Instances![0].Tags!.filter(({ Key }) => Key !== 'cdk-encrypted-ami:id');
  await client.send(new CreateTagsCommand({ Resources: [InstanceId!, SpotInstanceRequestId!], Tags: tags }));
  expect(await deployed).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  await account.destroy();
  expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, instances: 1, volumes: 1, spotRequests: 1 });
});

describe('the service-linked role of EC2 Spot', () => {
  const role = () => account.aws.iam.roleArns().find(arn => arn.endsWith('/AWSServiceRoleForEC2Spot'));

  nightly('is created by the stack, before the key whose policy names it and before the builder', async () => {
    account.aws.iam.deleteRole(role()!);
    const define = (withKey: boolean) => (stack: Stack) => {
      const encryptionKey = withKey ? new kms.Key(stack, 'Key') : undefined;
      const ami = new MultiKeyAmiBuilder(stack, 'Ami', {
        sourceImage: imageWithId(source),
        rootVolume: { encryptionKey, deleteOnTermination: true },
        capacityType: BuilderCapacityType.SPOT,
      });
      ami.grantLaunchToServiceLinkedRole(ServiceLinkedRole.EC2_SPOT, { createRole: true });
      new CfnOutput(stack, 'ImageId', { value: ami.imageId });
    };
    expect(await account.deploy(define(true))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(launches()).toEqual(['t3.small spot']);
    await account.destroy();
    account.aws.iam.deleteRole(role()!);
    expect(await account.deploy(define(false))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  });

  nightly('may not use an imported key: the message names it, unless EC2 does not ask for it', async () => {
    const key = arnOf(account.aws.kms.addKey());
    const define = build({}, keys.push(key) - 1);
    const result = await account.deploy(define);
    expectNothing(result);
    expect(reasonIn(result.failures[0])).toContain('The role AWSServiceRoleForEC2Spot, which launches Spot Instances, must be allowed to use them, too.');
    account.aws.ec2.switches.spotLaunchUsesKeysAs = 'caller';
    expect(await account.deploy(define)).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  });
});
