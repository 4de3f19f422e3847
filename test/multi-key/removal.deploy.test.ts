import { CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { AwsError } from '../../local-aws/aws-call';
import { arnOf } from '../../local-aws/kms/key';
import { AmiVolume, EncryptedAmiCopy, MultiKeyAmiBuilder, AmiBuildMethod } from '../../src';
import { Deployment, imageWithId, keyWithArn } from '../helpers/deployment';

/**
 * CloudFormation changes the handler's policy first, and removes what the stack no longer has last: a build that leaves a stack where other images
 * stay is removed with what the role has left.
 */

let account: Deployment;
let source: string;
let key: string;

beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const copy = (stack: Stack) => void new CfnOutput(stack, 'CopyId', { value: new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), useDefaultKey: true }).imageId });

const withBuild = (buildMethod: AmiBuildMethod, size = 1) => (stack: Stack) => {
  copy(stack);
  const encryptionKey = keyWithArn(stack, key);
  new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(source), buildMethod, rootVolume: { encryptionKey }, blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(size), { encryptionKey }) }],
  });
};

const ONE_COPY = { images: 1, snapshots: 1, volumes: 0, instances: 0 };

describe.each([AmiBuildMethod.LAUNCH_INSTANCE, AmiBuildMethod.COPY_SNAPSHOTS])('by %s', buildMethod => {
  test('a build that is taken out of a stack is removed', async () => {
    expect((await account.deploy(withBuild(buildMethod))).failures).toEqual([]);
    const { status, failures, outputs } = await account.deploy(copy);
    expect({ status, failures }).toEqual({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.image(outputs.CopyId)).toMatchObject({ state: 'available' });
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  });

  test('a build that is added to a stack, and fails, leaves nothing', async () => {
    await account.deploy(copy);
    // found out about when volumes and an instance are there
    const failing = buildMethod === AmiBuildMethod.LAUNCH_INSTANCE ? 'ec2:CreateImage' : 'ec2:RegisterImage';
    account.aws.faults.add({ matches: failing, error: new AwsError('InvalidRequest', 'no') });
    const { status, failures } = await account.deploy(withBuild(buildMethod));
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(failures).toHaveLength(1);
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
  });
});

test.each([
  [AmiBuildMethod.LAUNCH_INSTANCE, AmiBuildMethod.COPY_SNAPSHOTS],
  [AmiBuildMethod.COPY_SNAPSHOTS, AmiBuildMethod.LAUNCH_INSTANCE],
])('an image that was built by %s is removed though its successor is built by %s', async (before, after) => {
  await account.deploy(withBuild(before));
  const { status, failures } = await account.deploy(withBuild(after, 2));
  expect({ status, failures }).toEqual({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toEqual({ images: 2, snapshots: 3, volumes: 0, instances: 0 });
});
