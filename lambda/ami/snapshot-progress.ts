import { Aws } from '../aws/clients';
import { findOwnSnapshots } from '../aws/find-images';

/** How far the snapshots of a request have come, as the end of a sentence; nothing if EC2 does not say. */
export async function progressOf(aws: Aws, owner: string): Promise<string> {
  try {
    const snapshots = await findOwnSnapshots(aws, owner);
    return snapshots.length === 0 ? '' : ` (${snapshots.map(({ SnapshotId, Progress }) => `${SnapshotId} at ${Progress ?? 'an unknown part'}`).join(', ')})`;
  } catch {
    // only decoration: what it would decorate must not be lost to a throttled call
    return '';
  }
}
