import { DeleteTagsCommand, DescribeImagesCommand, EC2Client, RunInstancesCommand, waitUntilInstanceRunning } from '@aws-sdk/client-ec2';
import { StartExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CfnOutput, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AwsError } from '../../local-aws/aws-call';
import { arnOf } from '../../local-aws/kms/key';
import { EncryptedAmiCopy, EncryptedAmiCopyProps, InstanceAmi } from '../../src';
import { atCall, Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';
import { STEP } from '../helpers/fail-every-invocation';
import { sample } from '../setup/nightly';

/** Which AMI belongs to which request, through replacements, rollbacks and cancellations. */

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

interface Version extends Partial<EncryptedAmiCopyProps> {
  readonly key?: 0 | 1;
  readonly source?: string;
  /** Another resource fails when the AMI is complete. */
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

const physicalIds = (result: { resources: Readonly<Record<string, { type: string; physicalId?: string }>> }) =>
  Object.values(result.resources).filter(({ type }) => type === 'Custom::EncryptedAmiCopy').map(({ physicalId }) => physicalId);

const copies = () => account.aws.log.of('ec2:CopyImage').length;

test('the physical id names the AMI', async () => {
  const created = await account.deploy(stackWith({}));
  expect(physicalIds(created)).toEqual([expect.stringMatching(new RegExp(`^[0-9a-z]{8}-[0-9a-z]{8}-[0-9a-z]{8}-${created.outputs.ImageId}$`))]);
  const updated = await account.deploy(stackWith({ description: 'other' }));
  expect(physicalIds(updated)).toEqual(physicalIds(created));
});

test("another's failed copy of the same source without tags, made while ours is about to begin, does not fail ours", async () => {
  let foreign = '';
  account.aws.faults.add({
    matches: ({ action, principal }) => action === 'CopyImage' && principal.roleArn !== undefined,
    error: new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503),
    // all attempts of the SDK
    times: 4,
  });
  account.aws.faults.add(atCall(['DescribeImages'], () => {
    if (foreign === '' && account.aws.log.of('ec2:CopyImage').length > 0) {
      foreign = account.aws.ec2.addImage({ name: 'theirs', state: 'failed' }).id;
      Object.assign(account.aws.ec2.image(foreign)!, { sourceImage: { id: source, region: account.aws.region }, createdAt: account.aws.clock.now() });
    }
  }));
  expect(await account.deploy(stackWith({}))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.image(foreign)!.state).toBe('failed');
});

test.each(['latest', 'absent'] as const)('a status of the stack that does not end the request does not cancel it (LastOperations: %s)', async lastOperations => {
  account.aws.cloudFormationSwitches.lastOperations = lastOperations;
  const slow = account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] }).id;
  // without rollback, how a stack shows itself while others of its resources are still in progress is not documented
  account.aws.faults.add(atCall(['CopyImage'], () => {
    account.aws.cloudFormation.stack({ account: account.aws.account, region: account.aws.region }, 'Images').status = 'CREATE_FAILED';
  }));
  const created = await account.deploy(stackWith({ source: slow }));
  expect(created).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
});

test('a change set that somebody creates meanwhile does not cancel a copy', async () => {
  account.aws.cloudFormationSwitches.lastOperations = 'all';
  const slow = account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] }).id;
  account.aws.faults.add(atCall(['CopyImage'], () => {
    account.aws.cloudFormation.stack({ account: account.aws.account, region: account.aws.region }, 'Images').operations
      .push({ id: '33333333-3333-3333-3333-333333333333', type: 'CREATE_CHANGESET', automatic: false });
  }));
  expect(await account.deploy(stackWith({ source: slow }))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
});

test('the handler role cannot delete all tags of an AMI, the owner tag among them', async () => {
  const { outputs } = await account.deploy(stackWith({}));
  const roleArn = account.aws.iam.roleArns().find(arn => arn.includes('HandlerRole'))!;
  const handler = new EC2Client({ ...account.aws.clientOptions(), credentials: account.aws.iam.credentials(roleArn, 'Handler') });
  await expect(handler.send(new DeleteTagsCommand({ Resources: [outputs.ImageId] }))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  await expect(handler.send(new DeleteTagsCommand({ Resources: [outputs.ImageId], Tags: [{ Key: 'cdk-encrypted-ami:owner' }] })))
    .rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  await handler.send(new DeleteTagsCommand({ Resources: [outputs.ImageId], Tags: [{ Key: 'team' }] }));
});

test("a copy of the source's tags leaves out those of the library", async () => {
  const golden = await account.deploy(stack => {
    stackWith({})(stack);
    Tags.of(stack).add('from', 'golden');
  }, 'Golden');
  const { outputs } = await account.deploy(stack => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', {
      sourceImage: imageWithId(golden.outputs.ImageId), copySourceTags: true, useDefaultKey: true, sourceEncryptionKeys: [keyWithArn(stack, keys[0])],
    });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  });
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [outputs.ImageId] }));
  expect(Images![0].Tags!.find(({ Key }) => Key === 'cdk-encrypted-ami:owner')!.Value).toContain('stack/Images/');
  expect(Images![0].Tags).toContainEqual({ Key: 'from', Value: 'golden' });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
});

describe.each(['restore-old', 'update-new'] as const)('after a successful replacement and the failure of another resource (CloudFormation: %s)', replacementRollback => {
  test.each(sample([undefined, 'the-name'], 1))('the old AMI is the one again, and no third is created (imageNamePrefix: %s)', async imageNamePrefix => {
    account.aws.cloudFormationSwitches.replacementRollback = replacementRollback;
    const created = await account.deploy(stackWith({ imageNamePrefix }));
    const failed = await account.deploy(stackWith({ key: 1, imageNamePrefix, fails: true }));
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(physicalIds(failed)).toEqual(physicalIds(created));
    expect(copies()).toBe(2);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect(account.aws.ec2.image(created.outputs.ImageId)!.state).toBe('available');
    expect(await account.deploy(stackWith({ key: 1, imageNamePrefix }))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});

describe.each(['new', 'old'] as const)('without rollback (CloudFormation keeps the %s physical id of a failed update)', failedPhysicalId => {
  test.each(sample([{}, { imageName: 'golden' }], 1))('an update that fails leaves the AMI, and its repetition does not create another (%j)', async props => {
    account.aws.cloudFormationSwitches.failedPhysicalId = failedPhysicalId;
    const created = await account.deploy(stackWith(props));
    const failed = await account.deployWithoutRollback(stackWith({ ...props, source: 'ami-00000000000000000' }));
    expect(failed.status).toBe('UPDATE_FAILED');
    const again = await account.deploy(stackWith(props));
    expect(again).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(again.outputs.ImageId).toBe(created.outputs.ImageId);
    expect(copies()).toBe(1);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});

test.each(sample([
  ['latest', 'newest-first'], ['latest', 'oldest-first'], ['all', 'newest-first'], ['all', 'oldest-first'], ['absent', 'newest-first'],
] as const, 3))('a cancelled copy leaves nothing, and the AMI before stays (LastOperations: %s, %s)', async (lastOperations, lastOperationsOrder) => {
  Object.assign(account.aws.cloudFormationSwitches, { lastOperations, lastOperationsOrder });
  await account.deploy(stackWith({}));
  const slow = account.aws.ec2.addImage({ name: 'slow', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] }).id;
  const failed = await account.deploy(stack => {
    stackWith({})(stack);
    new EncryptedAmiCopy(stack, 'Slow', { sourceImage: imageWithId(slow), useDefaultKey: true });
    // fails while the copy is in progress
    const quick = new EncryptedAmiCopy(stack, 'Quick', { sourceImage: imageWithId(source), useDefaultKey: true });
    new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' }).node.addDependency(quick);
  });
  expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  account.aws.clock.advance(60 * 60_000);
  await account.aws.clock.sleep(60_000);
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
});

test('a replaced AMI that the resource retains is not deleted with its successor', async () => {
  const created = await account.deploy(stackWith({ removalPolicy: RemovalPolicy.RETAIN }));
  await account.deploy(stackWith({ key: 1, removalPolicy: RemovalPolicy.RETAIN }));
  await account.deploy(stackWith({ key: 1, removalPolicy: RemovalPolicy.DESTROY }));
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  expect(account.aws.ec2.image(created.outputs.ImageId)!.state).toBe('available');
});

test('the image that a re-keyed AMI of an instance is copied from is deleted, also where all happens in one step', async () => {
  const { timing } = account.aws.ec2.settings;
  // the image of the instance takes half a minute, its copy nothing
  Object.assign(timing, { snapshotStart: 30_000, copyStart: 0, copyMetadata: 0, imageRegistration: 0, copyMebibytesPerSecond: 1_000_000 });
  const { ImageId: imageId, instance } = await launchServer();
  const { status } = await account.deploy(stack => {
    new InstanceAmi(stack, 'Ami', { instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', instance), encryptionKey: keyWithArn(stack, keys[0]) });
  });
  expect(status).toBe('CREATE_COMPLETE');
  expect(imageId).toBe(source);
  expect(account.aws.ec2.counts()).toMatchObject({ images: 1, snapshots: 1 });
});

async function launchServer(): Promise<{ ImageId: string; instance: string }> {
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: source, InstanceType: 't3.small', MinCount: 1, MaxCount: 1 }));
  const instance = Instances![0].InstanceId!;
  await waitUntilInstanceRunning({ client, maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.1 } as never, { InstanceIds: [instance] });
  return { ImageId: Instances![0].ImageId!, instance };
}

describe('an execution that somebody starts by hand', () => {
  const start = (change: (input: { event: Record<string, unknown>; turn: { memory: object } }) => void) => {
    const [{ input, stateMachineArn }] = account.aws.stepFunctions.executions;
    const state = JSON.parse(input) as Parameters<typeof change>[0] & { deadline: string };
    change(state);
    state.deadline = account.aws.clock.date().toISOString();
    return new SFNClient(account.aws.clientOptions()).send(new StartExecutionCommand({ stateMachineArn, name: 'forged', input: JSON.stringify(state) }));
  };
  const ended = async () => {
    while (account.aws.stepFunctions.executions.some(({ status }) => status === 'RUNNING')) {
      await account.aws.clock.sleep(1_000);
    }
  };

  test('does not delete the AMI of a stack at rest', async () => {
    const created = await account.deploy(stackWith({}));
    await start(({ event }) => { Object.assign(event, { RequestType: 'Delete', PhysicalResourceId: physicalIds(created)[0] }); });
    await ended();
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
    expect(account.aws.ec2.image(created.outputs.ImageId)!.state).toBe('available');
  });

  test.each([
    ['no memory', {}],
    ['a memory of a status', { stackStatus: 'CREATE_IN_PROGRESS', hourBegan: 0 }],
    ['a memory of operations', { stackStatus: 'CREATE_IN_PROGRESS', operationIds: [] }],
  ])('does not copy an image of its choice, with %s', async (_name, memory) => {
    await account.deploy(stackWith({}));
    const other = account.aws.ec2.addImage({ name: 'private', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
    await start(({ event, turn }) => {
      Object.assign(event.ResourceProperties as object, { SourceImageId: other });
      turn.memory = memory;
    });
    await ended();
    expect(copies()).toBe(1);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  });
});

test(`a copy whose ${STEP} dies after CopyImage is one copy`, async () => {
  let killed = false;
  account.aws.faults.add({
    matches: ({ action }) => {
      if (action === 'CopyImage' && !killed) {
        killed = true;
        void account.aws.lambda.kill(account.aws.lambda.invocations.find(({ functionName }) => functionName.includes(STEP))!.functionName);
      }
      return action === 'CopyImage';
    },
  });
  expect(await account.deploy(stackWith({}))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
});
