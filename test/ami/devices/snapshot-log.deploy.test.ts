import { DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CfnOutput, Size, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume, EncryptedAmiCopy, MultiKeyAmiBuilder } from '../../../src';
import { Deployment, imageWithId } from '../../helpers/deployment';

/* The log and a tag of each snapshot say which key the snapshot of each device is encrypted with, and what the AMI was created from. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterAll(() => account.stop());

interface Line {
  readonly message: string;
  readonly imageId: string;
  readonly sourceImageId?: string;
  readonly snapshots: { readonly device: string; readonly snapshotId: string; readonly key?: string }[];
}

/** The lines about the snapshots of an AMI, in the log of the stack. */
function linesAbout(imageId: string): Line[] {
  const { logStore } = account.aws.lambda;
  return logStore.names().flatMap(name => logStore.lines(name)).map(({ message }) => message).filter(line => line.includes('snapshots of the AMI'))
    .map(line => (JSON.parse(line) as { message: Line }).message).filter(line => line.imageId === imageId);
}

test('a copy, and AMIs with several keys by each method', async () => {
  const sourceId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const [root, data] = [arnOf(account.aws.kms.addKey()), arnOf(account.aws.kms.addKey())];
  const { failures, outputs } = await account.deploy((stack: Stack) => {
    const [rootKey, dataKey] = [kms.Key.fromKeyArn(stack, 'Root', root), kms.Key.fromKeyArn(stack, 'Data', data)];
    const sourceImage = imageWithId(sourceId);
    const amis = [
      new EncryptedAmiCopy(stack, 'Copy', { sourceImage, encryptionKey: rootKey }),
      ...[AmiBuildMethod.LAUNCH_INSTANCE, AmiBuildMethod.COPY_SNAPSHOTS].map(buildMethod => new MultiKeyAmiBuilder(stack, buildMethod.replace('_', ''), {
        sourceImage,
        buildMethod,
        rootVolume: { encryptionKey: rootKey },
        blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: dataKey }) }],
      })),
    ];
    amis.forEach((ami, index) => new CfnOutput(stack, `Id${index}`, { value: ami.imageId }));
  });
  expect(failures).toEqual([]);

  const snapshot = (device: string, key: string) => ({ device, snapshotId: expect.stringMatching(/^snap-/) as string, key });
  expect(linesAbout(outputs.Id0)[0]).toMatchObject({ sourceImageId: sourceId, snapshots: [snapshot('/dev/xvda', root)] });
  expect(linesAbout(outputs.Id1)[0].snapshots).toEqual([snapshot('/dev/xvda', root), snapshot('/dev/sdf', data)]);
  expect(linesAbout(outputs.Id2)[0].snapshots).toEqual([snapshot('/dev/xvda', root), snapshot('/dev/sdf', data)]);

  const { Snapshots = [] } = await new EC2Client(account.aws.clientOptions()).send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  const tagsOf = (imageId: string) => account.aws.ec2.image(imageId)!.devices.map(({ ebs }) =>
    Snapshots.find(({ SnapshotId }) => SnapshotId === ebs!.snapshotId)?.Tags?.find(({ Key }) => Key === 'cdk-encrypted-ami:encryption')?.Value);
  expect(tagsOf(outputs.Id0)).toEqual([`/dev/xvda: ${root}`]);
  [outputs.Id1, outputs.Id2].forEach(id => expect(tagsOf(id).sort()).toEqual([`/dev/sdf: ${data}`, `/dev/xvda: ${root}`]));
});
