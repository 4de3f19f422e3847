import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf } from '../../local-aws/kms/key';
import { copyOf, Deployment } from '../helpers/deployment';
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

test('every call of a lifecycle can fail once, or lose its response', async () => {
  const calls = await failEveryCallOnce({ account, prepare, made: ONE_COPY }, 8);
  expect(calls).toEqual(expect.arrayContaining(['ec2:CopyImage', 'ec2:DescribeImageAttribute', 'kms:DescribeKey', 'ec2:DeregisterImage', 'cloudformation:DescribeStacks']));
}, 300_000);
