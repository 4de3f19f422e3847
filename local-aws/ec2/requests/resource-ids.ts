import { checkId } from './errors';
import { AwsError } from '../../aws-call';
import type { Ec2Context } from '../state/ec2-context';

export function checkImageId({ settings }: Ec2Context, id: string): void {
  if (id === '') {
    throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  }
  checkId('ami', id);
  if (settings.ids.isMalformed(id)) {
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}"`);
  }
}

export function checkSnapshotId(ec2: Ec2Context, id: string): void {
  if (!id.startsWith('snap-') || /[A-F]/.test(id)) {
    throw new AwsError('InvalidParameterValue', `Value (${id}) for parameter snapshotId is invalid. Expected: 'snap-...'.`);
  }
  if (!isWellFormedSnapshotId(ec2, id)) {
    throw new AwsError('InvalidSnapshotID.Malformed', `Value ( ${id} ) for parameter SNAPSHOT is invalid. `);
  }
}

export function isWellFormedSnapshotId({ settings }: Ec2Context, id: string): boolean {
  return /^snap-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id) && !settings.ids.isMalformed(id);
}
