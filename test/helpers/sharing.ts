import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { Deployment } from './deployment';
import { Image } from '../../local-aws/ec2/state/records';
import { AmiSharing, AmiSharingProps } from '../../src';

/** A local AWS, whether the test deploys to it or calls the handler itself. */
type Account = Pick<Deployment, 'aws'>;

export const ORGANIZATION = 'arn:aws:organizations::123456789012:organization/o-abc123def4';
export const UNIT = 'arn:aws:organizations::123456789012:ou/o-abc123def4/ou-ab12-cd34ef56';
export const [X, Y, Z] = ['111111111111', '222222222222', '333333333333'];

/** With whom an image and each of its snapshots are shared, in the order of their IDs. */
export function sharingOf({ aws }: Account, imageId: string): { image: string[]; snapshots: string[][] } {
  const image = aws.ec2.image(imageId)!;
  const { users, organizations, organizationalUnits } = image.launchPermissions;
  return {
    image: [...users, ...organizations, ...organizationalUnits].sort(),
    snapshots: snapshotsOf(image).map(id => [...aws.ec2.snapshot(id)!.createVolumePermissions.users].sort()),
  };
}

/** Shared with the same accounts everywhere. */
export function everywhere(...accounts: string[]): ReturnType<typeof sharingOf> {
  return { image: [...accounts].sort(), snapshots: [[...accounts].sort(), [...accounts].sort()] };
}

export function snapshotsOf({ devices }: Image): string[] {
  return devices.flatMap(({ ebs }) => ebs?.snapshotId ?? []);
}

/** An image with two snapshots. */
export function addImage({ aws }: Account, name: string): Image {
  return aws.ec2.addImage({ name, devices: [{ deviceName: '/dev/xvda', size: 1 }, { deviceName: '/dev/sdb', size: 1 }] });
}

/** Shares an image as somebody does by hand. */
export function giveByHand({ aws }: Account, image: Image, account: string, places: 'image' | 'first snapshot' | 'everywhere' = 'everywhere'): void {
  if (places !== 'first snapshot') {
    image.launchPermissions.users.add(account);
  }
  const ids = places === 'image' ? [] : snapshotsOf(image).slice(0, places === 'everywhere' ? undefined : 1);
  ids.forEach(id => aws.ec2.snapshot(id)!.createVolumePermissions.users.add(account));
}

/** A stack that shares an image. */
export function sharingWith(imageId: string, accountIds: string[], { id = 'Sharing', fails = false, ...props }: Partial<AmiSharingProps> & { id?: string; fails?: boolean } = {}) {
  return (stack: Stack) => {
    const sharing = new AmiSharing(stack, id, { imageId, accountIds, ...props });
    if (fails) {
      failAfter(stack, sharing);
    }
  };
}

/** The same, with the ID of the image as a parameter. */
export function sharingOfParameter(imageId: string, accountIds: string[], { fails = false } = {}) {
  return (stack: Stack) => sharingWith(new CfnParameter(stack, 'Image', { default: imageId }).valueAsString, accountIds, { fails })(stack);
}

export function failAfter(stack: Stack, after: Construct): void {
  new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' }).node.addDependency(after);
}

/** The records of sharing on an image. */
export async function recordsOn({ aws }: Account, image: Image): Promise<Record<string, string>> {
  const { Images } = await new EC2Client(aws.clientOptions()).send(new DescribeImagesCommand({ ImageIds: [image.id], IncludeDisabled: true }));
  return Object.fromEntries((Images?.[0].Tags ?? []).flatMap(({ Key = '', Value = '' }) => Key.startsWith('cdk-encrypted-ami:sharing-') ? [[Key, Value]] : []));
}

/** Deploys a stack that must complete. */
export async function complete(account: Deployment, define: (stack: Stack) => void, stackName?: string): Promise<void> {
  const { status, failures } = await account.deploy(define, stackName);
  expect(failures).toEqual([]);
  expect(status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
}
