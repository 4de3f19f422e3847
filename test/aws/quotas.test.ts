import { explainReachedQuota } from '../../lambda/aws/quotas';
import { DeploymentError } from '../../lambda/outcomes';
import { ec2Error } from '../helpers/answers';

/** Quotas that waiting does not free, as Service Quotas names them. */

const STANDARD = 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances';
const OF_FAMILY = 'Running On-Demand instances of the family';
test.each<[string, string | undefined, string, string]>([
  ['VcpuLimitExceeded', 'm5.large', STANDARD, 'Terminate instances that are not needed, pass `instanceTypes` of another family, or use `AmiBuildMethod.COPY_SNAPSHOTS`'],
  ['VcpuLimitExceeded', 'g5.large', OF_FAMILY, 'Terminate instances'],
  ['VcpuLimitExceeded', 'hpc7a.96xlarge', OF_FAMILY, 'Terminate instances'],
  ['VcpuLimitExceeded', 'trn1.2xlarge', OF_FAMILY, 'Terminate instances'],
  ['VcpuLimitExceeded', undefined, OF_FAMILY, 'Terminate instances'],
  ['InstanceLimitExceeded', 't3.micro', STANDARD, 'Terminate instances that are not needed, pass other `instanceTypes`, or use'],
  ['VolumeLimitExceeded', 'gp3', 'Storage for General Purpose SSD (gp3) volumes, in TiB', 'Delete volumes that are not needed, or use another volume type'],
  ['VolumeLimitExceeded', undefined, 'Storage for EBS volumes, in TiB', 'Delete volumes'],
  ['VolumeLimitExceeded', 'new', 'Storage for EBS volumes, in TiB', 'Delete volumes'],
  ['MaxIOPSLimitExceeded', 'io1', 'IOPS for Provisioned IOPS SSD (io1) volumes', 'Delete volumes that are not needed, or lower `iops`'],
  ['MaxIOPSLimitExceeded', undefined, 'IOPS for Provisioned IOPS SSD volumes', 'Delete volumes'],
  ['SnapshotLimitExceeded', undefined, 'Snapshots per Region', 'Delete snapshots that are not needed'],
])('%s of %s: %s', (code, resource, quota, solution) => {
  const error = explainReachedQuota('do it', ec2Error(code), resource);
  expect(error).toBeInstanceOf(DeploymentError);
  expect(error!.message.startsWith(`The quota "${quota}" of this account is used up, so the handler cannot do it. ${solution}`)).toBe(true);
  expect(error!.message.endsWith(`. Otherwise request an increase in Service Quotas, and deploy again. (EC2 ${code}: ${code}: refused)`)).toBe(true);
});

test('another error is about no quota', () => {
  expect(explainReachedQuota('do it', ec2Error('UnauthorizedOperation'))).toBeUndefined();
});
