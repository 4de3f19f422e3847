import { findSnapshotOfDevice, reconcileSnapshot } from './reconcile-snapshot';
import { registerImage } from './register-image';
import { SourceImage } from '../../ami/describe-source-image';
import { secondsUntilDone } from '../../ami/snapshot-progress';
import { AwsClients } from '../../aws/clients';
import { NotReady } from '../../outcomes';
import { findOwnSnapshots } from '../../ownership/own-snapshots';
import { seal } from '../../ownership/seal';
import { imageNameOf } from '../../request/image-request';
import { hasEmptyVolumes } from '../block-devices';
import { describeBuildSource } from '../build-source';
import { isKeptEmpty, MultiKeyRequest, Plan, planDevices } from '../device-plan';
import { imageInRegistration } from '../messages';
import { throwIfAccepted } from '../own-builds';
import { preflight } from '../preflight-build';
import { findOwnVolumes } from '../volumes/own-volumes';

/**
 * Takes the next step of a build from copied snapshots, and always ends with `NotReady` or `DeploymentError`: the image itself is found by its tags. A tag
 * of each snapshot names its device, because neither CopySnapshot nor CreateSnapshot has a client token.
 */
export async function buildFromSnapshots(aws: AwsClients, request: MultiKeyRequest): Promise<never> {
  const snapshots = await findOwnSnapshots(aws, request, []);
  const volumes = hasEmptyVolumes(request.properties) ? await findOwnVolumes(aws, request, async () => []) : [];
  await seal(aws, snapshots.map(({ SnapshotId, Tags }) => ({ id: SnapshotId!, Tags })));
  // afterwards, the AMI can be missing
  if (request.memory.ids?.image === undefined
    && Object.values(request.memory.ids?.snapshots ?? {}).every(id => snapshots.some(({ SnapshotId }) => SnapshotId === id))) {
    request.memory.missing = undefined;
  }
  const { source, plan } = snapshots.length + volumes.length > 0 ? await describeSourceAndPlan(aws, request) : await preflight(aws, request);
  await request.throwIfCanceled();
  // all are awaited: an id that EC2 returns must be kept, also when the call for another device fails
  const withSnapshot = plan.devices.filter(device => !isKeptEmpty(device));
  const settled = await Promise.allSettled(withSnapshot.map(device => reconcileSnapshot(aws, request, device, snapshots, volumes)));
  const waiting = settled.map(one => {
    if (one.status === 'rejected') {
      throw one.reason;
    }
    return one.value;
  });
  const first = waiting.find(reason => reason !== undefined);
  if (first !== undefined) {
    const pending = snapshots.filter(({ State }) => State === 'pending');
    const started = withSnapshot.every(({ name }) => findSnapshotOfDevice(request, snapshots, name));
    throw new NotReady(first, !started || secondsUntilDone(request.memory, pending, request.startedAt, aws.now()));
  }
  throwIfAccepted(aws, request);
  await registerImage(aws, request, source, plan, snapshots);
  throw new NotReady(imageInRegistration({ name: imageNameOf(request) }), true);
}

async function describeSourceAndPlan(aws: AwsClients, request: MultiKeyRequest): Promise<{ source: SourceImage; plan: Plan }> {
  const source = await describeBuildSource(aws, request);
  return { source, plan: planDevices(source, request.properties) };
}
