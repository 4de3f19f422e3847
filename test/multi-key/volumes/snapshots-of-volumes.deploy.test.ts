import { DescribeSnapshotsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiVolume, AmiBuildMethod } from '../../../src';
import { DEVICE_TAG } from '../../../src/contract';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../../helpers/deployment';

/** The snapshots that new volumes are created from, and those that the image is registered with. */

const MAKING = ['RunInstances', 'CreateVolume', 'CopySnapshot', 'CreateSnapshot', 'CreateImage', 'RegisterImage'];
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

const made = () => account.aws.log.calls.filter(({ action }) => MAKING.includes(action)).map(({ action }) => action);
const build = (buildMethod: AmiBuildMethod, snapshotId: string) => buildOf(stack => ({
  sourceImage: imageWithId(source), buildMethod, blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(snapshotId, { encryptionKey: keyWithArn(stack, key) }) }],
}));

async function refusal(buildMethod: AmiBuildMethod, snapshotId: string): Promise<string> {
  const { status, failures } = await account.deploy(build(buildMethod, snapshotId));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toHaveLength(1);
  // a snapshot that was deleted while it was pending goes when it is complete
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  return failures[0];
}

describe.each([[AmiBuildMethod.LAUNCH_INSTANCE], [AmiBuildMethod.COPY_SNAPSHOTS]])('by %s', buildMethod => {
  test.each([
    ['InvalidSnapshotID.Malformed', 'Value ( snap-0123456789abcdef0 ) for parameter SNAPSHOT is invalid. '],
    ['InvalidSnapshotID.NotFound', "The snapshot ID 'snap-0123456789abcdef0' does not exist"],
  ])('%s is a snapshot that does not exist', async (code, message) => {
    account.aws.faults.add({
      matches: ({ action, input }) => action === 'DescribeSnapshots' && (input.SnapshotIds as string[] | undefined)?.[0] === 'snap-0123456789abcdef0',
      error: new AwsError(code, message),
    });
    expect(await refusal(buildMethod, 'snap-0123456789abcdef0')).toContain(
      'The snapshot snap-0123456789abcdef0 for /dev/sdf was not found in us-east-1. Either it does not exist, or it is not shared with this account. ' +
      'Check the ID and the Region, or ask the owner to share it.');
    expect(made()).toEqual([]);
  });

  test('one that is not complete yet is waited for', async () => {
    const snapshot = account.aws.ec2.addSnapshot({ size: 3 });
    const reads = () => account.aws.log.of('ec2:DescribeSnapshots').filter(({ input }) => (input.SnapshotIds as string[] | undefined)?.[0] === snapshot.id).length;
    const madeWhilePending = new Set<string>();
    account.aws.faults.add({
      matches: () => {
        Object.assign(snapshot, reads() < 4 ? { state: 'pending', volumeSize: 0 } : { state: 'completed', volumeSize: 3 });
        (snapshot.state === 'pending' ? made() : []).forEach(action => madeWhilePending.add(action));
        return true;
      },
    });
    expect(await account.deploy(build(buildMethod, snapshot.id))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(reads()).toBeGreaterThanOrEqual(4);
    expect([...madeWhilePending]).toEqual([]);
  });

  test('one that failed is refused before anything is made', async () => {
    const snapshot = Object.assign(account.aws.ec2.addSnapshot({ size: 3 }), { state: 'error' as const, stateMessage: 'Given key ID is not accessible' });
    expect(await refusal(buildMethod, snapshot.id)).toContain(
      `The snapshot ${snapshot.id} for /dev/sdf is in the state error, not completed. Use a snapshot that is completed. (EC2: Given key ID is not accessible)`);
    expect(made()).toEqual([]);
  });
});

test.each([
  ['Source snapshot is not complete', 'is not completed. Deploy again when it is completed.'],
  ['Source snapshot is not found', 'no longer exists, or is no longer shared with this account. Use a snapshot that exists.'],
])('a copy of it that ends with "%s" is not put down to a key', async (words, sentence) => {
  const { id } = account.aws.ec2.addSnapshot({ size: 30, used: 30 });
  const client = new EC2Client(account.aws.clientOptions());
  const failing = (async () => {
    for (;;) {
      const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: [{ Name: `tag:${DEVICE_TAG}`, Values: ['/dev/sdf'] }] }));
      if (Snapshots?.[0]) {
        return Object.assign(account.aws.ec2.snapshot(Snapshots[0].SnapshotId!)!, { state: 'error', stateMessage: words });
      }
    }
  })();
  const reason = await refusal(AmiBuildMethod.COPY_SNAPSHOTS, id);
  await failing;
  expect(reason).toMatch(/The snapshot snap-\w+ for \/dev\/sdf is in the state error\. It is a copy/);
  expect(reason).toContain(`It is a copy of the snapshot ${id}, which ${sentence} (EC2: ${words})`);
  expect(reason).not.toContain('key');
});

test.each([
  ['InvalidSnapshotID.NotFound', "The snapshot ID 'snap-…' does not exist"],
  ['InvalidSnapshotID.Malformed', 'Value ( snap-… ) for parameter SNAPSHOT is invalid. '],
])('%s when the image is registered is tried again', async (code, message) => {
  account.aws.faults.add({ matches: 'ec2:RegisterImage', error: new AwsError(code, message), times: 2 });
  const { id } = account.aws.ec2.addSnapshot({ size: 3 });
  expect(await account.deploy(build(AmiBuildMethod.COPY_SNAPSHOTS, id))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.log.of('ec2:RegisterImage').map(({ error }) => error)).toEqual([code, code, undefined]);
});
