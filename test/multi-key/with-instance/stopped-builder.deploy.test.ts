import { DescribeInstancesCommand, EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../../local-aws/kms/key';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../../helpers/deployment';

/** A builder that somebody else stops while it prepares, as policies do that stop instances for the night. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** As soon as the builder runs. */
async function stopWhenItRuns(): Promise<string> {
  const client = new EC2Client(account.aws.clientOptions());
  for (;;) {
    const { Reservations } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }] }));
    const id = Reservations?.[0]?.Instances?.[0]?.InstanceId;
    if (id) {
      await client.send(new StopInstancesCommand({ InstanceIds: [id] }));
      return id;
    }
  }
}

test('a builder that is not ready is not made an image of', async () => {
  account.aws.ec2.settings.timing.userData = 20 * 60_000;
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  const key = arnOf(account.aws.kms.addKey());
  const stopping = stopWhenItRuns();
  const userData = ec2.UserData.forLinux();
  userData.addCommands('dnf update -y', 'shutdown -h now');
  const { status, failures } = await account.deploy(buildOf(stack => ({
    sourceImage: imageWithId(source), userData, userDataTimeout: Duration.minutes(30), rootVolume: { encryptionKey: keyWithArn(stack, key) },
  })));
  const builder = await stopping;
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toContain(
    `The builder instance ${builder} was stopped by someone else before its user data had ended. Check CloudTrail for what stops instances, such as a schedule or ` +
    'a tag policy, let the builder instance run, and deploy again. (EC2: Client.UserInitiatedShutdown: User initiated shutdown)',
  );
  expect(account.aws.log.of('ec2:CreateImage')).toEqual([]);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
