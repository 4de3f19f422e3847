import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy, ServiceLinkedRole } from '../../src';
import { Deployment, imageWithId } from '../helpers/deployment';

/** Launching as Auto Scaling does, by its service-linked role, which an account has only once somebody or something made it. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const roleArn = () => `arn:aws:iam::${account.aws.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;

interface Recipe {
  readonly createRole?: boolean;
  readonly grants?: boolean;
}

function recipe({ createRole = false, grants = true }: Recipe) {
  const sourceId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  return (stack: Stack) => {
    const key = new kms.Key(stack, 'Key');
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: imageWithId(sourceId), encryptionKey: key });
    if (grants) {
      copy.grantLaunchToServiceLinkedRole(ServiceLinkedRole.AUTO_SCALING, { createRole });
    }
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  };
}

/** How an instance ends up that is launched by the service-linked role. */
async function launched(ImageId: string): Promise<string | undefined> {
  const { aws } = account;
  const client = new EC2Client({ ...aws.clientOptions(), credentials: aws.iam.credentials(roleArn(), 'AutoScaling') });
  try {
    const { Instances } = await client.send(new RunInstancesCommand({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
    aws.clock.advance(60_000);
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [Instances![0].InstanceId!] }));
    return Reservations![0].Instances![0].State!.Name;
  } finally {
    client.destroy();
  }
}

test('in a fresh account, the key cannot be made whose policy names the role', async () => {
  const { status, failures } = await account.deploy(recipe({}));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toEqual([expect.stringMatching(/^Key.*: Policy contains a statement with one or more invalid principals\. /)]);
});

test('with the role, Auto Scaling launches the image', async () => {
  const { failures, outputs } = await account.deploy(recipe({ createRole: true }));
  expect(failures).toEqual([]);
  expect(await launched(outputs.ImageId)).toBe('running');
  // the role stays, because groups of other stacks may launch with it
  expect((await account.destroy()).failures).toEqual([]);
  expect(account.aws.iam.roleArns()).toEqual([roleArn()]);
  expect((await account.deploy(recipe({}))).failures).toEqual([]);
  expect((await account.deploy(recipe({ createRole: true }))).failures).toEqual([expect.stringContaining('Service role name AWSServiceRoleForAutoScaling has been taken in this account')]);
});

test('with the role, but without the grant, its instances do not start', async () => {
  account.aws.iam.createServiceLinkedRole({ account: account.aws.account, partition: 'aws' }, 'autoscaling.amazonaws.com');
  const { failures, outputs } = await account.deploy(recipe({ grants: false }));
  expect(failures).toEqual([]);
  expect(await launched(outputs.ImageId)).not.toBe('running');
});

test('in an account that has the role, the key is made', async () => {
  account.aws.iam.createServiceLinkedRole({ account: account.aws.account, partition: 'aws' }, 'autoscaling.amazonaws.com');
  const { failures, outputs } = await account.deploy(recipe({}));
  expect(failures).toEqual([]);
  expect(await launched(outputs.ImageId)).toBe('running');
});
