import { Stack } from 'aws-cdk-lib';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBuildMethod } from '../../../src';
import { buildOf, copyOf, Deployment, imageWithId, keyWithArn, NOTHING, reasonIn } from '../../helpers/deployment';

/** Names with all characters that EC2 documents. Whether EC2 takes each of them is not known. */

const NAME = "[golden] O'Neill @ 1.2 (x86_64/a-b)";
let account: Deployment;
let source: string;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const build = (buildMethod: AmiBuildMethod) => () => buildOf(stack => ({
  sourceImage: imageWithId(source), buildMethod, imageName: NAME, rootVolume: { encryptionKey: keyWithArn(stack, key) },
}));

test.each<[string, () => (stack: Stack) => void]>([
  ['a copy', () => copyOf(source, { imageName: NAME })],
  ['a build with an instance', build(AmiBuildMethod.LAUNCH_INSTANCE)],
  ['a build of snapshots', build(AmiBuildMethod.COPY_SNAPSHOTS)],
])('%s has the name', async (_, define) => {
  const { status, failures, outputs } = await account.deploy(define());
  expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.ec2.image(outputs.ImageId)!.name).toBe(NAME);
});

test('a name that EC2 refuses is named', async () => {
  account.aws.ec2.switches.namesWithAllCharacters = false;
  const { status, failures } = await account.deploy(copyOf(source, { imageName: NAME }));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.map(reasonIn)).toEqual([expect.stringMatching(/^EC2 does not allow the AMI name "\[golden\] .*Use 3 to 128 letters, digits and \( \) \. \/ _ - for `imageName`\./)]);
  account.aws.clock.advance(24 * 60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
