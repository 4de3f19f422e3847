import { Misbehavior } from './misbehavior';
import { Image, ImageAttributes } from '../state/records';

/** Attributes of an image that are not those of its source. */
export const attributeMisbehaviors = {
  architecture: change({ architecture: 'arm64' }),
  rootDeviceName: change({ rootDeviceName: '/dev/sdy' }),
  rootDeviceType: change({ rootDeviceType: 'instance-store' }),
  bootModeChanged: change({ bootMode: 'uefi-preferred' }),
  bootModeDropped: change({ bootMode: undefined }),
  tpmDropped: change({ tpmSupport: undefined }),
  platform: change({ platform: 'windows' }),
  platformDetails: change({ platformDetails: 'Red Hat Enterprise Linux' }),
  usageOperation: change({ usageOperation: 'RunInstances:0010' }),
  productCodes: change({ productCodes: [{ ProductCodeId: '8ez7vz0ml2k0a5qbdlc5gf8cz', ProductCodeType: 'marketplace' }] }),
  uefiDataLost: change({ uefiData: undefined }),
  uefiDataChanged: change({ uefiData: Buffer.from('another variable store').toString('base64') }),
  virtualizationType: change({ virtualizationType: 'paravirtual' }),
  enaDropped: change({ enaSupport: undefined }),
  sriovNetDropped: change({ sriovNetSupport: undefined }),
  imdsDropped: { complete: (_ec2, image) => { image.imdsSupport = undefined; } },
  descriptionChanged: { complete: (_ec2, image) => { image.description = 'something else'; } },
  tagsDropped: {
    // those of the user: what has lost its owner is found by nobody
    complete: ({ state }, image) => {
      const tags = state.tags.list(image.account, image.id).flatMap(({ Key = '', Value = '' }) => Key.includes(':') ? [[Key, Value] as const] : []);
      state.tags.delete(image.id);
      state.tags.put(image.account, image.id, tags);
    },
  },
} as const satisfies Record<string, Misbehavior>;

function change(attributes: Partial<ImageAttributes>): Misbehavior {
  return { complete: (_ec2, image: Image) => { Object.assign(image, { attributes: { ...image.attributes, ...attributes } }); } };
}
