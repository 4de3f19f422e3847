import {
  DescribeImageAttributeCommand, DescribeImagesCommand, DescribeImagesCommandInput, DisableImageCommand, DisableImageDeprecationCommand,
  EnableImageCommand, EnableImageDeprecationCommand, ImageAttributeName, ModifyImageAttributeCommand, ModifyImageAttributeCommandInput,
  ResetImageAttributeCommand,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { copy } from '../calls';
import { client, aws } from '../each-test';
import { account, otherAccount } from '../test-aws';

async function list(input: DescribeImagesCommandInput = {}, by = client): Promise<string[]> {
  const { Images } = await by.send(new DescribeImagesCommand(input));
  return Images!.map(image => image.ImageId!);
}

describe('image attributes', () => {
  test('include description and launch permissions', async () => {
    const { id: ImageId } = aws.ec2.seedImage('uefi-tpm');
    const other = aws.client(otherAccount);
    expect(await list({ ImageIds: [ImageId] }, other)).toEqual([]);

    await client.send(new ModifyImageAttributeCommand({ ImageId, Description: { Value: 'new' } }));
    await client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId: otherAccount }] } }));

    expect((await client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images![0].Description).toBe('new');
    expect(await client.send(new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' })))
      .toMatchObject({ LaunchPermissions: [{ UserId: otherAccount }] });
    expect(await list({ ImageIds: [ImageId], ExecutableUsers: ['self'] }, other)).toEqual([ImageId]);
    expect((await other.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images![0].Tags).toBeUndefined();
    await expect(other.send(new DescribeImageAttributeCommand({ ImageId, Attribute: 'description' })))
      .rejects.toMatchObject({ name: 'AuthFailure', message: `Not authorized for image:${ImageId}`, $metadata: { httpStatusCode: 400 } });

    await client.send(new ModifyImageAttributeCommand({ ImageId, Attribute: 'launchPermission', OperationType: 'remove', UserIds: [otherAccount] }));
    expect(await list({ ImageIds: [ImageId] }, other)).toEqual([]);
  });

  test('are described one by one', async () => {
    const ImageId = aws.ec2.seedImage('uefi-tpm').id;
    const described = async (Attribute: ImageAttributeName) => {
      const { $metadata: _, ImageId: id, ...answer } = await client.send(new DescribeImageAttributeCommand({ ImageId, Attribute }));
      expect(id).toBe(ImageId);
      return answer;
    };
    expect((await described('description')).Description?.Value).toBeUndefined();
    expect(await described('bootMode')).toEqual({ BootMode: { Value: 'uefi' } });
    expect(await described('deregistrationProtection')).toEqual({ DeregistrationProtection: { Value: 'disabled' } });
    await client.send(new ModifyImageAttributeCommand({ ImageId, ImdsSupport: { Value: 'v2.0' } }));
    expect(await described('imdsSupport')).toEqual({ ImdsSupport: { Value: 'v2.0' } });
    await client.send(new ModifyImageAttributeCommand({ ImageId, Attribute: 'launchPermission', OperationType: 'add', UserIds: [otherAccount] }));
    expect(await described('launchPermission')).toEqual({ LaunchPermissions: [{ UserId: otherAccount }] });
    expect(await described('kernel')).toEqual({ KernelId: {} });
    expect(await described('ramdisk')).toEqual({ RamdiskId: {} });
    expect(await described('tpmSupport')).toEqual({ TpmSupport: { Value: 'v2.0' } });
    expect(await described('sriovNetSupport')).toEqual({ SriovNetSupport: { Value: 'simple' } });
    expect(await described('productCodes')).toEqual({ ProductCodes: [] });
    expect(await described('lastLaunchedTime')).toEqual({ LastLaunchedTime: {} });
    await expect(described('blockDeviceMapping')).rejects.toMatchObject({ name: 'AuthFailure' });
  });

  test('refuse sharing with an invalid account, with everybody, and of a pending image', async () => {
    const { id: ImageId } = aws.ec2.seedImage('uefi-tpm');
    await expect(client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId: '12' }] } })))
      .rejects.toMatchObject({ name: 'InvalidAMIAttributeItemValue', message: 'Invalid attribute item value "12 " for userId item type.' });
    await expect(client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ OrganizationArn: 'nonsense' }] } })))
      .rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    await expect(client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ Group: 'all' }] } })))
      .rejects.toMatchObject({ name: 'OperationNotPermitted' });
    await expect(client.send(new ModifyImageAttributeCommand({ ImageId: await copy(), LaunchPermission: { Add: [{ UserId: otherAccount }] } })))
      .rejects.toMatchObject({ name: 'InvalidAMIID.Unavailable' });
  });

  test('include UEFI data for the owner only', async () => {
    const { id: ImageId } = aws.ec2.seedImage('uefi-tpm');
    const answer = await client.send(new DescribeImageAttributeCommand({ ImageId, Attribute: 'uefiData' }));
    expect(Buffer.from(answer.UefiData!.Value!, 'base64').toString()).toMatch(/^AMZNUEFI/);
    await expect(client.send(new DescribeImageAttributeCommand({ ImageId: aws.ec2.seedImage('al2023-arm64').id, Attribute: 'uefiData' })))
      .rejects.toMatchObject({ name: 'AuthFailure' });
  });

  test('include deprecation, which hides an image from other accounts without IncludeDeprecated', async () => {
    const { id: ImageId } = aws.ec2.seedImage('uefi-tpm');
    await client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId: otherAccount }] } }));
    const DeprecateAt = new Date(aws.clock.now() + 60 * 60 * 1000 + 1234);
    await client.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt }));
    expect((await client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images![0].DeprecationTime).toBe('2026-01-01T01:00:00.000Z');
    const other = aws.client(otherAccount);
    expect(await list({ Owners: [account] }, other)).toEqual([ImageId]);
    aws.pass(62);
    expect(await list({ Owners: [account] }, other)).toEqual([]);
    expect(await list({ Owners: [account], IncludeDeprecated: true }, other)).toEqual([ImageId]);
    expect(await list({ ImageIds: [ImageId] }, other)).toEqual([ImageId]);
    expect(await list({ Owners: ['self'] })).toContain(ImageId);
    await expect(client.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt }))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await client.send(new DisableImageDeprecationCommand({ ImageId }));
    expect(await list({ Owners: [account] }, other)).toEqual([ImageId]);
  });

  test('include disabling, which hides an image, stops its sharing, and prevents copies', async () => {
    const { id: ImageId } = aws.ec2.seedImage('uefi-tpm');
    await client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId: otherAccount }] } }));
    await client.send(new DisableImageCommand({ ImageId }));
    expect(await list({ Owners: ['self'] })).not.toContain(ImageId);
    expect(await list({ Owners: ['self'], IncludeDisabled: true })).toContain(ImageId);
    expect(await list({ ImageIds: [ImageId] })).toEqual([ImageId]);
    aws.ec2.switches.describeDisabledById = false;
    expect(await list({ ImageIds: [ImageId] })).toEqual([]);
    await client.send(new EnableImageCommand({ ImageId }));
    expect(await list({ Owners: ['self'] })).toContain(ImageId);
    expect(await list({ ImageIds: [ImageId] }, aws.client(otherAccount))).toEqual([]);
  });
});

describe('ModifyImageAttribute', () => {
  const modify = (input: Partial<ModifyImageAttributeCommandInput>) =>
    client.send(new ModifyImageAttributeCommand({ ImageId: aws.ec2.seedImage('uefi-tpm').id, ...input }));
  const permission = { Add: [{ UserId: otherAccount }] };

  test.each<[string, Partial<ModifyImageAttributeCommandInput>, string, string]>([
    ['nothing', {}, 'InvalidParameterCombination', 'No attributes specified.'],
    ['no permissions', { LaunchPermission: { Add: [] } }, 'InvalidParameterCombination', 'No attributes specified.'],
    [
      'two attributes', { Description: { Value: 'new' }, ImdsSupport: { Value: 'v2.0' } },
      'InvalidParameterCombination', 'Fields for multiple attribute types specified: description, imdsSupport',
    ],
    [
      'a description and permissions', { Description: { Value: 'new' }, LaunchPermission: permission },
      'InvalidParameterCombination', 'Fields for multiple attribute types specified: description, launchPermission',
    ],
    ['an empty description', { Attribute: 'description', Value: '' }, 'MissingParameter', 'The request must contain the parameter description'],
    ['no metadata version', { ImdsSupport: { Value: '' } }, 'MissingParameter', 'The request must contain the parameter imdsSupport with value v2.0'],
    [
      'a description that is not ASCII', { Description: { Value: 'a \u2014 b' } },
      'InvalidParameterValue', 'Value (a \u2014 b) for parameter description is invalid. Character sets beyond ASCII are not supported.',
    ],
  ])('refuses %s, and changes nothing', async (_title, input, name, message) => {
    await expect(modify(input)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
    const image = aws.ec2.image(aws.ec2.seedImage('uefi-tpm').id)!;
    expect(image.description).toBe('');
    expect([...image.launchPermissions.users]).toEqual([]);
  });

  test('does not share an image that is encrypted with the AWS managed key', async () => {
    const managed = aws.ec2.addImage({ name: 'managed', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(aws.kms.ebsKey()) }] });
    const customer = aws.ec2.addImage({ name: 'customer', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(aws.kms.addKey()) }] });
    const organization = { Add: [{ OrganizationArn: `arn:aws:organizations::${account}:organization/o-abc123def4` }] };
    for (const LaunchPermission of [permission, organization]) {
      await expect(modify({ ImageId: managed.id, LaunchPermission })).rejects.toMatchObject({
        name: 'InvalidParameter', message: "Snapshots encrypted with the AWS Managed CMK can't be shared",
      });
      await modify({ ImageId: customer.id, LaunchPermission });
    }
  });

  test('lists an image for an account with explicit launch permission only, also for its owner', async () => {
    const { id: ImageId } = aws.ec2.seedImage('uefi-tpm');
    expect(await list({ ExecutableUsers: ['self'] })).toEqual([]);
    expect(await list({ ExecutableUsers: [account] })).toEqual([]);
    await modify({ LaunchPermission: { Add: [{ UserId: account }] } });
    await modify({ LaunchPermission: permission });
    for (const user of ['self', account, otherAccount]) {
      expect(await list({ ExecutableUsers: [user] })).toEqual([ImageId]);
    }
  });

  test('ResetImageAttribute resets launch permissions only', async () => {
    const { id: ImageId } = aws.ec2.seedImage('uefi-tpm');
    await modify({ LaunchPermission: permission });
    await expect(client.send(new ResetImageAttributeCommand({ ImageId, Attribute: 'description' as 'launchPermission' })))
      .rejects.toMatchObject({ name: 'InvalidRequest', message: 'The request received was invalid.' });
    expect([...aws.ec2.image(ImageId)!.launchPermissions.users]).toEqual([otherAccount]);
    await client.send(new ResetImageAttributeCommand({ ImageId, Attribute: 'launchPermission' }));
    expect([...aws.ec2.image(ImageId)!.launchPermissions.users]).toEqual([]);
  });

  test('DescribeImageAttribute denies the block device mapping', async () => {
    await expect(client.send(new DescribeImageAttributeCommand({ ImageId: aws.ec2.seedImage('uefi-tpm').id, Attribute: 'blockDeviceMapping' })))
      .rejects.toMatchObject({ name: 'AuthFailure', message: 'Unauthorized attempt to access restricted resource', $metadata: { httpStatusCode: 400 } });
  });
});
