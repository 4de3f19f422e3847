import { StackResult } from '../../../../local-aws/deployment';
import { LocalAws } from '../../../../local-aws/local-aws';

let aws: LocalAws;

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 300 });
});

afterAll(() => aws?.stop());

const deploy = (stackName: string, Resources: object): Promise<StackResult> => aws.deploy({ stackName, template: { Resources } });

test('a resource with an unknown property fails', async () => {
  const created = await deploy('Create', { Key: { Type: 'AWS::KMS::Key', Properties: { Description: 'd', Nonsense: 1, More: 2 } } });
  expect(created).toMatchObject({
    status: 'ROLLBACK_COMPLETE',
    failures: ['Key: Properties validation failed for resource Key with message:\n#: extraneous key [Nonsense] is not permitted\n#: extraneous key [More] is not permitted'],
  });

  await deploy('Update', { Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'v' } } });
  const updated = await deploy('Update', { Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'v', Nope: true } } });
  expect(updated).toMatchObject({
    status: 'UPDATE_ROLLBACK_COMPLETE',
    failures: ['Parameter: Properties validation failed for resource Parameter with message:\n#: extraneous key [Nope] is not permitted'],
  });
});

test('refuses a type that AWS does not have, and ignores one that only the local AWS does not have', async () => {
  await expect(deploy('Nope', { A: { Type: 'AWS::Nope::Thing' }, B: { Type: 'AWS::EC2::NATGateway' } }))
    .rejects.toThrow('Template format error: Unrecognized resource types: [AWS::Nope::Thing, AWS::EC2::NATGateway]');

  const made = await deploy('Queue', { Queue: { Type: 'AWS::SQS::Queue' }, Metadata: { Type: 'AWS::CDK::Metadata' } });
  expect(made).toMatchObject({ status: 'CREATE_COMPLETE', unknownTypes: ['AWS::SQS::Queue'] });
  expect(made.events.at(-1)!.ResourceStatusReason).toContain('the local AWS does not know AWS::SQS::Queue');
});
