import { DescribeImageAttributeCommand, DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../local-aws/kms/key';
import { InstanceAmi } from '../../src';
import { Deployment, keyWithArn } from '../helpers/deployment';

/** An AMI of an instance that is copied with another key: several steps end with the finished AMI, and only the first of them shares it. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterAll(() => account.stop());

test('what the AMI was shared with is taken back when it is no longer declared', async () => {
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const key = arnOf(account.aws.kms.addKey());
  const define = (...accountIds: string[]) => (stack: Stack) => {
    const instance = new ec2.CfnInstance(stack, 'Server', { imageId: source, instanceType: 't3.micro' });
    const ami = new InstanceAmi(stack, 'Ami', { instance, encryptionKey: keyWithArn(stack, key) });
    if (accountIds.length > 0) {
      ami.shareWithAccounts(...accountIds);
    }
    new CfnOutput(stack, 'ImageId', { value: ami.imageId });
  };
  const client = new EC2Client(account.aws.clientOptions());
  const sharedWith = async (ImageId: string) =>
    (await client.send(new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' }))).LaunchPermissions!.map(({ UserId }) => UserId);

  const { outputs: { ImageId } } = await account.deploy(define('210987654321'));
  expect(await sharedWith(ImageId)).toEqual(['210987654321']);
  // it was shared by this construct, so there is no one to record who had it before
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
  expect(Images![0].Tags!.filter(({ Key }) => Key!.startsWith('cdk-encrypted-ami:sharing'))).toEqual([]);
  expect((await account.deploy(define())).status).toBe('UPDATE_COMPLETE');
  expect(await sharedWith(ImageId)).toEqual([]);
});
