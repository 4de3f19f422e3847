import { CopyImageCommand, DescribeImagesCommand, DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CONSTRUCTS, Consumer, CONSUMERS, ConstructOfMatrix, encryptedSource, KEY_KINDS, KeyKind, KeysOfKind } from './matrix';
import { addToKeyPolicy, statementsIn } from './statements';
import { arnOf } from '../../local-aws/kms/key';
import { ServiceLinkedRole } from '../../src';
import { Deployment, imageWithId } from '../helpers/deployment';
import { sample } from '../setup/nightly';

/**
 * Every construct with every kind of key, for everyone who uses the AMI: it works, or an annotation or the failed deployment has the statements that are missing, and
 * with these it works. A cell is a construct, a kind of key and a consumer.
 */

const CONSUMER = '210987654321';
/** An account of the organization, which the AMI is not shared with by its ID. */
const MEMBER = '234567890123';
const ORGANIZATION = 'arn:aws:organizations::123456789012:organization/o-abcdefghij';
const AUTO_SCALING_ROLE = 'arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
/** With five consumers each. */
const DEPLOYMENTS_IN_SAMPLE = 10;

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterAll(() => account.stop());

interface Deployed {
  readonly imageId: string;
  readonly roleArn: string;
  readonly kind: KeysOfKind;
  /** The annotations of the app. */
  readonly advice: readonly string[];
  readonly refusals: readonly string[];
}

async function deployed(construct: ConstructOfMatrix, { create }: KeyKind): Promise<Deployed> {
  const { aws } = account;
  const kind = create(aws);
  const plain = imageWithId(aws.ec2.addImage({ name: 'plain', devices: [{ deviceName: '/dev/xvda', size: 1 }, { deviceName: '/dev/sdb', size: 1 }] }).id);
  let advice: string[] = [];
  const define = (stack: Stack) => {
    const ami = construct.define({ stack, plain, key: kind.keys[0](stack), ...encryptedSource(stack, aws, plain, kind) });
    const role = new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() });
    ami.grantLaunch(role);
    ami.grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING);
    ami.shareWithAccounts(CONSUMER);
    ami.shareWithOrganizations(ORGANIZATION);
    new CfnOutput(stack, 'ImageId', { value: ami.imageId });
    new CfnOutput(stack, 'RoleArn', { value: role.roleArn });
    advice = stack.node.findAll().flatMap(({ node }) => node.metadata).filter(({ type }) => /^aws:cdk:(info|warning)$/.test(type)).map(({ data }) => String(data));
  };
  if (construct.launchesEncrypted) {
    launchWithTheirKeys(kind);
  }
  const refusals: string[] = [];
  for (;;) {
    const { status, failures, outputs } = await account.deployWithContext(define, {});
    if (status === 'CREATE_COMPLETE') {
      return { imageId: outputs.ImageId, roleArn: outputs.RoleArn, kind, advice, refusals };
    }
    const refusal = failures.join('\n');
    if (refusals.length === kind.arns.length) {
      throw new Error(`the statements of ${refusals.join('\n')} were not enough: ${refusal}`);
    }
    refusals.push(refusal);
    kind.arns.filter(arn => refusal.includes(arn)).forEach(arn => addToKeyPolicy(aws.kms, arn, statementsIn(refusal, aws)));
  }
}

/** An instance with an encrypted volume exists only where the owner of the key has allowed its launch. */
function launchWithTheirKeys({ arns }: KeysOfKind): void {
  const Action = ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
  const allowed = { Effect: 'Allow', Principal: { AWS: account.aws.account }, Resource: '*', Action, Condition: { StringLike: { 'aws:PrincipalArn': '*user/administrator' } } };
  arns.slice(1).forEach(arn => addToKeyPolicy(account.aws.kms, arn, [allowed]));
}

async function launches(client: EC2Client, administrator: EC2Client, ImageId: string): Promise<boolean> {
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  account.aws.clock.advance(60_000);
  const { Reservations } = await administrator.send(new DescribeInstancesCommand({ InstanceIds: [Instances![0].InstanceId!] }));
  return Reservations![0].Instances![0].State!.Name === 'running';
}

async function copies(client: EC2Client, SourceImageId: string): Promise<boolean> {
  const { aws } = account;
  const KmsKeyId = arnOf(aws.kms.addKey({ account: CONSUMER }));
  const Name = `copy-${KmsKeyId.split('/')[1]}`;
  const { ImageId } = await client.send(new CopyImageCommand({ SourceImageId, SourceRegion: aws.region, Name, Encrypted: true, KmsKeyId }));
  aws.clock.advance(60 * 60_000);
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [ImageId!] }));
  return Images![0].State === 'available';
}

async function works(consumer: Consumer, { imageId, roleArn }: Deployed): Promise<boolean> {
  const { aws } = account;
  const role = consumer === 'role that launches' ? roleArn : consumer === 'service-linked role of Auto Scaling' ? AUTO_SCALING_ROLE : undefined;
  const administrator = new EC2Client(aws.clientOptions(role === undefined ? { account: consumer === 'organization' ? MEMBER : CONSUMER } : {}));
  const client = role === undefined ? administrator : new EC2Client({ ...aws.clientOptions(), credentials: aws.iam.credentials(role, 'Launcher') });
  try {
    return await (consumer === 'account that copies' ? copies(client, imageId) : launches(client, administrator, imageId));
  } finally {
    client.destroy();
    administrator.destroy();
  }
}

const cells = CONSTRUCTS.flatMap(construct => KEY_KINDS.map(kind => [`${construct.name}, ${kind.name}`, construct, kind] as const));

describe.each(sample(cells, DEPLOYMENTS_IN_SAMPLE))('%s', (_name, construct, kind) => {
  let ami: Deployed;
  beforeAll(async () => {
    account.aws.iam.createServiceLinkedRole({ account: account.aws.account, partition: 'aws' }, 'autoscaling.amazonaws.com');
    account.aws.organization.join(MEMBER, { organizationArn: ORGANIZATION });
    ami = await deployed(construct, kind);
  });
  afterAll(() => account.reset());

  test('handler', () => {
    expect(ami.refusals.length > 0 ? 'advised' : 'works').toBe(construct.handlerNeedsNoKey ? 'works' : kind.handler);
  });

  test.each(CONSUMERS)('%s', async consumer => {
    const part = consumer.includes('role') ? '[ack: cdk-encrypted-ami:keyPolicyForLaunch]' : '[ack: cdk-encrypted-ami:keyPolicyForSharing]';
    const isLinked = consumer === 'service-linked role of Auto Scaling';
    const advice = ami.advice.filter(text => text.includes(part) && text.includes('aws-service-role') === isLinked
      && text.includes('PrincipalOrgID') === (consumer === 'organization'));
    if (kind.consumers[consumer] === 'needs a grant') {
      // KMS lets a service-linked role use a key of another account by a grant only, and the local KMS has no CreateGrant
      expect(advice).not.toEqual([]);
      advice.forEach(text => expect(text).toMatch(/ aws kms create-grant --key-id arn:aws:kms:\S+ --grantee-principal \S+AWSServiceRoleForAutoScaling --operations CreateGrant Decrypt /));
      expect(await works(consumer, ami)).toBe(false);
      return;
    }
    expect(advice.length > 0 ? 'advised' : 'works').toBe(kind.consumers[consumer]);
    if (!await works(consumer, ami)) {
      expect(advice).not.toEqual([]);
      for (const text of advice) {
        const arn = ami.kind.arns.find((one, index) => text.includes(one) || text.includes(`alias/${['One', 'Two'][index]}`))!;
        addToKeyPolicy(account.aws.kms, arn, statementsIn(text, account.aws));
      }
      expect(await works(consumer, ami)).toBe(true);
    }
  });
});
