import { Call } from '../../aws-call';
import { Clock } from '../../clock';
import { CapacityShortages } from '../settings/capacity-shortages';
import { Ec2Permissions } from '../authorization/ec2-authorization';
import { Settings } from '../settings/settings';
import { SnapshotDeletionFailures } from '../settings/snapshot-deletion-failures';
import { UndocumentedBehavior } from '../settings/undocumented-behavior';
import { Ec2State } from './ec2-state';
import { AccountAndRegion } from '../../kms/arns';
import { Kms } from '../../kms/kms';

/** What the operations of EC2 work with. */
export interface Ec2Context {
  readonly clock: Clock;
  readonly kms: Kms;
  readonly permissions: Ec2Permissions;
  readonly world: Ec2State;
  readonly settings: Settings;
  readonly switches: UndocumentedBehavior;
  readonly deletionFailures: SnapshotDeletionFailures;
  readonly capacity: CapacityShortages;
  /** The ARN of the account's instance profile that has this name or ARN. */
  readonly instanceProfileArn: (account: string, nameOrArn: string) => string | undefined;
}

/** One operation, with its input in the SDK's type. */
export type Ec2Operation = (ec2: Ec2Context, call: Call) => object | void;

export type Ec2Operations = Readonly<Record<string, Ec2Operation>>;

export function accountAndRegionOf(call: Call): AccountAndRegion {
  return { account: call.principal.account, region: call.region };
}
