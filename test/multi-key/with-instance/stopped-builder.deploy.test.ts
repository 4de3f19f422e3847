import { DescribeInstancesCommand, EC2Client, StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../../local-aws/kms/key';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../../helpers/deployment';

/** A builder that somebody else stops or terminates while it prepares, as policies do that end instances for the night or for a missing tag. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** As soon as the builder runs. */
async function whenItRuns(act: (client: EC2Client, id: string) => Promise<unknown>): Promise<string> {
  const client = new EC2Client(account.aws.clientOptions());
  for (;;) {
    const { Reservations } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }] }));
    const id = Reservations?.[0]?.Instances?.[0]?.InstanceId;
    if (id) {
      await act(client, id);
      return id;
    }
  }
}

test.each([
  ['stopped', (client: EC2Client, id: string) => client.send(new StopInstancesCommand({ InstanceIds: [id] })),
    'was stopped by someone else before its user data had ended. Check CloudTrail for what stops instances, such as a schedule or a tag policy, let the builder instance run, and deploy again.'],
  ['terminated', (client: EC2Client, id: string) => client.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
    'was terminated by someone else. Check CloudTrail for what terminates instances, such as a schedule or a tag policy, let the builder instance run, and deploy again.'],
])('is not made an image of: %s', async (_title, act, sentence) => {
  account.aws.ec2.settings.timing.userData = 20 * 60_000;
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  const key = arnOf(account.aws.kms.addKey());
  const acting = whenItRuns(act);
  const userData = ec2.UserData.forLinux();
  userData.addCommands('dnf update -y', 'shutdown -h now');
  const { status, failures } = await account.deploy(buildOf(stack => ({
    sourceImage: imageWithId(source), userData, userDataTimeout: Duration.minutes(30), rootVolume: { encryptionKey: keyWithArn(stack, key) },
  })));
  const builder = await acting;
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toContain(`The builder instance ${builder} ${sentence} (EC2: Client.UserInitiatedShutdown: User initiated shutdown)`);
  expect(account.aws.log.of('ec2:CreateImage')).toEqual([]);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
