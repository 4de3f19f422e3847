import { ConstructCase } from './constructs';
import { MisbehaviorName } from '../../local-aws/ec2/misbehavior/kinds';

/** The answer of the handler to an EC2 that misbehaves. */
export interface Expectation {
  readonly status: 'SUCCESS' | 'FAILED';
  /** The sentence of the failure or of the warning; none if there is nothing to say. */
  readonly sentence?: RegExp;
  /** EC2 refuses to delete what it calls in use, and what does not belong to the resource is left as it is. */
  readonly leavesForeignAmi?: boolean;
  /** The AMIs at the end; one by default. */
  readonly images?: number;
}

const ANY_KEY = '(unencrypted|encrypted with arn:\\S+)';
const wrongKey: Expectation = {
  status: 'FAILED', sentence: new RegExp(`^The snapshot snap-\\w+ \\(/dev/\\w+\\) of the AMI ami-\\w+ is ${ANY_KEY}, but should be ${ANY_KEY}`),
};
const wrongDevices: Expectation = { status: 'FAILED', sentence: /^The (copy|AMI) ami-\w+ has the devices [/\w, ]+, but (its source ami-\w+ has|the instance i-\w+ has|should have) \/dev/ };
const wrongUefiData: Expectation = { status: 'FAILED', sentence: /^The UEFI data of the AMI ami-\w+ differs from that of its source ami-\w+\./ };
const unnoticed: Expectation = { status: 'SUCCESS' };

function fatal(attribute: string): Expectation {
  return { status: 'FAILED', sentence: new RegExp(`^The AMI ami-\\w+ has the ${attribute} \\S.*, but its source (ami|i)-\\w+ has \\S`) };
}

function warning(attribute: string): Expectation {
  return { status: 'SUCCESS', sentence: new RegExp(`^The AMI ami-\\w+ is encrypted as requested, but differs from \\S+ in values that EC2 did not keep\\. ${attribute}( of /dev/\\w+)? is \\S.*, not \\S`) };
}

/** The last device of a build is a new volume, whose size and type are requested. */
const isRequested = ({ name }: ConstructCase) => name.startsWith('build');
const wrongVolume: Expectation = { status: 'FAILED', sentence: /^\/dev\/sdg of the AMI ami-\w+ is a volume of \d+ GiB \(\w+\), but should be one of 10 GiB \(gp3\)\./ };
const isCreatedFromInstance = ({ name }: ConstructCase) => name === 'AMI of an instance';

/** By kind, the same for every construct and method but where a function says otherwise. */
const EXPECTATIONS: Readonly<Record<MisbehaviorName, Expectation | ((construct: ConstructCase) => Expectation)>> = {
  anotherKey: wrongKey,
  defaultKey: ({ allowsDefaultKey }) => allowsDefaultKey ? unnoticed : wrongKey,
  noKey: wrongKey,
  anotherKeyOnSecondDevice: wrongKey,
  anotherKeyOnLastDevice: wrongKey,
  deviceMissing: wrongDevices,
  deviceAdded: wrongDevices,
  deviceRenamed: wrongDevices,
  size: construct => isRequested(construct) ? wrongVolume : warning('VolumeSize'),
  type: construct => isRequested(construct) ? wrongVolume : warning('VolumeType'),
  iops: warning('Iops'),
  iopsDropped: warning('Iops'),
  throughput: warning('Throughput'),
  deleteOnTermination: warning('DeleteOnTermination'),
  architecture: fatal('Architecture'),
  rootDeviceName: fatal('RootDeviceName'),
  rootDeviceType: fatal('RootDeviceType'),
  bootModeChanged: fatal('BootMode'),
  bootModeDropped: fatal('BootMode'),
  tpmDropped: fatal('TpmSupport'),
  platform: fatal('Platform'),
  platformDetails: fatal('PlatformDetails'),
  usageOperation: fatal('UsageOperation'),
  productCodes: fatal('ProductCodes'),
  // the handler does not read the UEFI data of instances
  uefiDataLost: construct => isCreatedFromInstance(construct) ? unnoticed : wrongUefiData,
  uefiDataChanged: construct => isCreatedFromInstance(construct) ? unnoticed
    : construct.name === 'build with an instance' ? { status: 'SUCCESS', sentence: /^The UEFI data of the AMI ami-\w+ is not the same as in ami-\w+: / } : wrongUefiData,
  virtualizationType: warning('VirtualizationType'),
  enaDropped: warning('EnaSupport'),
  // DescribeInstances does not return the attribute
  sriovNetDropped: construct => isCreatedFromInstance(construct) ? unnoticed : warning('SriovNetSupport'),
  // corrected, but where the source is an instance, which has no such attribute
  imdsDropped: unnoticed,
  descriptionChanged: unnoticed,
  tagsDropped: unnoticed,
  anotherZone: ({ isCopy }) => isCopy ? wrongLocation('in us-east-1-bos-1b') : warning('SnapshotLocation'),
  anotherOutpost: ({ isCopy }) => isCopy ? wrongLocation('on the Outpost arn:') : warning('SnapshotLocation'),
  // an attribute of the copy says so
  completedLate: unnoticed,
  // EC2 shows no origin of a registered AMI but its snapshots
  anotherSource: ({ name }) => name === 'build from snapshots' ? unnoticed : {
    status: 'FAILED',
    sentence: name === 'build with an instance' ? /^The AMI ami-\w+ of the build disappeared: / : /^EC2 has returned the AMI ami-\w+ for this request, but shows that it was created from /,
    leavesForeignAmi: true,
  },
  olderThanRequest: unnoticed,
  twoThatFit: { status: 'SUCCESS', images: 2 },
  stale: unnoticed,
  partial: unnoticed,
  anotherOrder: unnoticed,
  availableWhilePending: unnoticed,
  availableWithFailedSnapshot: { status: 'FAILED', sentence: /^The snapshot snap-\w+ \(\/dev\/\w+\) of the AMI ami-\w+ is in the state error\. Deploy again\. \(EC2: Internal error\)/ },
  // together with a wrong key, so that the AMI is deleted
  successThatStays: wrongKey,
  skipped: wrongKey,
  missingPermissions: wrongKey,
  internalError: wrongKey,
  clientError: wrongKey,
};

/** The misbehaviors of a cell: those of deletions need an AMI that is deleted. */
export function misbehaviorsOf(name: MisbehaviorName): readonly MisbehaviorName[] {
  return ['successThatStays', 'skipped', 'missingPermissions', 'internalError', 'clientError'].includes(name) ? ['anotherKey', name] : [name];
}

export function expectationOf(name: MisbehaviorName, construct: ConstructCase): Expectation {
  const expectation = EXPECTATIONS[name];
  return typeof expectation === 'function' ? expectation(construct) : expectation;
}

function wrongLocation(where: string): Expectation {
  return { status: 'FAILED', sentence: new RegExp(`^The snapshot snap-\\w+ \\(/dev/\\w+\\) of the AMI ami-\\w+ is ${where}.*, but should be in the Region\\.`) };
}
