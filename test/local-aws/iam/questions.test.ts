import {
  CopyImageCommand, DeregisterImageCommand, DescribeImagesCommand, EC2Client, RunInstancesCommand, TagSpecification, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { policy } from './policies';
import { AuthorizationQuestion } from '../../../local-aws/aws-call';
import { LocalAws } from '../../../local-aws/local-aws';

/** Actions, resource types and condition keys of a request that the service authorization reference does not have. */
async function objection({ action, resource, context }: AuthorizationQuestion): Promise<string | undefined> {
  const result = await runSimulation({
    request: {
      principal: 'arn:aws:sts::123456789012:assumed-role/Handler/session',
      action,
      resource: { resource, accountId: '123456789012' },
      contextVariables: Object.fromEntries(Object.entries(context).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]])),
    },
    identityPolicies: [{ name: 'all', policy: policy({ Effect: 'Allow', Action: '*', Resource: '*' }) }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {});
  if (result.resultType === 'error') {
    return `${action} on ${resource}: ${result.errors.message}`;
  }
  const [first] = result.resultType === 'single' ? [result.result] : result.results;
  // the reference writes `kms:EncryptionContext:${EncryptionContextKey}`, and the evaluator takes `aws:ebs:id` for more than a key
  const ignored = (first?.ignoredContextKeys ?? []).filter(key => !key.startsWith('kms:EncryptionContext'));
  return ignored.length > 0 ? `${action} on ${resource} has no ${ignored.join(', ')}` : undefined;
}

test('EC2 and KMS request authorization only for actions, resource types and condition keys of IAM', async () => {
  const aws = await LocalAws.start({ speed: 600 });
  const role = aws.iam.putRole({ account: aws.account, name: 'Handler', managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] });
  const options = { ...aws.clientOptions(), credentials: aws.iam.credentials(role) };
  const [ec2, kms] = [new EC2Client(options), new KMSClient(options)];
  const asked = [jest.spyOn(aws.iam, 'allows'), jest.spyOn(aws.iam, 'allowsKey')];
  const tags = (...types: TagSpecification['ResourceType'][]) => types.map(ResourceType => ({ ResourceType, Tags: [{ Key: 'owner', Value: 'test' }] }));
  try {
    // GIVEN a role that makes an encrypted copy, launches it, and removes both
    const key = aws.kms.addKey();
    await kms.send(new DescribeKeyCommand({ KeyId: key.keyId }));
    const { ImageId } = await ec2.send(new CopyImageCommand({
      Name: 'copy',
      SourceImageId: aws.ec2.seedImage('al2023-x86_64').id,
      SourceRegion: aws.region,
      Encrypted: true,
      KmsKeyId: key.keyId,
      TagSpecifications: tags('image', 'snapshot'),
    }));
    await available(ec2, ImageId!);
    const { Instances } = await ec2.send(new RunInstancesCommand({
      ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, TagSpecifications: tags('instance', 'volume', 'network-interface'),
    }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [Instances![0].InstanceId!] }));
    await ec2.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));

    // THEN each question that was asked is one that the authorization reference has
    const questions = asked.flatMap(({ mock }) => mock.calls.map(call => call[call.length - 1] as AuthorizationQuestion));
    expect(questions.map(({ action }) => action)).toEqual(expect.arrayContaining([
      'ec2:CopyImage', 'ec2:CreateTags', 'ec2:RunInstances', 'ec2:DeregisterImage', 'ec2:DeleteSnapshot', 'kms:CreateGrant',
    ]));
    expect((await Promise.all(questions.map(objection))).filter(Boolean)).toEqual([]);
  } finally {
    [ec2, kms].forEach(client => client.destroy());
    await aws.stop();
  }
});

async function available(ec2: EC2Client, imageId: string): Promise<void> {
  for (;;) {
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    if (Images?.[0]?.State === 'available') {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
