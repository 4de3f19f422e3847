import { AccountAndRegion, AwsError } from '../aws-call';
import { partitionOf } from '../regions/partition';

/** True if a role or user exists, or if the local AWS does not hold the IAM of its account. */
export type PrincipalLookup = (arn: string) => boolean;

const ARN = /^arn:([^:]+):(?:iam::\d{12}:(?:root|(?:role|user)\/[\w+=,.@/-]+)|sts::\d{12}:(?:assumed-role|federated-user)\/[\w+=,.@/-]+)$/;

/** Principals of the key policy must exist: "must exist and be visible to KMS", as the documentation of CreateKey says. */
export function checkPrincipals(policy: object, place: AccountAndRegion, exists: PrincipalLookup): void {
  if (!principalsOf(policy).every(principal => isValid(principal, place, exists))) {
    throw new AwsError('MalformedPolicyDocumentException', 'Policy contains a statement with one or more invalid principals.');
  }
}

/** The principals that are accounts, roles, users or sessions. Services are not checked. */
function principalsOf(policy: object): unknown[] {
  const statements = [(policy as { Statement?: unknown }).Statement].flat() as { Principal?: unknown; NotPrincipal?: unknown }[];
  return statements.flatMap(({ Principal, NotPrincipal }) => [Principal, NotPrincipal])
    .flatMap(one => typeof one === 'object' && one !== null ? (one as { AWS?: unknown }).AWS ?? [] : one ?? []);
}

function isValid(principal: unknown, { region }: AccountAndRegion, exists: PrincipalLookup): boolean {
  if (typeof principal !== 'string') {
    return false;
  }
  if (principal === '*' || /^\d{12}$/.test(principal)) {
    return true;
  }
  return ARN.exec(principal)?.[1] === partitionOf(region) && (principal.endsWith(':root') || exists(principal));
}
