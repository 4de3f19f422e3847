import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { LocalAws } from '../../../local-aws/local-aws';

/** Permissions boundaries of roles that stacks create. */

let aws: LocalAws;
const clients: (EC2Client | KMSClient)[] = [];
beforeAll(async () => { aws = await LocalAws.start({ speed: 600 }); });
afterEach(async () => {
  clients.splice(0).forEach(client => client.destroy());
  await aws.reset();
});
afterAll(() => aws.stop());

const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const allow = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
const trust = document({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' });
const deploy = (PermissionsBoundary: unknown, boundary: object = document(allow('ec2:DescribeImages'))) => aws.deploy({
  stackName: 'Roles',
  template: {
    Resources: {
      Boundary: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: boundary } },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: trust, PermissionsBoundary, Policies: [{ PolicyName: 'p', PolicyDocument: document(allow('ec2:*', 'kms:*')) }] },
      },
    },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  },
});

function as(arn: string): { ec2: EC2Client; kms: KMSClient } {
  const options = { ...aws.clientOptions(), credentials: aws.iam.credentials(arn) };
  const made = { ec2: new EC2Client(options), kms: new KMSClient(options) };
  clients.push(made.ec2, made.kms);
  return made;
}

const images = new DescribeImagesCommand({ Owners: ['self'] });
const snapshots = new DescribeSnapshotsCommand({ OwnerIds: ['self'] });

test('allows no more than itself, and grants nothing', async () => {
  const { failures, outputs } = await deploy({ Ref: 'Boundary' });
  expect(failures).toEqual([]);
  const { ec2, kms } = as(outputs.Arn);
  await ec2.send(images);
  await expect(ec2.send(snapshots)).rejects.toMatchObject({ message: expect.stringContaining('because no permissions boundary allows the ec2:DescribeSnapshots action. Encoded') });
  await expect(kms.send(new DescribeKeyCommand({ KeyId: aws.kms.addKey().keyId }))).rejects.toThrow('because no permissions boundary allows the kms:DescribeKey action');
});

test('an explicit deny is said of it', async () => {
  const { outputs } = await deploy({ Ref: 'Boundary' }, document(allow('*'), { Effect: 'Deny', Action: 'ec2:DescribeImages', Resource: '*' }));
  await expect(as(outputs.Arn).ec2.send(images)).rejects.toMatchObject({ message: expect.stringContaining('with an explicit deny in a permissions boundary. Encoded') });
});

test('what the policies of the role lack is said of them, and an explicit deny too', async () => {
  const { outputs } = await deploy('arn:aws:iam::aws:policy/PowerUserAccess');
  await as(outputs.Arn).ec2.send(snapshots);
  aws.iam.putRolePolicy(outputs.Arn, 'deny', document({ Effect: 'Deny', Action: 'ec2:DescribeImages', Resource: '*' }));
  await expect(as(outputs.Arn).ec2.send(images)).rejects.toMatchObject({ message: expect.stringContaining('with an explicit deny in an identity-based policy. Encoded') });
});

test('is removed and changed in place, and counts at once', async () => {
  const { outputs, resources } = await deploy({ Ref: 'Boundary' });
  await expect(as(outputs.Arn).ec2.send(snapshots)).rejects.toThrow();
  const changed = await deploy({ Ref: 'Boundary' }, document(allow('ec2:*')));
  expect(changed.resources.Role.physicalId).toBe(resources.Role.physicalId);
  await as(outputs.Arn).ec2.send(snapshots);
});

test('must exist', async () => {
  expect((await deploy('arn:aws:iam::123456789012:policy/None')).failures.join()).toContain('Policy arn:aws:iam::123456789012:policy/None does not exist or is not attachable.');
});
