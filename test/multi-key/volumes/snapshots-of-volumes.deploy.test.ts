import { arnOf } from '../../../local-aws/kms/key';
import { AmiVolume, AmiBuildMethod } from '../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';

/** The snapshots that new volumes are created from. */

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

test.each([[AmiBuildMethod.LAUNCH_INSTANCE], [AmiBuildMethod.COPY_SNAPSHOTS]])('by %s, one that is not complete yet is waited for', async buildMethod => {
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
