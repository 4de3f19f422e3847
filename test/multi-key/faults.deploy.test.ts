import { Size, Stack } from 'aws-cdk-lib';
import { arnOf } from '../../local-aws/kms/key';
import { AmiVolume, AmiBuildMethod } from '../../src';
import { buildOf, Deployment, imageWithId, keyWithArn } from '../helpers/deployment';
import { failEveryCallOnce } from '../helpers/fail-every-call';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const ONE_BUILD = { images: 1, snapshots: 2, volumes: 0, instances: 0 };

const prepare = (buildMethod: AmiBuildMethod) => () => {
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const [one, two] = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
  return buildOf((stack: Stack) => ({
    sourceImage: imageWithId(source),
    buildMethod,
    rootVolume: { encryptionKey: keyWithArn(stack, one) },
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, two) }) }],
  }));
};

describe.each([
  [AmiBuildMethod.LAUNCH_INSTANCE, ['ec2:RunInstances', 'ec2:CreateVolume', 'ec2:AttachVolume', 'ec2:StopInstances', 'ec2:CreateImage', 'ec2:TerminateInstances', 'ec2:DeleteVolume']],
  [AmiBuildMethod.COPY_SNAPSHOTS, ['ec2:CopySnapshot', 'ec2:CreateVolume', 'ec2:CreateSnapshot', 'ec2:RegisterImage', 'ec2:DeleteVolume']],
])('by %s', (buildMethod, steps) => {
  test('every call from create to delete can fail once, or lose its response, and there is never a second instance or image', async () => {
    const failed = await failEveryCallOnce({ account, prepare: prepare(buildMethod), made: ONE_BUILD }, 6);
    expect(failed).toEqual(expect.arrayContaining(steps));
  }, 600_000);
});
