import {
  CopyImageCommand, CopySnapshotCommand, DeleteSnapshotCommand, DeregisterImageCommand, DescribeImagesCommand, DescribeSnapshotsCommand,
} from '@aws-sdk/client-ec2';
import { client, aws } from '../each-test';
import { region } from '../test-aws';

/** Errors for IDs that do not exist: EC2 does not find most of the right form, and reports some as malformed. */

const image = (id: string) => client.send(new DescribeImagesCommand({ ImageIds: [id] }));
const snapshot = (id: string) => client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));

test.each([
  ['ami-0ffffffffffffffff', 'InvalidAMIID.NotFound', "The image id '[ami-0ffffffffffffffff]' does not exist"],
  ['ami-00000000', 'InvalidAMIID.NotFound', "The image id '[ami-00000000]' does not exist"],
  ['ami-00000000000000000', 'InvalidAMIID.Malformed', 'Invalid id: "ami-00000000000000000"'],
  ['ami-11111111111111111', 'InvalidAMIID.Malformed', 'Invalid id: "ami-11111111111111111"'],
  ['ami-xyz', 'InvalidAMIID.Malformed', 'Invalid id: "ami-xyz" (expecting "ami-...")'],
  ['', 'MissingParameter', 'The request must contain the parameter ImageId'],
])('the image "%s": %s', async (id, name, message) => {
  await expect(image(id)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
});

test.each([
  ['snap-0fedcba9876543210', 'InvalidSnapshot.NotFound', "The snapshot 'snap-0fedcba9876543210' does not exist."],
  ['snap-ffffffff', 'InvalidSnapshot.NotFound', "The snapshot 'snap-ffffffff' does not exist."],
  ['snap-0123456789abcdef0', 'InvalidSnapshotID.Malformed', 'Value ( snap-0123456789abcdef0 ) for parameter SNAPSHOT is invalid. '],
  ['snap-01111111111111111', 'InvalidSnapshotID.Malformed', 'Value ( snap-01111111111111111 ) for parameter SNAPSHOT is invalid. '],
  ['snap-1400dc0055e85b9bf', 'InvalidSnapshotID.Malformed', 'Value ( snap-1400dc0055e85b9bf ) for parameter SNAPSHOT is invalid. '],
  ['snap-x', 'InvalidSnapshotID.Malformed', 'Value ( snap-x ) for parameter SNAPSHOT is invalid. '],
  ['snap-0400DC0055E85B9BF', 'InvalidParameterValue', "Value (snap-0400DC0055E85B9BF) for parameter snapshotId is invalid. Expected: 'snap-...'."],
])('the snapshot "%s": %s', async (id, name, message) => {
  await expect(snapshot(id)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
});

test.each(['', 'bad', 'snap-00000000000000000'])('CopySnapshot of "%s"', async SourceSnapshotId => {
  await expect(client.send(new CopySnapshotCommand({ SourceRegion: region, SourceSnapshotId })))
    .rejects.toMatchObject({ name: 'InvalidParameterValue', message: 'The specified snapshotId is invalid' });
});

test('a test can define malformed IDs, and every operation refuses them', async () => {
  const { id: imageId } = aws.ec2.seedImage('golden');
  const { id: snapshotId } = aws.ec2.addSnapshot();
  await image(imageId);
  await snapshot(snapshotId);
  aws.ec2.settings.ids.isMalformed = id => [imageId, snapshotId].includes(id);
  await expect(image(imageId)).rejects.toMatchObject({ name: 'InvalidAMIID.Malformed' });
  await expect(client.send(new DeregisterImageCommand({ ImageId: imageId }))).rejects.toMatchObject({ name: 'InvalidAMIID.Malformed' });
  await expect(client.send(new CopyImageCommand({ Name: 'copy', SourceRegion: region, SourceImageId: imageId }))).rejects.toMatchObject({ name: 'InvalidAMIID.Malformed' });
  await expect(snapshot(snapshotId)).rejects.toMatchObject({ name: 'InvalidSnapshotID.Malformed' });
  await expect(client.send(new DeleteSnapshotCommand({ SnapshotId: snapshotId }))).rejects.toMatchObject({ name: 'InvalidSnapshotID.Malformed' });
  aws.kms.reset();
  aws.ec2.reset();
  await image(imageId);
});
