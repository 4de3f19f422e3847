import { Size } from 'aws-cdk-lib';
import { arnOf } from '../../local-aws/kms/key';
import { throttled } from '../../local-aws/lambda/lambda-faults';
import { AmiBuildMethod, AmiVolume } from '../../src';
import { buildOf, copyOf, Deployment, imageWithId, keyWithArn } from '../helpers/deployment';
import { harmEveryInvocation } from '../helpers/fail-every-invocation';

/** Lambda refuses an invocation, kills it, or loses its answer: no resource fails, and everything is made once. */

const HARMS = {
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
  const harms = await harmEveryInvocation({ account, prepare, made: { images: 1, snapshots: 1, volumes: 0, instances: 0 } }, HARMS, 16);
  expect(harms).toBeGreaterThan(40);
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
  await harmEveryInvocation({ account, prepare, made: { images: 1, snapshots: 2, volumes: 0, instances: 0 } }, HARMS, 10);
}, 900_000);
