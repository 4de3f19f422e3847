import { Size, Stack } from 'aws-cdk-lib';
import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiVolume } from '../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';

/** Limits of EC2 that end by themselves: the build waits, and makes nothing twice. */

let account: Deployment;
let source: string;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const withEmptyVolume = () => buildOf((stack: Stack) => ({
  sourceImage: imageWithId(source), blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, key) }) }],
}));

test.each([
  ['CreateImage', 'SnapshotCreationPerVolumeRateExceeded',
    'The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.'],
  ['CreateImage', 'ConcurrentCreateImageNoRebootLimitExceeded',
    'The maximum number of concurrent CreateImage requests for the instance has been reached. Wait for the current CreateImage requests to complete, and then retry your request.'],
])('%s: %s', async (action, code, message) => {
  account.aws.faults.add({ matches: `ec2:${action}`, error: new AwsError(code, message), times: 2 });
  expect(await account.deploy(withEmptyVolume())).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.log.of(`ec2:${action}`).map(({ error }) => error)).toEqual([code, code, undefined]);
  expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
});
