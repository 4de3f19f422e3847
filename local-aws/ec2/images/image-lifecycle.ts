import { DeregisterImageRequest, EnableImageDeprecationRequest, EnableImageDeregistrationProtectionRequest } from '@aws-sdk/client-ec2';
import { ownedImage } from './image-access';
import { clearPermissions, resourceOfImageId } from './image-attributes';
import { AwsError, Call } from '../../aws-call';
import { invalidValue } from '../requests/errors';
import { deleteWithImage } from '../snapshots/delete-snapshots';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { Image } from '../state/records';

const day = 24 * 60 * 60 * 1000;
const year = 365 * day;

export const imageLifecycleOperations: Ec2Operations = {
  DeregisterImage: (ec2, call) => deregister(ec2, call),
  EnableImageDeregistrationProtection: (ec2, call) => {
    const { WithCooldown } = call.input as unknown as EnableImageDeregistrationProtectionRequest;
    const image = changeable(ec2, call);
    image.protection = WithCooldown ? 'enabled-with-cooldown' : 'enabled-without-cooldown';
    return { Return: 'true' };
  },
  DisableImageDeregistrationProtection: (ec2, call) => {
    const image = changeable(ec2, call);
    if (image.protection === 'enabled-with-cooldown') {
      image.protectedUntil = ec2.clock.now() + day;
    }
    image.protection = 'disabled';
    return { Return: 'true' };
  },
  EnableImageDeprecation: (ec2, call) => {
    const { DeprecateAt } = call.input as unknown as EnableImageDeprecationRequest;
    const image = changeable(ec2, call);
    image.deprecationTime = deprecationTime(ec2, image, DeprecateAt);
    return { Return: true };
  },
  DisableImageDeprecation: (ec2, call) => {
    changeable(ec2, call).deprecationTime = undefined;
    return { Return: true };
  },
  DisableImage: (ec2, call) => {
    const image = changeable(ec2, call);
    if (image.state !== 'available' && image.state !== 'disabled') {
      throw new AwsError('IncorrectState', `The image ${image.id} is not in the available state.`);
    }
    image.state = 'disabled';
    // DisableImage removes the launch permissions, and EnableImage does not restore them
    clearPermissions(image.launchPermissions);
    return { Return: true };
  },
  EnableImage: (ec2, call) => {
    const image = changeable(ec2, call);
    if (image.state === 'disabled') {
      image.state = 'available';
    }
    return { Return: true };
  },
};

/** Returns the image of the request, if the caller owns it and is authorized. */
function changeable(ec2: Ec2Context, call: Call): Image {
  const id = String(call.input.ImageId);
  ec2.permissions.require(call, [{ resource: resourceOfImageId(ec2, call, id) }]);
  return ownedImage(ec2, call, id);
}

function deprecationTime({ clock }: Ec2Context, image: Image, at: Date | undefined): number {
  const time = Math.round((at?.getTime() ?? NaN) / 60_000) * 60_000;
  const longest = image.launchPermissions.groups.has('all') ? 2 * year : 10 * year;
  if (Number.isNaN(time) || time < clock.now() - 60_000 || time > clock.now() + longest + 3 * day) {
    throw invalidValue(at?.toISOString(), 'DeprecateAt', `It must be in the future and at most ${longest / year} years away.`);
  }
  return time;
}

function deregister(ec2: Ec2Context, call: Call): object {
  const { state, clock, switches, settings: { consistency } } = ec2;
  const { ImageId = '', DeleteAssociatedSnapshots } = call.input as unknown as DeregisterImageRequest;
  ec2.permissions.require(call, [{ resource: resourceOfImageId(ec2, call, ImageId) }]);
  const image = ownedImage(ec2, call, ImageId);
  if (image.protection !== 'disabled' || (image.protectedUntil ?? 0) > clock.now()) {
    throw new AwsError(switches.deregisterProtectedCode, `The image ${ImageId} is protected from deregistration.`);
  }
  const wasPending = image.state === 'pending';
  image.state = 'deregistered';
  image.deregisteredAt = clock.now();
  clearPermissions(image.launchPermissions);
  state.schedule.scheduleTransition(clock.now() + consistency.deregisteredShown, () => state.tags.delete(ImageId));

  const snapshots = image.devices.map(device => state.snapshots.get(device.ebs?.snapshotId ?? '')).filter(snapshot => snapshot !== undefined);
  if (DeleteAssociatedSnapshots) {
    return {
      Return: true,
      DeleteSnapshotResults: snapshots.map(snapshot => ({
        SnapshotId: snapshot.id, ReturnCode: deleteWithImage(ec2, call, image, snapshot),
      })),
    };
  }
  for (const snapshot of snapshots) {
    snapshot.usedBy = { imageId: ImageId, until: clock.now() + consistency.snapshotReleased };
    if (wasPending && image.copied && switches.snapshotsOfCanceledCopy === 'deleted') {
      state.removeSnapshot(snapshot.id);
    }
  }
  return { Return: true, DeleteSnapshotResults: [] };
}
