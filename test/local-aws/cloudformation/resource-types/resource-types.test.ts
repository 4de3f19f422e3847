import { DescribeKeyCommand, GetKeyPolicyCommand, GetKeyRotationStatusCommand, KMSClient, ListResourceTagsCommand } from '@aws-sdk/client-kms';
import { att, aws, deploy } from './deploy-types';
import { StackResult } from '../../../../local-aws/deployment';

let kms: KMSClient;
beforeAll(() => { kms = new KMSClient(aws.clientOptions()); });
afterAll(() => kms.destroy());

const trust = (service: string) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] });
const keyPolicy = (...more: string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } }, Action: ['kms:*', ...more], Resource: '*' }],
});

describe('KMS', () => {
  test('creates and updates a key, and schedules its deletion', async () => {
    const resources = (properties: object, target = 'Key') => ({
      Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: keyPolicy(), PendingWindowInDays: 7, ...properties } },
      Other: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: keyPolicy() } },
      Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/golden', TargetKeyId: { Ref: target } } },
    });
    const made = await deploy(resources({ EnableKeyRotation: true, Description: 'one', Tags: [{ Key: 'a', Value: '1' }] }), { Arn: att('Key', 'Arn'), Alias: { Ref: 'Alias' } });
    expect(made).toMatchObject({ status: 'CREATE_COMPLETE', failures: [], outputs: { Alias: 'alias/golden' } });
    const KeyId = made.outputs.Arn;
    expect((await kms.send(new DescribeKeyCommand({ KeyId: 'alias/golden' }))).KeyMetadata).toMatchObject({ Arn: KeyId, Description: 'one', KeyState: 'Enabled' });
    expect((await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled).toBe(true);

    const changed = await deploy(resources({ Enabled: false, Description: 'two', Tags: [{ Key: 'b', Value: '2' }], KeyPolicy: keyPolicy('kms:Describe*') }));
    expect(changed.failures).toEqual([]);
    expect(changed.resources.Key.physicalId).toBe(made.resources.Key.physicalId);
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata).toMatchObject({ Description: 'two', KeyState: 'Disabled' });
    expect((await kms.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([{ TagKey: 'b', TagValue: '2' }]);
    expect((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy).toContain('kms:Describe*');
    const moved = await deploy(resources({ Enabled: true, Description: 'two', Tags: [{ Key: 'b', Value: '2' }] }, 'Other'));
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata).toMatchObject({ KeyState: 'Enabled' });
    expect((await kms.send(new DescribeKeyCommand({ KeyId: 'alias/golden' }))).KeyMetadata!.KeyId).toBe(moved.resources.Other.physicalId);

    expect((await aws.destroy('Types')).status).toBe('DELETE_COMPLETE');
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe('PendingDeletion');
    await expect(kms.send(new DescribeKeyCommand({ KeyId: 'alias/golden' }))).rejects.toThrow('is not found');
  });

  test("fails with KMS's error, when KMS refuses a request", async () => {
    const result = await deploy({ Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/golden', TargetKeyId: '11111111-2222-3333-4444-555555555555' } } });

    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.failures).toEqual([expect.stringMatching(/^Alias: .*\(Service: Kms, Status Code: 400, Error Code: NotFoundException\)$/)]);
  });

  test('refuses a key policy that locks its creator out, without BypassPolicyLockoutSafetyCheck', async () => {
    const KeyPolicy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '210987654321' }, Action: 'kms:*', Resource: '*' }] };
    const key = (properties: object) => ({ Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy, ...properties } } });

    expect((await deploy(key({}))).failures.join()).toMatch(/^Key: The new key policy will not allow you to update the key policy in the future\. /);
    expect((await deploy(key({ BypassPolicyLockoutSafetyCheck: true }))).failures).toEqual([]);
  });
});

describe('IAM', () => {
  const role = (properties: object = {}) => ({ Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust('lambda.amazonaws.com'), ...properties } });
  const statement = (action: string) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
  const allows = (roleArn: string, action: string) =>
    aws.iam.allows(aws.iam.principal(aws.iam.credentials(roleArn).accessKeyId), { action, resource: '*', context: {} });

  test('a role has its own policies, those of policy resources, and managed policies', async () => {
    const resources = (action: string) => ({
      Role: role({ Policies: [{ PolicyName: 'own', PolicyDocument: statement('ec2:DescribeImages') }] }),
      Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'attached', PolicyDocument: statement(action), Roles: [{ Ref: 'Role' }] } },
      Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: statement('ec2:DescribeVolumes'), Roles: [{ Ref: 'Role' }] } },
      Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [{ Ref: 'Role' }] } },
    });
    const made = await deploy(resources('ec2:CopyImage'), { Arn: att('Role', 'Arn'), Profile: att('Profile', 'Arn') });
    const arn = made.outputs.Arn;
    expect(made).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(made.outputs.Profile).toMatch(/^arn:aws:iam::123456789012:instance-profile\/Types-Profile-/);
    expect(['ec2:DescribeImages', 'ec2:CopyImage', 'ec2:DescribeVolumes', 'ec2:CreateImage'].map(action => allows(arn, action))).toEqual([true, true, true, false]);

    await deploy(resources('ec2:CreateImage'));
    expect(['ec2:DescribeImages', 'ec2:CopyImage', 'ec2:DescribeVolumes', 'ec2:CreateImage'].map(action => allows(arn, action))).toEqual([true, false, true, true]);

    await deploy({ Role: role() });
    expect(['ec2:DescribeImages', 'ec2:CreateImage', 'ec2:DescribeVolumes'].map(action => allows(arn, action))).toEqual([false, false, false]);
    await aws.destroy('Types');
    expect(aws.iam.roleArns()).toEqual([]);
  });

  test('a policy of a role is replaced when its name changes', async () => {
    const resources = (PolicyName: string, action: string) => ({
      Role: role(),
      Policy: { Type: 'AWS::IAM::RolePolicy', Properties: { PolicyName, RoleName: { Ref: 'Role' }, PolicyDocument: statement(action) } },
    });
    const { outputs, resources: made } = await deploy(resources('one', 'ec2:CopyImage'), { Arn: att('Role', 'Arn') });
    expect(['ec2:CopyImage', 'ec2:CreateImage'].map(action => allows(outputs.Arn, action))).toEqual([true, false]);
    await deploy(resources('one', 'ec2:CreateImage'));
    expect(['ec2:CopyImage', 'ec2:CreateImage'].map(action => allows(outputs.Arn, action))).toEqual([false, true]);
    const replaced = await deploy(resources('two', 'ec2:CopyImage'));
    expect(replaced.resources.Policy.physicalId).not.toBe(made.Policy.physicalId);
    expect(['ec2:CopyImage', 'ec2:CreateImage'].map(action => allows(outputs.Arn, action))).toEqual([true, false]);
    await deploy({ Role: role() });
    expect(allows(outputs.Arn, 'ec2:CopyImage')).toBe(false);
  });

  test('creates a service-linked role once, with the path of its service', async () => {
    const linked = (properties: object = {}) => ({ Type: 'AWS::IAM::ServiceLinkedRole', Properties: { AWSServiceName: 'autoscaling.amazonaws.com', ...properties } });
    const path = 'arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
    const made = await deploy({ Role: linked(), Other: linked({ CustomSuffix: 'team' }) }, { Name: { Ref: 'Role' }, OtherName: att('Other', 'RoleName') });
    expect(made).toMatchObject({ failures: [], outputs: { Name: 'AWSServiceRoleForAutoScaling', OtherName: 'AWSServiceRoleForAutoScaling_team' } });
    expect(aws.iam.roleArns().sort()).toEqual([path, `${path}_team`]);
    expect(allows(path, 'ec2:RunInstances')).toBe(true);
    expect(allows(path, 'kms:CreateGrant')).toBe(false);

    const again = await aws.deploy({ stackName: 'Again', template: { Resources: { Role: linked() } } });
    expect(again.failures.join()).toContain('Service role name AWSServiceRoleForAutoScaling has been taken in this account, please try a different suffix.');
    await aws.destroy('Types');
    expect(aws.iam.roleArns()).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a service-linked role of a service that has none', {
      Role: { Type: 'AWS::IAM::ServiceLinkedRole', Properties: { AWSServiceName: 'none.amazonaws.com' } },
    }, 'Cannot find Service Linked Role template for none.amazonaws.com'],
    ['a suffix for a service that has one role', {
      Role: { Type: 'AWS::IAM::ServiceLinkedRole', Properties: { AWSServiceName: 'spot.amazonaws.com', CustomSuffix: 'a' } },
    }, 'Custom suffix is not allowed for spot.amazonaws.com'],
    ['a policy for a role that is not there', { Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: statement('a:b'), Roles: ['none'] } } }, 'The role with name none cannot be found.'],
    ['more in policies than a role can have', {
      Role: role(),
      One: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'one', PolicyDocument: statement(`a:${'b'.repeat(5_200)}`), Roles: [{ Ref: 'Role' }] } },
      Other: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'other', PolicyDocument: statement(`a:${'b'.repeat(5_000)}`), Roles: [{ Ref: 'Role' }] } },
    }, 'Maximum policy size of 10240 bytes exceeded for role'],
    ['more managed policies than a role can have', {
      Role: role(),
      ...Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`Policy${index}`, {
        Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: statement('a:b'), Roles: [{ Ref: 'Role' }] },
      }])),
    }, 'Cannot exceed quota for PoliciesPerRole: 10'],
    ['a name that is taken', { Role: role({ RoleName: 'same' }), Other: { ...role({ RoleName: 'same' }), DependsOn: 'Role' } }, 'already exists'],
  ])('refuses %s', async (_what, resources, message) => {
    const result = await deploy(resources);

    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.failures.join()).toContain(message);
  });
});

describe('Lambda', () => {
  const resources = (properties: object, trustPolicy: object = trust('lambda.amazonaws.com')) => ({
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trustPolicy } },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 } },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: { Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Function' }, Principal: 'cloudformation.amazonaws.com' },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Role: att('Role', 'Arn'), Handler: 'index.handler', Runtime: 'nodejs24.x', LoggingConfig: { LogGroup: { Ref: 'Logs' } }, Timeout: 60, ...properties,
      },
    },
  });
  const inline = (value: string) => ({ Code: { ZipFile: `exports.handler = async () => ${value};` }, Environment: { Variables: { N: 1 } } });

  test('creates and updates a function, and deletes it with its log group', async () => {
    const made = await deploy(resources(inline('1')), { Arn: att('Function', 'Arn') });
    expect(made.failures).toEqual([]);
    expect((await aws.lambda.invoke(made.outputs.Arn, '{}')).payload).toBe('1');
    expect(aws.lambda.logStore.retention(made.resources.Logs.physicalId!)).toBe(7);

    const changed = await deploy({ ...resources(inline('process.env.N + 1')), Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 14 } } });
    expect(aws.lambda.logStore.retention(made.resources.Logs.physicalId!)).toBe(14);
    expect(changed.resources.Function.physicalId).toBe(made.resources.Function.physicalId);
    expect((await aws.lambda.invoke(made.outputs.Arn, '{}')).payload).toBe('"11"');

    await aws.destroy('Types');
    expect([aws.lambda.names(), aws.lambda.logStore.names()]).toEqual([[], []]);
  });

  const [allowed] = trust('lambda.amazonaws.com').Statement;

  test.each<[string, object, object | undefined, string]>([
    ['a role that denies it', inline('1'), { Version: '2012-10-17', Statement: { ...allowed, Effect: 'Deny' } }, 'The role defined for the function cannot be assumed by Lambda.'],
    ['a role for AWS accounts', inline('1'), { Version: '2012-10-17', Statement: { ...allowed, Principal: '*' } }, 'The role defined for the function cannot be assumed by Lambda.'],
    ['a role for another service', inline('1'), trust('ec2.amazonaws.com'), 'The role defined for the function cannot be assumed by Lambda.'],
    ['code that was not uploaded', { Code: { S3Bucket: 'none', S3Key: 'none.zip' } }, undefined, 'Error occurred while GetObject. S3 Error Code: NoSuchBucket.'],
    ['another language', { ...inline('1'), Runtime: 'python3.13' }, undefined, 'the local AWS runs functions of the Node runtimes only, not python3.13'],
    ['a container image', { Code: { ImageUri: 'image' }, Runtime: undefined }, undefined, 'the local AWS runs functions of the Node runtimes only, not container images'],
    ['layers', { ...inline('1'), Layers: ['arn:layer'] }, undefined, 'the local AWS does not know layers'],
  ])('refuses %s', async (_what, properties, trustPolicy, message) => {
    const result = await deploy(resources(properties, trustPolicy));

    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.failures.join()).toContain(message);
  });
});

describe('other types', () => {
  test('stores a parameter with an image data type only if the image exists', async () => {
    const image = aws.ec2.addImage({ name: 'image' });
    const resources = (value: string) => ({ Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/golden', Type: 'String', DataType: 'aws:ec2:image', Value: value } } });

    const wrong = await deploy(resources('ami-00000000'));
    expect(wrong.failures.join()).toContain('Stabilizing the parameter creation');
    const right = await deploy(resources(image.id), { Value: att('Parameter', 'Value') });

    expect(right).toMatchObject({ status: 'CREATE_COMPLETE', outputs: { Value: image.id } });
    expect(aws.ssm.value(aws, '/golden')).toBe(image.id);
    await aws.destroy('Types');
    expect(aws.ssm.names()).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a type that Systems Manager does not know', { Type: 'zz' }, '#/Type: zz is not a valid enum value'],
    ['a SecureString', { Type: 'SecureString' }, '#/Type: SecureString is not a valid enum value'],
    ['a name with a space', { Name: 'a b' }, 'each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_ (Service: Ssm, Status Code: 400'],
    ['an empty value', { Value: '' }, "Value at 'value' failed to satisfy constraint"],
  ])('refuses a parameter with %s', async (_, properties, message) => {
    const result = await deploy({ Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/golden', Type: 'String', Value: '1', ...properties } } });
    expect(result.failures.join()).toContain(message);
    expect(aws.ssm.names()).toEqual([]);
  });

  test('a dynamic reference reads the version that it names', async () => {
    ['one', 'two', 'three'].forEach(value => aws.ssm.put(aws, { name: '/golden', value }));
    const { outputs } = await deploy({
      Copy: {
        Type: 'AWS::SSM::Parameter', Properties: { Name: '/copy', Type: 'String', Value: '{{resolve:ssm:/golden:2}} {{resolve:ssm:/golden}}' },
      },
    }, { Value: att('Copy', 'Value') });
    expect(outputs.Value).toBe('two three');
  });

  test('a state machine needs a role with its trust and a valid definition', async () => {
    const resources = (service: string, definition: string) => ({
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust(service) } },
      Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { RoleArn: att('Role', 'Arn'), DefinitionString: definition } },
    });
    const pass = '{"StartAt":"a","States":{"a":{"Type":"Succeed"}}}';

    expect((await deploy(resources('lambda.amazonaws.com', pass))).failures.join()).toContain('states.amazonaws.com');
    expect((await deploy(resources('states.amazonaws.com', '{}'))).failures.join()).toContain('Invalid State Machine Definition');
    expect((await deploy(resources('states.amazonaws.com', pass))).failures).toEqual([]);
    expect(aws.stepFunctions.arns()).toEqual([expect.stringMatching(/^arn:aws:states:us-east-1:123456789012:stateMachine:Types-Machine-/)]);
  });

  test('does not delete a bucket that is not empty', async () => {
    const made = await deploy({ Bucket: { Type: 'AWS::S3::Bucket' }, Repository: { Type: 'AWS::ECR::Repository' } });
    aws.buckets.put(made.resources.Bucket.physicalId!, 'key', Buffer.from('x'));

    const stuck = await aws.destroy('Types');

    expect(stuck.status).toBe('DELETE_FAILED');
    expect(stuck.failures.join()).toContain('The bucket you tried to delete is not empty');
  });

  test('updates in place what it keeps in name only, and refuses a name that another resource has, or that is no text', async () => {
    const resources = (value: string) => ({
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: JSON.stringify(trust('ec2.amazonaws.com')), ManagedPolicyArns: 'arn:aws:iam::aws:policy/ReadOnlyAccess' } },
      Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: value === 'two' ? [{ Ref: 'Role' }] : [], Path: '/' } },
      Linked: { Type: 'AWS::IAM::ServiceLinkedRole', Properties: { AWSServiceName: 'autoscaling.amazonaws.com', Description: value } },
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { Tags: [{ Key: 'a', Value: value }] } },
      Network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16', EnableDnsSupport: value === 'two' } },
      Gateway: { Type: 'AWS::EC2::InternetGateway', Properties: { Tags: [{ Key: 'a', Value: value }] } },
      Metadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: value } },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: value } },
    });
    const idsOf = ({ resources: all }: StackResult) => Object.fromEntries(Object.entries(all).map(([id, { physicalId }]) => [id, physicalId]));
    const made = await deploy(resources('one'));
    expect(made.failures).toEqual([]);
    const changed = await deploy(resources('two'));
    expect([changed.status, idsOf(changed)]).toEqual(['UPDATE_COMPLETE', idsOf(made)]);

    await aws.destroy('Types');
    for (const [type, properties, message] of [
      ['AWS::Logs::LogGroup', { LogGroupName: 'same' }, 'already exists'],
      ['AWS::S3::Bucket', { BucketName: 'same' }, '(Service: S3, Status Code: 409'],
      ['AWS::SSM::Parameter', { Name: 'same', Type: 'String', Value: 'v' }, 'already exists'],
      ['AWS::SSM::Parameter', { Name: { a: 1 }, Type: 'String', Value: 'v' }, '#/Name: expected type: String'],
    ] as const) {
      const refused = await deploy({ One: { Type: type, Properties: properties }, Two: { Type: type, DependsOn: 'One', Properties: properties } });
      expect(refused.failures.join()).toContain(message);
      await aws.destroy('Types');
    }
  });

  test('names unknown types in the result', async () => {
    const result = await deploy({ Queue: { Type: 'AWS::SQS::Queue' } });

    expect(result).toMatchObject({ status: 'CREATE_COMPLETE', unknownTypes: ['AWS::SQS::Queue'] });
  });
});
