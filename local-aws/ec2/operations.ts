import { attachmentOperations } from './volumes/attachments';
import { consoleOperations } from './instances/console-output';
import { Ec2Operations } from './state/ec2-context';
import { copyImage } from './images/copy-image';
import { copySnapshot } from './snapshots/copy-snapshot';
import { createImage } from './images/create-image';
import { snapshotCreationOperations } from './snapshots/create-snapshots';
import { describeImages } from './images/describe-images';
import { encryptionDefaultOperations } from './encryption/encryption-defaults';
import { imageAttributeOperations } from './images/image-attributes';
import { imageLifecycleOperations } from './images/image-lifecycle';
import { instanceAttributeOperations } from './instances/instance-attributes';
import { instanceStatusOperations } from './instances/instance-status';
import { instanceTypeOperations } from './instances/instance-types';
import { instanceOperations } from './instances/instances';
import { keyPairOperations } from './instances/key-pairs';
import { networkOperations } from './networks/network-operations';
import { registerImage } from './images/register-image';
import { securityGroupOperations } from './networks/security-groups';
import { snapshotOperations } from './snapshots/snapshots';
import { tagOperations } from './tags/tag-operations';
import { volumeOperations } from './volumes/volumes';
import { zoneOperations } from './networks/zones';

/** Every operation of the local EC2. */
export const operations: Ec2Operations = {
  CopyImage: copyImage,
  CreateImage: createImage,
  RegisterImage: registerImage,
  CopySnapshot: copySnapshot,
  DescribeImages: describeImages,
  ...imageAttributeOperations,
  ...imageLifecycleOperations,
  ...snapshotOperations,
  ...snapshotCreationOperations,
  ...volumeOperations,
  ...attachmentOperations,
  ...instanceOperations,
  ...instanceAttributeOperations,
  ...instanceStatusOperations,
  ...instanceTypeOperations,
  ...consoleOperations,
  ...keyPairOperations,
  ...networkOperations,
  ...securityGroupOperations,
  ...zoneOperations,
  ...tagOperations,
  ...encryptionDefaultOperations,
};
