import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf } from '../../local-aws/kms/key';
import { copyOf, Deployment, NOTHING } from '../helpers/deployment';
import { failEveryCallOnce } from '../helpers/fail-every-call';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const ONE_COPY = { images: 1, snapshots: 1, volumes: 0, instances: 0 };

function prepare() {
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }], bootMode: 'uefi', uefiData: 'AAAA' }).id;
  const key = arnOf(account.aws.kms.addKey());
  return copyOf(source, stack => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', key), description: 'x' }));
}

test('every call of a life can fail once, or lose its answer', async () => {
  const calls = await failEveryCallOnce({ account, prepare, made: ONE_COPY }, 20);
  expect(calls).toEqual(expect.arrayContaining(['ec2:CopyImage', 'ec2:DescribeImageAttribute', 'kms:DescribeKey', 'ec2:DeregisterImage', 'cloudformation:DescribeStacks']));
}, 300_000);

describe.each(['before', 'after'] as const)('a function whose process ends %s it has done its part', crash => {
  test.each([['OnEvent', 0], ['IsComplete', 0], ['IsComplete', 1], ['IsComplete', 2]])('%s, invocation %p', async (name, after) => {
    account.aws.lambda.faults.add({ on: `CdkEncryptedAmi${name}`, crash, after, times: 1 });
    const created = await account.deploy(prepare());
    account.aws.clock.advance(60 * 60_000);
    // the framework takes the end of a process for the end of the request
    if (created.status === 'CREATE_COMPLETE') {
      expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
      // a deletion that was cut off fails, and is asked for again
      const destroyed = await account.destroy();
      if (destroyed.status !== 'DELETE_COMPLETE') {
        await account.destroy();
      }
    }
    expect(['CREATE_COMPLETE', 'ROLLBACK_COMPLETE']).toContain(created.status);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});
