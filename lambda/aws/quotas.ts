import { awsErrorDetails } from './error-codes';
import { quotaReached } from './messages';
import { DeploymentError } from '../outcomes';

interface Quota {
  /** As Service Quotas names it; `resource` is an instance type or a volume type. */
  readonly name: (resource: string | undefined) => string;
  readonly solution: string;
}

const VOLUME_TYPES: Readonly<Record<string, string>> = {
  gp2: 'General Purpose SSD (gp2)',
  gp3: 'General Purpose SSD (gp3)',
  io1: 'Provisioned IOPS SSD (io1)',
  io2: 'Provisioned IOPS SSD (io2)',
  st1: 'Throughput Optimized HDD (st1)',
  sc1: 'Cold HDD (sc1)',
  standard: 'Magnetic',
};

/** Quotas that waiting does not free, by EC2's code. */
const QUOTAS: Readonly<Record<string, Quota>> = {
  VcpuLimitExceeded: { name: nameOfVcpuQuota, solution: 'Terminate instances that are not needed, pass `instanceTypes` of another family, or use `AmiBuildMethod.COPY_SNAPSHOTS`' },
  InstanceLimitExceeded: { name: nameOfVcpuQuota, solution: 'Terminate instances that are not needed, pass other `instanceTypes`, or use `AmiBuildMethod.COPY_SNAPSHOTS`' },
  VolumeLimitExceeded: {
    name: (type = '') => `Storage for ${VOLUME_TYPES[type] ?? 'EBS'} volumes, in TiB`,
    solution: 'Delete volumes that are not needed, or use another volume type',
  },
  MaxIOPSLimitExceeded: {
    name: (type = '') => `IOPS for ${VOLUME_TYPES[type] ?? 'Provisioned IOPS SSD'} volumes`,
    solution: 'Delete volumes that are not needed, or lower `iops`',
  },
  SnapshotLimitExceeded: { name: () => 'Snapshots per Region', solution: 'Delete snapshots that are not needed' },
};

/** "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances" and others; the quota counts vCPUs. */
function nameOfVcpuQuota(type = ''): string {
  return /^(?!hpc|inf|trn|dl)[acdhimrtz]/.test(type) ? 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances' : 'Running On-Demand instances of the family';
}

/** The error for a quota that waiting does not free; undefined for other errors. `action` as in "to …". */
export function explainReachedQuota(action: string, error: unknown, resource?: string): DeploymentError | undefined {
  const quota = QUOTAS[awsErrorDetails(error).code];
  return quota && new DeploymentError(quotaReached({ action, quota: quota.name(resource), solution: quota.solution }, error));
}
