import { Size } from 'aws-cdk-lib';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume } from '../../src';
import { buildOf, copyOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';

/** Lists of EC2 that begin with an empty page: nothing is made twice, and nothing stays. */

let account: Deployment;
let source: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  account.aws.ec2.settings.consistency.emptyFirstPages = true;
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const build = (buildMethod: AmiBuildMethod, description: string) => buildOf(stack => ({
  sourceImage: imageWithId(source),
  buildMethod,
  description,
  blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, arnOf(key)) }) }],
}));
let key: ReturnType<typeof account.aws.kms.addKey>;

test.each([
  ['a copy', (description: string) => copyOf(source, { description })],
  ['a build with an instance', (description: string) => build(AmiBuildMethod.LAUNCH_INSTANCE, description)],
  ['a build of snapshots', (description: string) => build(AmiBuildMethod.COPY_SNAPSHOTS, description)],
])('%s is created, changed in place and deleted', async (_, define) => {
  key = account.aws.kms.addKey();
  const created = await account.deploy(define('before'));
  expect(created).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toMatchObject({ images: 1, instances: 0, volumes: 0 });
  const updated = await account.deploy(define('after'));
  expect(updated).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(updated.outputs.ImageId).toBe(created.outputs.ImageId);
  await account.destroy();
  account.aws.clock.advance(24 * 60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
