import { CopyImageRequest } from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../../aws-call';
import { EncryptionOutcome } from '../encryption/encryption-outcome';
import { groupOf, localZonesOf } from '../networks/zones';
import { LocalZone } from '../settings/settings';
import { Ec2Context } from '../state/ec2-context';
import { Image, Snapshot } from '../state/records';

/** The destination of CopyImage's snapshots, if it is not the Region: an Outpost or a Local Zone. */
export interface Destination {
  readonly outpostArn?: string;
  readonly localZone?: LocalZone;
}

type Refuse = (why: string) => AwsError;

/** Returns the destination of a request, after checking that EC2 copies from the source's location to it. */
export function destinationOf(ec2: Ec2Context, call: Call, input: CopyImageRequest, source: Image, snapshots: readonly Snapshot[]): Destination {
  const { DestinationOutpostArn: outpostArn, DestinationAvailabilityZone: name, DestinationAvailabilityZoneId: id } = input;
  if ([outpostArn, name, id].filter(one => one !== undefined).length > 1) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Only one of DestinationAvailabilityZone, DestinationAvailabilityZoneId, or DestinationOutpostArn can be specified.',
    );
  }
  const refuse: Refuse = why => new AwsError(ec2.switches.unsupportedDestinationCode, why);
  if (outpostArn !== undefined && (!ec2.settings.locations.outposts.includes(outpostArn) || outpostArn.split(':')[3] !== call.region)) {
    throw refuse(`The destination Outpost ${outpostArn} does not exist in ${call.region}.`);
  }
  const asked = name ?? id;
  const localZone = asked === undefined ? undefined : localZonesOf(ec2, call.region).find(zone => zone.enabled && zone[name === undefined ? 'id' : 'name'] === asked);
  if (asked !== undefined && localZone?.localSnapshots !== true) {
    throw refuse(`The destination zone ${asked} is not a Local Zone that you can copy to.`);
  }
  if ((outpostArn ?? asked) !== undefined && source.region !== call.region) {
    throw refuse(`An image in ${source.region} cannot be copied to the destination ${outpostArn ?? asked}.`);
  }
  checkOrigins(ec2, call, { outpostArn, localZone }, snapshots, refuse);
  const timed = input.SnapshotCopyCompletionDurationMinutes !== undefined;
  if (timed && ((outpostArn ?? asked) !== undefined || snapshots.some(snapshot => snapshot.localZone !== undefined))) {
    throw new AwsError('InvalidParameterCombination', 'SnapshotCopyCompletionDurationMinutes is not supported for Local Zones and Outposts.');
  }
  return { outpostArn, localZone };
}

/** EC2 does not copy from an Outpost. It copies from a Local Zone to its Region and to zones of its group. */
function checkOrigins(ec2: Ec2Context, call: Call, { outpostArn, localZone }: Destination, snapshots: readonly Snapshot[], refuse: Refuse): void {
  for (const snapshot of snapshots) {
    if (snapshot.outpostArn !== undefined) {
      throw refuse(`The snapshot ${snapshot.id} is on an Outpost and cannot be copied.`);
    }
    const origin = localZonesOf(ec2, snapshot.region).find(zone => zone.name === snapshot.localZone);
    if (origin && (outpostArn !== undefined || snapshot.region !== call.region || localZone && groupOf(localZone) !== groupOf(origin))) {
      throw refuse(`The snapshot ${snapshot.id} cannot be copied from the Local Zone ${origin.name} to this destination.`);
    }
  }
}

/** On an Outpost, no snapshot keeps its key unless the request names it. Elsewhere CopyImage's table of encryption outcomes applies. */
export function encryptionOutcomeAt({ outpostArn }: Destination, { KmsKeyId }: CopyImageRequest): EncryptionOutcome | undefined {
  return outpostArn === undefined ? undefined : { encrypted: true, key: KmsKeyId === undefined ? 'default' : { named: KmsKeyId } };
}
