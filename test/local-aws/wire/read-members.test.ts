import { CreateVolumeCommand, EC2Client, ModifyInstanceAttributeCommand, RunInstancesCommand, VolumeType } from '@aws-sdk/client-ec2';
import { GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import { NormalizedSchema } from '@smithy/core/schema';
import { arnOf } from '../../../local-aws/kms/key';
import { LocalAws } from '../../../local-aws/local-aws';
import { operationSchema } from '../../../local-aws/wire/schema';

let aws: LocalAws;
let ec2: EC2Client;

beforeAll(async () => {
  aws = await LocalAws.start();
  ec2 = new EC2Client(aws.clientOptions());
});
afterAll(() => aws.stop());

/** The member's schema, at a path through structures and lists of them. */
function find(schema: NormalizedSchema, path: readonly string[]): NormalizedSchema | undefined {
  const [name, ...rest] = path;
  const inside = schema.isListSchema() ? schema.getValueSchema() : schema;
  if (name === undefined) {
    return schema;
  }
  const member = inside.isStructSchema() ? inside.getMemberSchemas()[name] : undefined;
  return member && find(member, rest);
}

test('every operation has a list of the members that it reads, and only operations have one', () => {
  for (const service of aws.schemaServices()) {
    const { '*': _all, ...rows } = service.reads ?? {};
    expect([service.name, Object.keys(rows).sort()]).toEqual([service.name, Object.keys(service.operations).sort()]);
  }
});

test("every member of the lists is in AWS's model", () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const service of aws.schemaServices().filter(one => one.schemas)) {
    for (const [action, members] of Object.entries(service.reads ?? {}).filter(([name]) => name !== '*')) {
      const schema = operationSchema(service, action)!.input;
      seen += members.length;
      wrong.push(...members.filter(member => !find(schema, member.replace(/=.*/, '').split('.'))).map(member => `${service.name}:${action} ${member}`));
    }
  }
  expect(seen).toBeGreaterThan(200);
  expect(wrong).toEqual([]);
});

test('refuses a request with another member before anything changes', async () => {
  const before = aws.ec2.counts();
  const image = aws.ec2.seedImage('al2023-x86_64').id;

  await expect(ec2.send(new RunInstancesCommand({
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    HibernationOptions: { Configured: true },
    Placement: { AvailabilityZone: 'us-east-1a', Tenancy: 'dedicated' },
    NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false }, { DeviceIndex: 1, Description: 'd' }],
  }))).rejects.toMatchObject({
    name: 'NotImplemented',
    message: 'the local AWS does not read Placement.Tenancy, HibernationOptions, NetworkInterfaces.Description, NetworkInterfaces.DeviceIndex of ec2:RunInstances',
    $metadata: { httpStatusCode: 501, attempts: 1 },
  });
  await expect(ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8, VolumeType: VolumeType.io2, Iops: 100, OutpostArn: 'arn:aws:outposts:us-east-1:1:outpost/o' })))
    .rejects.toMatchObject({ message: 'the local AWS does not read OutpostArn of ec2:CreateVolume' });
  expect(aws.ec2.counts()).toEqual(before);
  expect(aws.log.of('ec2:RunInstances')).toMatchObject([{ error: 'NotImplemented' }]);
});

test('refuses false, and accepts an empty list', async () => {
  await expect(ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: 'i-1', EnaSupport: { Value: false } })))
    .rejects.toMatchObject({ message: 'the local AWS does not read EnaSupport of ec2:ModifyInstanceAttribute' });
  await expect(ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: 'i-1', Groups: [] }))).rejects.not.toMatchObject({ name: 'NotImplemented' });
});

test('accepts a listed value, and refuses another value', async () => {
  const kms = new KMSClient(aws.clientOptions());
  const KeyId = arnOf(aws.kms.addKey());

  await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
  await expect(kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'other' })))
    .rejects.toMatchObject({ name: 'NotImplemented', message: 'the local AWS does not read PolicyName of kms:GetKeyPolicy' });
});
