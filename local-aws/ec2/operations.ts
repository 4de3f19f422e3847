import { attachmentOperations } from './attachments';
import { consoleOperations } from './console';
import { Ec2Operations } from './context';
import { copyImage } from './copy-image';
import { copySnapshot } from './copy-snapshot';
import { createImage } from './create-image';
import { snapshotCreationOperations } from './create-snapshots';
import { describeImages } from './describe-images';
import { encryptionDefaultOperations } from './encryption-defaults';
import { imageAttributeOperations } from './image-attributes';
import { imageLifecycleOperations } from './image-lifecycle';
import { instanceAttributeOperations } from './instance-attributes';
import { instanceStatusOperations } from './instance-status';
import { instanceTypeOperations } from './instance-types';
import { instanceOperations } from './instances';
import { networkOperations } from './network-operations';
import { registerImage } from './register-image';
import { securityGroupOperations } from './security-groups';
import { snapshotOperations } from './snapshots';
import { tagOperations } from './tag-operations';
import { volumeOperations } from './volumes';
import { zoneOperations } from './zones';

/** All of EC2 that is here. */
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
  ...networkOperations,
  ...securityGroupOperations,
  ...zoneOperations,
  ...tagOperations,
  ...encryptionDefaultOperations,
};
