import { LaunchPermission } from '@aws-sdk/client-ec2';
import { Sharing } from '../../src/contract';

/** An account, organization or organizational unit that an AMI is shared with. */
export interface Principal {
  /** The 12 digits of an account, or the ID at the end of an ARN, such as `o-abc123def4`: unique, and short enough for a tag. */
  readonly id: string;
  /** Snapshots can be shared with accounts only. */
  readonly isAccount: boolean;
  readonly permission: LaunchPermission;
}

export function principalsOf(sharing: Sharing): Principal[] {
  const { SharedAccountIds = [], SharedOrganizationArns = [], SharedOrganizationalUnitArns = [] } = sharing;
  const all = [
    ...SharedAccountIds.map(UserId => ({ id: UserId, isAccount: true, permission: { UserId } })),
    ...SharedOrganizationArns.map(OrganizationArn => ({ id: idOf(OrganizationArn), isAccount: false, permission: { OrganizationArn } })),
    ...SharedOrganizationalUnitArns.map(OrganizationalUnitArn =>
      ({ id: idOf(OrganizationalUnitArn), isAccount: false, permission: { OrganizationalUnitArn } })),
  ];
  return all.filter(({ id }, index) => all.findIndex(other => other.id === id) === index);
}

/** The principals of the first sharing that are not in the second. */
export function difference(all: Sharing, without: Sharing): Principal[] {
  const excluded = new Set(principalsOf(without).map(({ id }) => id));
  return principalsOf(all).filter(({ id }) => !excluded.has(id));
}

/** The ID of the principal of a launch permission; none of the group `all`. */
export function idOfPermission({ UserId, OrganizationArn, OrganizationalUnitArn }: LaunchPermission): string | undefined {
  const arn = OrganizationArn ?? OrganizationalUnitArn;
  return UserId ?? (arn === undefined ? undefined : idOf(arn));
}

function idOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
