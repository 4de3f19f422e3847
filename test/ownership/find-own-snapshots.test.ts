import { findOwnSnapshots } from '../../lambda/ownership/own-snapshots';
import { ImageRequest } from '../../lambda/request/image-request';
import { OWNER_TAG, Sharing } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

test('of all snapshots with the owner tag, those that are of the request', async () => {
  const handler = await DirectHandler.start();
  try {
    const { aws, connected } = handler;
    const [own, , untagged] = ['us', 'us', undefined].map(owner => aws.ec2.addSnapshot({ tags: owner === undefined ? {} : { [OWNER_TAG]: owner } }).id);
    const request = { owner: 'us', account: aws.account, attemptId: 'one', memory: { ids: { snapshots: { a: own, b: untagged } } }, startedAt: 0 };
    const found = await findOwnSnapshots(connected, request as unknown as ImageRequest<Sharing>, []);
    expect(found.map(({ SnapshotId }) => SnapshotId)).toEqual([own]);
  } finally {
    await handler.stop();
  }
});
