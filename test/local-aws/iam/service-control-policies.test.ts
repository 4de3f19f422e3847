import { CopyImageCommand, CreateVolumeCommand, DescribeImagesCommand, EC2Client, RunInstancesCommand, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { LocalAws } from '../../../local-aws/local-aws';

/** Service control policies as organizations have them, at the services, with the words in which they say no. */

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
let aws: LocalAws;
const clients: (EC2Client | KMSClient)[] = [];
beforeAll(async () => { aws = await LocalAws.start(); });
afterEach(async () => {
  clients.splice(0).forEach(client => client.destroy());
  await aws.reset();
});
afterAll(() => aws.stop());

function keep<T extends EC2Client | KMSClient>(client: T): T {
  clients.push(client);
  return client;
}

/** EC2 as a role that may do everything. */
function role(region = aws.region, account = aws.account): EC2Client {
  const arn = aws.iam.putRole({ account, name: 'Role', inlinePolicies: { all: EVERYTHING } });
  return keep(new EC2Client({ ...aws.clientOptions({ region }), credentials: aws.iam.credentials(arn) }));
}

const deny = (statement: object) => aws.organization.attachServiceControlPolicy('deny', { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Resource: '*', ...statement }] });
const launch = (ec2: EC2Client, input: Partial<RunInstancesCommandInput> = {}) => ec2.send(new RunInstancesCommand({
  ImageId: aws.ec2.seedImage('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...input,
}));
const refused = (action: string) => expect.stringContaining(`is not authorized to perform: ${action}`);
const EXPLICIT = expect.stringContaining('with an explicit deny in a service control policy. Encoded authorization failure message: ');

test.each<[string, object, (ec2: EC2Client) => Promise<unknown>, (ec2: EC2Client) => Promise<unknown>]>([
  [
    'instance types', { Action: 'ec2:RunInstances', Resource: 'arn:aws:ec2:*:*:instance/*', Condition: { StringNotEquals: { 'ec2:InstanceType': 'm5.large' } } },
    ec2 => launch(ec2), ec2 => launch(ec2, { InstanceType: 'm5.large' }),
  ],
  [
    'tags of instances', { Action: 'ec2:RunInstances', Resource: 'arn:aws:ec2:*:*:instance/*', Condition: { Null: { 'aws:RequestTag/owner': 'true' } } },
    ec2 => launch(ec2), ec2 => launch(ec2, { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'owner', Value: 'web' }] }] }),
  ],
  [
    'encrypted volumes', { Action: ['ec2:RunInstances', 'ec2:CreateVolume'], Resource: 'arn:aws:ec2:*:*:volume/*', Condition: { Bool: { 'ec2:Encrypted': 'false' } } },
    ec2 => ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 })),
    ec2 => ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1, Encrypted: true })),
  ],
  [
    'tags of images', { Action: 'ec2:CopyImage', Resource: 'arn:aws:ec2:*::image/*', Condition: { Null: { 'aws:RequestTag/owner': 'true' } } },
    ec2 => ec2.send(new CopyImageCommand({ Name: 'copy', SourceRegion: aws.region, SourceImageId: aws.ec2.seedImage('al2023-x86_64').id })),
    ec2 => ec2.send(new DescribeImagesCommand({ Owners: ['self'] })),
  ],
])('can demand %s', async (_what, statement, denied, allowed) => {
  deny(statement);
  await expect(denied(role())).rejects.toMatchObject({ name: 'UnauthorizedOperation', message: EXPLICIT });
  await allowed(role());
});

test('can demand Regions', async () => {
  deny({ NotAction: ['iam:*', 'sts:*'], Condition: { StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } } });
  await role().send(new DescribeImagesCommand({ Owners: ['self'] }));
  await expect(role('eu-west-1').send(new DescribeImagesCommand({ Owners: ['self'] }))).rejects.toMatchObject({ message: EXPLICIT });
  await expect(keep(new KMSClient(aws.clientOptions({ region: 'eu-west-1' }))).send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' })))
    .rejects.toThrow('with an explicit deny in a service control policy');
});

test('limits one account, and its administrators too, but no service-linked role', async () => {
  const other = '210987654321';
  aws.organization.attachServiceControlPolicy('deny', { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 'ec2:RunInstances', Resource: '*' }] }, aws.account);
  await launch(role(aws.region, other));
  await expect(launch(keep(new EC2Client(aws.clientOptions())))).rejects.toMatchObject({ message: EXPLICIT });
  const linked = aws.iam.createServiceLinkedRole({ account: aws.account, partition: 'aws' }, 'autoscaling.amazonaws.com');
  await launch(keep(new EC2Client({ ...aws.clientOptions(), credentials: aws.iam.credentials(linked) })));
});

test('without FullAWSAccess, it must allow what the accounts may do', async () => {
  aws.organization.detachFullAccess();
  aws.organization.attachServiceControlPolicy('images', { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ec2:Describe*', Resource: '*' }] });
  await role().send(new DescribeImagesCommand({ Owners: ['self'] }));
  await expect(launch(role())).rejects.toMatchObject({ message: expect.stringContaining('because no service control policy allows the ec2:RunInstances action') });
});

test('counts from the moment when it is attached, until it is detached', async () => {
  const ec2 = role();
  await launch(ec2);
  deny({ Action: 'ec2:RunInstances' });
  await expect(launch(ec2)).rejects.toMatchObject({ message: refused('ec2:RunInstances') });
  aws.organization.detach('deny');
  await launch(ec2);
});
