import { CopyImageCommandInput, DeregisterImageCommand, EnableEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { copy, describedImage } from '../calls';
import { client, aws } from '../each-test';
import { account, otherAccount } from '../test-aws';

/** Errors of CopyImage. */

describe('CopyImage refuses', () => {
  async function refused(input: Partial<CopyImageCommandInput>, name: string, message: string | RegExp, by = client): Promise<void> {
    const { images } = aws.ec2.counts();
    await expect(copy(input, by)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect(aws.ec2.counts().images).toBe(images);
  }

  test('an image that does not exist or is not visible to the caller', async () => {
    await refused({ SourceImageId: 'ami-0ffffffffffffffff' }, 'InvalidAMIID.NotFound', "The image id '[ami-0ffffffffffffffff]' does not exist".replace(/[[\]]/g, '\\$&'));
    await refused({ SourceImageId: 'ami-1' }, 'InvalidAMIID.Malformed', 'Invalid id');
    await refused({ SourceImageId: aws.ec2.addImage({ name: 'private', account: otherAccount }).id }, 'InvalidAMIID.NotFound', 'does not exist');
    await refused({ SourceRegion: 'eu-west-1' }, 'InvalidAMIID.NotFound', 'does not exist');
  });

  test.each(['pending', 'failed', 'disabled'] as const)('an image that is %s', async state => {
    const image = aws.ec2.addImage({ name: 's', state });
    await refused({ SourceImageId: image.id }, 'InvalidAMIID.Unavailable', `The image ID '${image.id}' is no longer available`);
  });

  test('an image whose snapshot is not shared', async () => {
    const image = aws.ec2.addImage({ name: 's', account: otherAccount });
    aws.ec2.shareImage(image, account);
    await refused({ SourceImageId: image.id }, 'InvalidRequest', 'You do not have permission to access the storage of this ami');
    aws.ec2.shareSnapshots(image, account);
    await expect(copy({ SourceImageId: image.id })).resolves.toMatch(/^ami-/);
  });

  test("licensed images of other accounts, except Amazon's", async () => {
    const marketplace = aws.ec2.addImage({ name: 'm', account: otherAccount, public: true, productCodes: [{ ProductCodeId: 'p', ProductCodeType: 'marketplace' }] });
    const windows = aws.ec2.addImage({ name: 'w', account: otherAccount, public: true, windows: true });
    await refused({ SourceImageId: marketplace.id }, 'InvalidRequest', 'Images from AWS Marketplace cannot be copied to another AWS account');
    await refused({ SourceImageId: windows.id }, 'InvalidRequest', 'Images with EC2 BillingProduct codes cannot be copied to another AWS account');

    const id = await copy({ SourceImageId: aws.ec2.seedImage('windows-2025').id });
    expect(await describedImage(id)).toMatchObject({ Platform: 'windows', PlatformDetails: 'Windows', UsageOperation: 'RunInstances:0002' });
  });

  test('an unencrypted copy of an encrypted snapshot', async () => {
    const source = aws.ec2.seedImage('golden');
    await refused(
      { SourceImageId: source.id, Encrypted: false }, 'InvalidRequest',
      /^Snapshot snap-0\w+ is encrypted. Creating unencrypted copy from an encrypted snapshot is not supported.$/,
    );
  });

  test('an unencrypted copy while encryption by default is on, depending on the switch', async () => {
    await client.send(new EnableEbsEncryptionByDefaultCommand({}));
    aws.ec2.switches.encryptedFalseWithEncryptionByDefault = 'error';
    await refused({ Encrypted: false }, 'InvalidParameterCombination', 'encryption by default');
  });

  test.each(['InvalidParameterDependency', 'InvalidParameterCombination', 'InvalidRequest'] as const)('a key without encryption: %s', async code => {
    aws.ec2.switches.kmsKeyIdWithoutEncrypted = code;
    await refused({ KmsKeyId: 'alias/golden-data' }, code, 'The parameter \\[KmsKeyId\\] requires the parameter Encrypted to be set.');
  });

  test.each(['ab', 'a'.repeat(129), 'semi;colon', 'über'])('the name %s', async Name => {
    await refused({ Name }, 'InvalidAMIName.Malformed', 'AMI names must be between 3 and 128 characters long');
  });

  test('a name that is in use, until some time after its image was deregistered', async () => {
    const first = await copy();
    await refused({}, 'InvalidAMIName.Duplicate', `AMI name copy is already in use by AMI ${first}`);
    await client.send(new DeregisterImageCommand({ ImageId: first }));
    await refused({}, 'InvalidAMIName.Duplicate', `AMI name copy is already in use by AMI ${first}`);
    aws.clock.advance(5_000);
    await expect(copy()).resolves.toMatch(/^ami-/);
  });

  test('no name, if CopyImage does not require unique names', async () => {
    aws.ec2.switches.copyNamesAreUnique = false;
    await copy();
    await expect(copy()).resolves.toMatch(/^ami-/);
  });

  test('no name of an image in another Region or account', async () => {
    await copy();
    await expect(copy({}, aws.client(account, 'eu-west-1'))).resolves.toMatch(/^ami-/);
    await expect(copy({}, aws.client(otherAccount))).resolves.toMatch(/^ami-/);
  });

  test('a description that is too long, tags of other types, tags of AWS', async () => {
    await refused({ Description: 'x'.repeat(256) }, 'InvalidParameterValue', 'Description');
    await refused({ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }] }, 'InvalidParameterValue', 'taggable resource type');
    await refused({ TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'aws:x', Value: 'b' }] }] }, 'InvalidParameterValue', 'reserved');
    await refused({ TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }] }] }, 'InvalidParameterValue', 'Duplicate tag key');
  });

  test.each([10, 14, 20, 2895])('a duration of %d minutes', async minutes => {
    await refused({ SnapshotCopyCompletionDurationMinutes: minutes }, 'InvalidParameterValue', 'SnapshotCopyCompletionDurationMinutes');
  });

  test('more copies in progress than the quota', async () => {
    aws.ec2.settings.limits.concurrentCopies = 2;
    await copy({ Name: 'one' });
    await copy({ Name: 'two' });
    await refused({ Name: 'three' }, 'ResourceLimitExceeded', 'Too many image copies in progress. The limit is 2');
    aws.pass();
    await expect(copy({ Name: 'three' })).resolves.toMatch(/^ami-/);
  });

  test('an encrypted copy of an S3-backed image', async () => {
    const SourceImageId = aws.ec2.seedImage('instance-store').id;
    await refused({ SourceImageId, Encrypted: true }, 'InvalidRequest', 'instance store');
    await expect(copy({ SourceImageId })).resolves.toMatch(/^ami-/);
  });

  test('a dry run, with DryRunOperation', async () => {
    await expect(copy({ DryRun: true })).rejects.toMatchObject({ name: 'DryRunOperation', $metadata: { httpStatusCode: 412 } });
    expect(aws.ec2.counts()).toMatchObject({ images: 0, snapshots: 0 });
  });
});
