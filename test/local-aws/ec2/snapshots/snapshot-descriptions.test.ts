import { CreateImageCommand, CreateSnapshotCommand, CreateVolumeCommand } from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { copy, describedImage, run, snapshotsOf } from '../calls';
import { aws, client } from '../each-test';
import { region } from '../test-aws';

/** The only trace of its AMI that a snapshot keeps when the AMI is gone, as recorded. */

test('a snapshot of CopyImage names the AMI, its source and the source snapshot', async () => {
  const id = await copy();
  aws.pass(5);
  const source = aws.ec2.seedImage('al2023-x86_64');
  const [{ Description }] = await snapshotsOf(await describedImage(id));
  expect(Description).toMatch(new RegExp(
    `^Copied for DestinationAmi ${id} from SourceAmi ${source.id} for SourceSnapshot ${source.devices[0].ebs!.snapshotId}\\. Task created on [0-9,]+\\.$`));
});

test('a snapshot of CreateImage names the instance and the AMI', async () => {
  const { InstanceId } = await run();
  aws.pass(5);
  const { ImageId } = await client.send(new CreateImageCommand({ InstanceId, Name: 'image', NoReboot: true }));
  aws.pass(10);
  const [{ Description }] = await snapshotsOf(await describedImage(ImageId!));
  expect(Description).toBe(`Created by CreateImage(${InstanceId}) for ${ImageId}`);
});

test('CreateSnapshot of an encrypted volume needs no permission for its key', async () => {
  const key = arnOf(aws.kms.addKey());
  const { VolumeId } = await client.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1, Encrypted: true, KmsKeyId: key }));
  aws.pass(1);
  const role = aws.clientOfRole([{ Effect: 'Allow', Action: 'ec2:CreateSnapshot', Resource: '*' }, { Effect: 'Deny', Action: 'kms:*', Resource: '*' }]);
  await expect(role.send(new CreateSnapshotCommand({ VolumeId }))).resolves.toMatchObject({ Encrypted: true });
});
