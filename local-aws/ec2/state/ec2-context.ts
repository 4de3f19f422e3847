import { Call } from '../../aws-call';
import { Clock } from '../../clock';
import { Capacity } from '../settings/capacity-shortages';
import { Ec2Permissions } from '../authorization/ec2-authorization';
import { Settings } from '../settings/settings';
import { SnapshotDeletions } from '../snapshots/delete-snapshots';
import { Switches } from '../settings/undocumented-behavior';
import { World } from './ec2-state';
import { Place } from '../../kms/arns';
import { Kms } from '../../kms/kms';

/** What the operations of EC2 work with. */
export interface Ec2Context {
  readonly clock: Clock;
  readonly kms: Kms;
  readonly permissions: Ec2Permissions;
  readonly world: World;
  readonly settings: Settings;
  readonly switches: Switches;
  readonly deletions: SnapshotDeletions;
  readonly capacity: Capacity;
}

/** One operation, with its input in the SDK's type. */
export type Ec2Operation = (ec2: Ec2Context, call: Call) => object | void;

export type Ec2Operations = Readonly<Record<string, Ec2Operation>>;

export function placeOf(call: Call): Place {
  return { account: call.principal.account, region: call.region };
}
