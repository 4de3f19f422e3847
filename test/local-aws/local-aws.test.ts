import { DescribeImagesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { LocalAws } from '../../local-aws/local-aws';

let aws: LocalAws;

beforeEach(async () => {
  aws = await LocalAws.start({ speed: 600, account: '111122223333', region: 'eu-west-1' });
});

afterEach(async () => {
  await aws.stop();
});

const template = { Resources: { Bucket: { Type: 'AWS::S3::Bucket' } }, Outputs: { Region: { Value: { Ref: 'AWS::Region' } } } };

test('SDK clients and processes find it on loopback', async () => {
  expect(aws.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(aws.environment()).toMatchObject({ AWS_ENDPOINT_URL: aws.url, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIALOCAL111122223333' });
  const ec2 = new EC2Client(aws.clientOptions());

  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }));

  expect(Images?.length).toBeGreaterThan(0);
  ec2.destroy();
});

test('deploys stacks in several accounts and Regions', async () => {
  const here = await aws.deploy({ stackName: 'S', template });
  const there = await aws.deploy({ stackName: 'S', template, account: '444455556666', region: 'us-west-2' });

  expect([here.outputs.Region, there.outputs.Region]).toEqual(['eu-west-1', 'us-west-2']);
  expect((await aws.destroy('S', { account: '444455556666', region: 'us-west-2' })).status).toBe('DELETE_COMPLETE');
  expect(aws.buckets.list().map(bucket => bucket.account)).toEqual(['111122223333']);
});

test('resolves Amazon\'s public image parameters', async () => {
  const name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64';
  const result = await aws.deploy({
    stackName: 'S',
    template: {
      ...template,
      Parameters: { Image: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: name } },
      Outputs: { Image: { Value: { Ref: 'Image' } } },
    },
  });

  expect(result.outputs.Image).toBe(aws.ec2.publicParameters('eu-west-1')[name]);
  expect(result.outputs.Image).toMatch(/^ami-/);
});

test('launches the image of a parameter of the account', async () => {
  const ec2 = new EC2Client(aws.clientOptions());
  const { id } = aws.ec2.addImage({ name: 'own' });
  aws.ssm.put(aws, { name: '/golden', value: id, dataType: 'aws:ec2:image' });
  const launch = (name: string) => ec2.send(new RunInstancesCommand({ ImageId: `resolve:ssm:${name}`, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  expect((await launch('/golden')).Instances).toMatchObject([{ ImageId: id }]);
  await expect(launch('/golden:2')).rejects.toThrow('/golden:2');
  ec2.destroy();
});

test('returns the events of this deployment only, and the failure messages of AWS', async () => {
  await aws.deploy({ stackName: 'S', template });
  const bad = { Resources: { ...template.Resources, Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'golden', TargetKeyId: 'none' } } } };

  const result = await aws.deploy({ stackName: 'S', template: bad });

  expect(result.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(result.events[0]).toMatchObject({ ResourceStatus: 'UPDATE_IN_PROGRESS' });
  expect(result.failures).toEqual([expect.stringMatching(/^Alias: /)]);
  expect(Object.keys(result.resources)).toEqual(['Bucket']);
  await expect(aws.deploy({ stackName: 'S', template: { Resources: { Bucket: { Type: 'AWS::Nope::Thing' } } } })).rejects.toThrow('Unrecognized resource types');
});

test('deploys a stack again after a failed creation, like the CDK command line', async () => {
  const bad = { Resources: { Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'golden', TargetKeyId: 'none' } } } };
  expect((await aws.deploy({ stackName: 'S', template: bad })).status).toBe('ROLLBACK_COMPLETE');

  expect((await aws.deploy({ stackName: 'S', template })).status).toBe('CREATE_COMPLETE');
});

test('reset deletes every resource', async () => {
  await aws.deploy({ stackName: 'S', template });
  aws.ssm.put(aws, { name: 'p', value: '1' });
  aws.ec2.addImage({ name: 'own' });
  aws.kms.addKey();

  await aws.reset();

  expect([aws.buckets.list(), aws.ssm.names(), aws.iam.roleArns(), aws.lambda.names(), aws.log.calls]).toEqual([[], [], [], [], []]);
  expect(() => aws.cloudFormation.stack(aws, 'S')).toThrow('Stack with id S does not exist');
  expect((await aws.deploy({ stackName: 'S', template })).status).toBe('CREATE_COMPLETE');
});
