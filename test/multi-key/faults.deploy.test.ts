import { Size, Stack } from 'aws-cdk-lib';
import { arnOf } from '../../local-aws/kms/key';
import { MultiKeyMethod } from '../../src';
import { buildOf, Deployment, imageWithId, keyWithArn } from '../helpers/deployment';
import { failEveryCallOnce } from '../helpers/fail-every-call';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const ONE_BUILD = { images: 1, snapshots: 2, volumes: 0, instances: 0 };

const prepare = (method: MultiKeyMethod) => () => {
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const [one, two] = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
  return buildOf((stack: Stack) => ({
    source: imageWithId(source),
    method,
    rootKey: keyWithArn(stack, one),
    volumes: [{ deviceName: '/dev/sdf', size: Size.gibibytes(1), encryptionKey: keyWithArn(stack, two) }],
  }));
};

describe.each([
  [MultiKeyMethod.INSTANCE, ['ec2:RunInstances', 'ec2:CreateVolume', 'ec2:AttachVolume', 'ec2:StopInstances', 'ec2:CreateImage', 'ec2:TerminateInstances', 'ec2:DeleteVolume']],
  [MultiKeyMethod.SNAPSHOTS, ['ec2:CopySnapshot', 'ec2:CreateVolume', 'ec2:CreateSnapshot', 'ec2:RegisterImage', 'ec2:DeleteVolume']],
])('by %s', (method, steps) => {
  test('every call of a life can fail once, or lose its answer, and there is never a second instance or image', async () => {
    const harmed = await failEveryCallOnce({ account, prepare: prepare(method), made: ONE_BUILD }, 30);
    expect(harmed).toEqual(expect.arrayContaining(steps));
  }, 600_000);
});
