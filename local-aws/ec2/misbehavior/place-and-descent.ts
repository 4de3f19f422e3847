import { snapshotsOf } from './encryption';
import { Misbehavior } from './misbehavior';
import { newResourceId } from '../state/ec2-state';

const HOUR = 60 * 60 * 1000;

/** Images and snapshots in another location, or of another origin, than the request says. */
export const placeAndDescentMisbehaviors = {
  anotherZone: { complete: (ec2, image) => snapshotsOf(ec2, image).forEach(snapshot => Object.assign(snapshot, { localZone: 'us-east-1-bos-1b' })) },
  anotherOutpost: {
    complete: (ec2, image) => snapshotsOf(ec2, image).forEach(snapshot =>
      Object.assign(snapshot, { outpostArn: `arn:aws:outposts:${image.region}:${image.account}:outpost/op-0123456789abcdef0` })),
  },
  completedLate: { complete: (ec2, image) => snapshotsOf(ec2, image).forEach(snapshot => { snapshot.completesAt = snapshot.createdAt + HOUR; }) },
  anotherSource: {
    complete: (_ec2, image) => {
      Object.assign(image, image.sourceInstanceId === undefined
        ? { sourceImage: { id: newResourceId('ami'), region: image.region } } : { sourceInstanceId: newResourceId('i') });
    },
  },
  olderThanRequest: { complete: (_ec2, image) => { Object.assign(image, { createdAt: image.createdAt - HOUR }); } },
  twoThatFit: {
    complete: ({ state }, image) => {
      const id = newResourceId('ami');
      state.images.set(id, { ...image, id });
      state.tags.put(image.account, id, state.tags.list(image.account, image.id).map(({ Key = '', Value = '' }) => [Key, Value] as const));
    },
  },
} as const satisfies Record<string, Misbehavior>;
