import { Ec2State } from './ec2-state';
import { Image } from './records';
import { AccountAndRegion, Call, Principal } from '../../aws-call';
import { Kms } from '../../kms/kms';
import { Clock } from '../../time/clock';
import { Ec2Permissions } from '../authorization/ec2-authorization';
import { CapacityShortages } from '../settings/capacity-shortages';
import { Settings } from '../settings/settings';
import { SnapshotDeletionFailures } from '../settings/snapshot-deletion-failures';
import { UndocumentedBehavior } from '../settings/undocumented-behavior';

/** An SSM parameter that a launch resolves. */
export interface ImageParameter {
  readonly value: string;
  readonly dataType: string;
  /** A public parameter of AWS. */
  readonly isPublic: boolean;
}

/** The service-linked roles of IAM. */
interface ServiceLinkedRoles {
  serviceLinkedRolePrincipal(place: { readonly account: string; readonly partition: string }, service: string): Principal | undefined;
  createServiceLinkedRole(place: { readonly account: string; readonly partition: string }, service: string): string;
}

/** The state and collaborators of EC2's operations. */
export interface Ec2Context {
  readonly clock: Clock;
  readonly kms: Kms;
  readonly permissions: Ec2Permissions;
  readonly state: Ec2State;
  readonly settings: Settings;
  readonly switches: UndocumentedBehavior;
  readonly deletionFailures: SnapshotDeletionFailures;
  readonly capacity: CapacityShortages;
  /** Changes an image that becomes available, as a test requests. */
  readonly misbehaviors: { complete(ec2: Ec2Context, image: Image): void };
  /** Returns the ARN of an instance profile of the account by name or ARN. */
  readonly instanceProfileArn: (account: string, nameOrArn: string) => string | undefined;
  /** Returns the ARNs of the organization and of the organizational unit of an account. */
  readonly organizationArnsOf: (account: string) => readonly string[];
  /** None in a test without IAM: then roles are not needed. */
  readonly serviceLinkedRoles?: ServiceLinkedRoles;
  /** Returns an SSM parameter with the ID of an image by its name, which a version can follow. */
  readonly imageParameter: (place: AccountAndRegion, name: string) => ImageParameter | undefined;
}

/** An EC2 operation, with its input in the SDK's type. */
export type Ec2Operation = (ec2: Ec2Context, call: Call) => object | void;

export type Ec2Operations = Readonly<Record<string, Ec2Operation>>;
