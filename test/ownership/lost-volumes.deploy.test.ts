import { CreateTagsCommand, CreateVolumeCommand, DescribeVolumesCommand, EC2Client, Volume } from '@aws-sdk/client-ec2';
import { Duration, Size } from 'aws-cdk-lib';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume } from '../../src';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';
import { STEP } from '../helpers/fail-every-invocation';

/**
 * Volumes of a build whose execution has ended without an answer, so that no memory tells them: the Delete knows them by their client token, which no
 * tag and no copy of tags can forge.
 */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

async function newVolumes(): Promise<Volume[]> {
  const { Volumes } = await new EC2Client(account.aws.clientOptions()).send(new DescribeVolumesCommand({ Filters: [{ Name: 'tag-key', Values: ['cdk-encrypted-ami:device'] }] }));
  return Volumes!;
}

/** Deploys a build whose execution ends as soon as its volume is asked for. Returns the volume. */
async function abandonBuild(buildMethod: AmiBuildMethod, act: (client: EC2Client, volume: Volume) => Promise<void>): Promise<string> {
  account.aws.ec2.settings.timing.volumeCreation = 10 * 60_000;
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const [root, other] = [arnOf(account.aws.kms.addKey()), arnOf(account.aws.kms.addKey())];
  account.aws.lambda.faults.add({
    matches: (name, payload) => name.includes(STEP) && payload.includes('"RequestType":"Create"') && payload.includes('"volumes"'), result: '{"memory":{}}', times: 1,
  });
  const deployed = account.deploy(buildOf(stack => ({
    sourceImage: imageWithId(source),
    buildMethod,
    timeout: Duration.minutes(5),
    rootVolume: { encryptionKey: keyWithArn(stack, root) },
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: keyWithArn(stack, other) }) }],
  })));
  while (account.aws.stepFunctions.executions[0]?.status !== 'FAILED') {
    await account.aws.clock.sleep(1_000);
  }
  const [volume] = await newVolumes();
  await act(new EC2Client(account.aws.clientOptions()), volume);
  account.aws.clock.advance(25 * 60_000);
  const { status } = await deployed;
  expect(status).toBe('ROLLBACK_COMPLETE');
  return volume.VolumeId!;
}

describe.each([AmiBuildMethod.LAUNCH_INSTANCE, AmiBuildMethod.COPY_SNAPSHOTS])('%s', method => {
  test('are deleted', async () => {
    const before = account.aws.log.of('ec2:CreateVolume').length;
    await abandonBuild(method, async () => undefined);
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
    expect(account.aws.log.of('ec2:CreateVolume').length).toBeGreaterThan(before + 1);
  }, 60_000);

  test('are distinguished from a forged volume with the same tags, place, size, key, and its own id', async () => {
    let forged = '';
    const own = await abandonBuild(method, async (client, { Tags, AvailabilityZone, KmsKeyId }) => {
      const { VolumeId } = await client.send(new CreateVolumeCommand({
        AvailabilityZone,
        Size: 10,
        VolumeType: 'gp3',
        Encrypted: true,
        KmsKeyId,
        TagSpecifications: [{ ResourceType: 'volume', Tags }],
      }));
      forged = VolumeId!;
      await client.send(new CreateTagsCommand({ Resources: [forged], Tags: [{ Key: 'cdk-encrypted-ami:id', Value: forged }] }));
    });
    account.aws.clock.advance(60 * 60_000);
    expect(forged).not.toBe(own);
    expect((await newVolumes()).map(({ VolumeId }) => VolumeId)).toEqual([forged]);
  }, 60_000);
});
