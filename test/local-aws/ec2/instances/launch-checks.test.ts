import { DescribeImagesCommand, DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import { ImageSettings } from '../../../../local-aws/ec2/state/seeding';
import { arnOf } from '../../../../local-aws/kms/key';
import { run } from '../calls';
import { client, aws } from '../each-test';
import { account, otherAccount } from '../test-aws';

const imageOf = (settings: Partial<ImageSettings>) => aws.ec2.addImage({ name: 'image', ...settings });

test.each<[string, Partial<ImageSettings>, string, string, string]>([
  ['ENA', { enaSupport: false }, 't3.small', 't2.small', "ENA) is required for the 't3.small' instance type"],
  ['hardware virtualization', { virtualizationType: 'paravirtual', enaSupport: false }, 't2.small', 'm3.medium', "Virtualization type 'hvm' is required"],
  ['types that the image excludes', { instanceTypes: { unsupported: ['t3.*'] } }, 't3.small', 't2.small', 'This AMI does not support the specified instance type'],
  ['types that the image supports', { instanceTypes: { supported: ['t2.*'] } }, 't3.small', 't2.small', 'This AMI does not support the specified instance type'],
])('a launch checks %s', async (_what, settings, refused, taken, message) => {
  const { id } = imageOf(settings);
  await expect(run({ ImageId: id, InstanceType: refused as 't3.small' })).rejects.toMatchObject({
    name: 'InvalidParameterCombination', message: expect.stringContaining(message),
  });
  await run({ ImageId: id, InstanceType: taken as 't3.small' });
});

test('DescribeImages tells the instance types of an image', async () => {
  const { id } = imageOf({ instanceTypes: { supported: ['t3.*', 'm5.large'], unsupported: ['t3.nano'] } });
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [id] }));
  expect(Images![0].InstanceTypeSpecification).toEqual({
    SupportedInstanceTypes: [{ InstanceType: 't3.*' }, { InstanceType: 'm5.large' }], UnsupportedInstanceTypes: [{ InstanceType: 't3.nano' }],
  });
});

test('DescribeInstanceTypes finds every type by its name', async () => {
  const { InstanceTypes } = await client.send(new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: ['m4.large', 'c6i.large'] }] }));
  expect(InstanceTypes!.map(({ InstanceType, NetworkInfo }) => [InstanceType, NetworkInfo?.EnaSupport]).sort()).toEqual(
    [['c6i.large', 'required'], ['m4.large', 'unsupported']]);
});

test('tokens of disabled metadata are taken or refused, and an account can enforce tokens', async () => {
  const MetadataOptions = { HttpEndpoint: 'disabled', HttpTokens: 'required' } as const;
  await run({ MetadataOptions });
  aws.ec2.switches.tokensOfDisabledMetadata = 'refused';
  await expect(run({ MetadataOptions })).rejects.toThrow('HttpTokens');
  await run({ MetadataOptions: { HttpEndpoint: 'disabled' } });
  aws.ec2.settings.limits.httpTokensEnforced = true;
  await expect(run({ MetadataOptions: { HttpTokens: 'optional' } })).rejects.toMatchObject({ name: 'UnsupportedOperation' });
  await run({ MetadataOptions: { HttpTokens: 'required' } });
  aws.ec2.settings.limits.httpTokensEnforced = false;
});

test('a launch with other keys may need permission for the snapshots', async () => {
  const image = imageOf({ account: otherAccount });
  aws.ec2.shareImage(image, account);
  const request = { ImageId: image.id, BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(aws.kms.addKey()) } }] };
  await run(request);
  aws.ec2.switches.launchWithKeyReadsSnapshots = true;
  await run({ ImageId: image.id });
  await expect(run(request)).rejects.toMatchObject({ name: 'InvalidRequest' });
  aws.ec2.shareSnapshots(image, account);
  await run(request);
});
