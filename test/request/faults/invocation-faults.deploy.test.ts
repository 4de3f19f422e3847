import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Image } from '../../../local-aws/ec2/state/records';
import { arnOf } from '../../../local-aws/kms/key';
import { throttled } from '../../../local-aws/lambda/lambda-faults';
import { AmiBuildMethod, AmiSharing, AmiVolume, InstanceAmi } from '../../../src';
import { buildOf, copyOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../../helpers/deployment';
import { failEveryInvocation } from '../../helpers/fail-every-invocation';

/** Lambda refuses an invocation, kills it, or loses its answer: no resource fails, and everything is made once. */

const FAULTS = {
  'is throttled': { refuse: throttled() },
  'dies before it begins': { crash: 'before' },
  'dies when it is done': { crash: 'after' },
  'loses its connection at the start': { disconnect: 'before' },
} as const;

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

test('of a copy', async () => {
  const prepare = () => {
    const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
    const keys = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
    return (key: 0 | 1, description: string) => copyOf(source, stack => ({ encryptionKey: keyWithArn(stack, keys[key]), description }));
  };
  const faults = await failEveryInvocation({ account, prepare, made: { images: 1, snapshots: 1, volumes: 0, instances: 0 } }, FAULTS, 2);
  expect(faults).toBeGreaterThan(40);
}, 900_000);

test.each([AmiBuildMethod.LAUNCH_INSTANCE, AmiBuildMethod.COPY_SNAPSHOTS])('of a build by %s', async buildMethod => {
  const prepare = () => {
    const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
    const keys = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
    return (key: 0 | 1, description: string) => buildOf(stack => ({
      sourceImage: imageWithId(source),
      buildMethod,
      description,
      rootVolume: { encryptionKey: keyWithArn(stack, keys[0]) },
      blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, keys[key]) }) }],
    }));
  };
  await failEveryInvocation({ account, prepare, made: { images: 1, snapshots: 2, volumes: 0, instances: 0 } }, FAULTS, 2);
}, 900_000);

test('of an InstanceAmi with a key of its own', async () => {
  const client = new EC2Client(account.aws.clientOptions());
  const prepare = async () => {
    const keys = [1, 2, 3].map(() => arnOf(account.aws.kms.addKey()));
    const ImageId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1, kmsKeyId: keys[2] }] }).id;
    const { Instances } = await client.send(new RunInstancesCommand({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
    account.aws.clock.advance(30_000);
    return (key: 0 | 1, description: string) => (stack: Stack) => {
      new InstanceAmi(stack, 'Ami', {
        instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', Instances![0].InstanceId!),
        encryptionKey: keyWithArn(stack, keys[key]),
        sourceEncryptionKeys: [keyWithArn(stack, keys[2])],
        description,
      });
    };
  };
  const made = { images: 1, snapshots: 1, volumes: 0, instances: 0 };
  await failEveryInvocation({ account, prepare, made, timing: { copyStart: 20_000 } }, FAULTS, 2);
  client.destroy();
}, 900_000);

test('of a sharing', async () => {
  const consumers: Record<string, string> = { one: '210987654321', other: '310987654321' };
  let images: Image[];
  const prepare = () => {
    images = ['first', 'second'].map(name => account.aws.ec2.addImage({ name, devices: [{ deviceName: '/dev/xvda', size: 1 }] }));
    return (key: 0 | 1, description: string) => (stack: Stack) => {
      new AmiSharing(stack, 'Sharing', { imageId: images[key].id, accountIds: [consumers[description]] });
    };
  };
  const check = (key: 0 | 1, description?: string) => expect(images.map(({ launchPermissions }) => [...launchPermissions.users]))
    .toEqual([0, 1].map(index => index === key && description ? [consumers[description]] : []));
  await failEveryInvocation({ account, prepare, check, made: NOTHING }, FAULTS, 2);
}, 900_000);
