import { encryptionDefaultOperations } from './encryption/encryption-defaults';
import { createFleet } from './fleets/create-fleet';
import { copyImage } from './images/copy-image';
import { createImage } from './images/create-image';
import { describeImages } from './images/describe-images';
import { imageAttributeOperations } from './images/image-attributes';
import { imageLifecycleOperations } from './images/image-lifecycle';
import { registerImage } from './images/register-image';
import { consoleOperations } from './instances/console-output';
import { instanceAttributeOperations } from './instances/instance-attributes';
import { instanceStatusOperations } from './instances/instance-status';
import { instanceTypeOperations } from './instances/instance-types';
import { instanceOperations } from './instances/instances';
import { keyPairOperations } from './instances/key-pairs';
import { launchTemplateOperations } from './launch-templates/launch-template-operations';
import { networkOperations } from './networks/network-operations';
import { securityGroupOperations } from './networks/security-groups';
import { zoneOperations } from './networks/zones';
import { copySnapshot } from './snapshots/copy-snapshot';
import { snapshotCreationOperations } from './snapshots/create-snapshots';
import { snapshotOperations } from './snapshots/snapshots';
import { spotOperations } from './spot/spot-operations';
import { Ec2Operations } from './state/ec2-context';
import { tagOperations } from './tags/tag-operations';
import { attachmentOperations } from './volumes/attachments';
import { volumeOperations } from './volumes/volumes';

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
  ...launchTemplateOperations,
  CreateFleet: createFleet,
  ...spotOperations,
  ...networkOperations,
  ...securityGroupOperations,
  ...zoneOperations,
  ...tagOperations,
  ...encryptionDefaultOperations,
};
