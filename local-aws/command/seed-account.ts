import { Seed } from './seed-members';
import { AccountAndRegion } from '../aws-call';
import { arnOf } from '../kms/key';
import { LocalAws } from '../local-aws';

/** Adds the resources of a seed file, in an order in which each can refer to those before it. Returns one line for each. */
export function seedAccount(aws: LocalAws, { keys = [], snapshots = [], images = [] }: Seed): string[] {
  const placeOf = ({ account = aws.account, region = aws.region }: Partial<AccountAndRegion>): AccountAndRegion => ({ account, region });

  const keyArn = (place: AccountAndRegion, name: string | undefined, user: string): string | undefined => {
    const found = name === undefined ? undefined : aws.kms.find(place, name);
    if (name !== undefined && found === undefined) {
      throw new Error(`${user}: there is no key ${name} in ${place.region} of account ${place.account}`);
    }
    return found && arnOf(found.key);
  };

  const names = new Set((['golden', 'uefi-tpm', 'instance-store'] as const).map(seeded => {
    const image = aws.ec2.seedImage(seeded);
    return nameInPlace(image, image.name);
  }));
  return [
    ...keys.map(settings => {
      for (const name of [settings.keyId, settings.alias]) {
        if (name !== undefined && aws.kms.find(placeOf(settings), name)) {
          throw new Error(`key ${name} exists already`);
        }
      }
      return `key ${[settings.alias, arnOf(aws.kms.addKey(settings))].filter(Boolean).join(' ')}`;
    }),
    ...snapshots.map(settings => {
      const { id } = settings;
      if (id !== undefined && aws.ec2.snapshot(id)) {
        throw new Error(`snapshot ${id} exists already`);
      }
      return `snapshot ${aws.ec2.addSnapshot({ ...settings, kmsKeyId: keyArn(placeOf(settings), settings.kmsKeyId, `snapshot ${id}`) }).id}`;
    }),
    ...images.map(settings => {
      const place = placeOf(settings);
      const devices = settings.devices?.map(device => {
        const snapshot = device.snapshotId === undefined ? undefined : aws.ec2.snapshot(device.snapshotId);
        if (device.snapshotId !== undefined && snapshot?.region !== place.region) {
          throw new Error(`image ${settings.name}: there is no snapshot ${device.snapshotId} in ${place.region}`);
        }
        if (snapshot !== undefined && device.kmsKeyId !== undefined) {
          throw new Error(`image ${settings.name}: snapshot ${snapshot.id} has its own key, so its device can have no kmsKeyId`);
        }
        return { ...device, kmsKeyId: keyArn(place, device.kmsKeyId, `image ${settings.name}`) };
      });
      const name = nameInPlace(place, settings.name);
      if (names.has(name) || (settings.id !== undefined && aws.ec2.image(settings.id))) {
        throw new Error(`image ${settings.name} exists already, or its ID`);
      }
      names.add(name);
      return `image ${settings.name} ${aws.ec2.addImage({ ...settings, devices }).id}`;
    }),
  ];
}

/** An account can have only one AMI of a name in a Region. */
function nameInPlace({ account, region }: AccountAndRegion, name = ''): string {
  return `${account} ${region} ${name}`;
}
