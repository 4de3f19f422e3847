import { Size, Stack } from 'aws-cdk-lib';
import { AmiVolume, AmiBuildMethod, BuilderCapacityType } from '../../src';
import { buildOf, Deployment, imageWithId, keyWithArn } from '../helpers/deployment';
import { failEveryCallOnce } from '../helpers/fail-every-call';
import { createSpotRole, keyForSpot } from '../helpers/spot';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const ONE_BUILD = { images: 1, snapshots: 2, volumes: 0, instances: 0 };

const prepare = (buildMethod: AmiBuildMethod, capacityType?: BuilderCapacityType) => () => {
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  createSpotRole(account.aws);
  const [one, two] = [1, 2].map(() => keyForSpot(account.aws));
  return buildOf((stack: Stack) => ({
    sourceImage: imageWithId(source),
    buildMethod,
    capacityType,
    rootVolume: { encryptionKey: keyWithArn(stack, one) },
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, two) }) }],
  }));
};

const WITH_INSTANCE = ['ec2:RunInstances', 'ec2:CreateVolume', 'ec2:AttachVolume', 'ec2:StopInstances', 'ec2:CreateImage', 'ec2:DeleteVolume'];

describe.each<[AmiBuildMethod, number, string[], BuilderCapacityType?]>([
  [AmiBuildMethod.LAUNCH_INSTANCE, 3, [...WITH_INSTANCE, 'ec2:TerminateInstances']],
  // EC2 itself terminates a stopped builder whose request is canceled
  [AmiBuildMethod.LAUNCH_INSTANCE, 3, [...WITH_INSTANCE, 'ec2:CancelSpotInstanceRequests'], BuilderCapacityType.SPOT],
  [AmiBuildMethod.COPY_SNAPSHOTS, 6, ['ec2:CopySnapshot', 'ec2:CreateVolume', 'ec2:CreateSnapshot', 'ec2:RegisterImage', 'ec2:DeleteVolume']],
])('by %s', (buildMethod, count, steps, capacityType) => {
  test('every call from create to delete can fail once, or lose its response, and there is never a second instance or image', async () => {
    const failed = await failEveryCallOnce({ account, prepare: prepare(buildMethod, capacityType), made: ONE_BUILD }, count);
    expect(failed).toEqual(expect.arrayContaining(steps));
  }, 600_000);
});
