import { AwsError } from '../../aws-call';
import type { Ec2Context } from '../state/ec2-context';
import { checkId } from './errors';

/**
 * Ids of the right form that EC2 was recorded to call malformed. Which others it calls so is not known: of single digits changed at some
 * places of an id that exists about every second one was, elsewhere none.
 */
const RECORDED: ReadonlySet<string> = new Set([
  'ami-00000000000000000', 'snap-00000000000000000', 'snap-01111111111111111', 'snap-0123456789abcdef0',
]);

/** Whether EC2 calls an id malformed although its form is right: it makes no long ids that begin with another digit than 0. */
export function isImpossibleId(id: string): boolean {
  return RECORDED.has(id) || /^(ami|snap)-[1-9a-f][0-9a-f]{16}$/.test(id);
}

export function checkImageId({ settings }: Ec2Context, id: string): void {
  if (id === '') {
    throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  }
  checkId('ami', id);
  if (settings.ids.isImpossible(id)) {
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}"`);
  }
}

export function checkSnapshotId(ec2: Ec2Context, id: string): void {
  if (!id.startsWith('snap-') || /[A-F]/.test(id)) {
    throw new AwsError('InvalidParameterValue', `Value (${id}) for parameter snapshotId is invalid. Expected: 'snap-...'.`);
  }
  if (!isPossibleSnapshotId(ec2, id)) {
    throw new AwsError('InvalidSnapshotID.Malformed', `Value ( ${id} ) for parameter SNAPSHOT is invalid. `);
  }
}

export function isPossibleSnapshotId({ settings }: Ec2Context, id: string): boolean {
  return /^snap-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id) && !settings.ids.isImpossible(id);
}
