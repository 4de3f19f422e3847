import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client, Image } from '@aws-sdk/client-ec2';

/** The EC2 resources of an account, read through the API. */
export interface Owned {
  readonly images: Image[];
  readonly snapshots: readonly { readonly id: string; readonly keyArn?: string }[];
}

export async function ownedBy(ec2: EC2Client): Promise<Owned> {
  const [{ Images = [] }, { Snapshots = [] }] = await Promise.all([
    ec2.send(new DescribeImagesCommand({ Owners: ['self'] })),
    ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] })),
  ]);
  return {
    images: Images,
    snapshots: Snapshots.map(({ SnapshotId, Encrypted, KmsKeyId }) => ({ id: SnapshotId ?? '', keyArn: Encrypted ? KmsKeyId : undefined })),
  };
}

/** The resources that are owned now and were not before. */
export function since(before: Owned, now: Owned): Owned {
  const known = new Set([...before.images.map(({ ImageId }) => ImageId), ...before.snapshots.map(({ id }) => id)]);
  return { images: now.images.filter(({ ImageId }) => !known.has(ImageId)), snapshots: now.snapshots.filter(({ id }) => !known.has(id)) };
}
