import { Image as DescribedImage } from '@aws-sdk/client-ec2';
import { DirectHandler } from './direct-handler';
import { findImage } from '../../lambda/aws/find-images';
import { ImageRequest } from '../../lambda/request/image-request';
import { recordOf } from '../../lambda/sharing/share';
import { SharingRecord } from '../../lambda/sharing/sharing-record';
import { Image } from '../../local-aws/ec2/state/records';
import { AmiSharingProperties } from '../../src/contract';

export type SharingRequest = { -readonly [K in keyof ImageRequest<AmiSharingProperties>]: ImageRequest<AmiSharingProperties>[K] };

/** The attempt of a request, whose ID has eight letters. */
export const attemptOf = (requestId: string) => `resource-recipe00-${requestId}`;

/** A Create of an `AmiSharing`, or the Update to another AMI. */
export function creation({ id }: Pick<Image, 'id'>, accounts: readonly string[], changes: Partial<SharingRequest> = {}): SharingRequest {
  const request = {
    properties: { ImageId: id, SharedAccountIds: [...accounts] },
    ownerPrefix: 'stack/',
    logicalId: 'Sharing',
    account: '123456789012',
    requestId: 'creation',
    memory: {},
    isNewImage: true,
    isRollback: false,
    oldProperties: {},
    ...changes,
  };
  return { attemptId: attemptOf(request.requestId), ...request } as SharingRequest;
}

/** An Update of the accounts of the same AMI. */
export function update({ id }: Pick<Image, 'id'>, old: readonly string[], accounts: readonly string[], changes: Partial<SharingRequest> = {}): SharingRequest {
  const oldProperties = { ImageId: id, SharedAccountIds: [...old] };
  return creation({ id }, accounts, { requestId: 'update00', attemptId: attemptOf('creation'), isNewImage: false, oldProperties, ...changes });
}

/** The image as EC2 shows it. */
export async function describeImage({ connected }: DirectHandler, { id }: Pick<Image, 'id'>): Promise<DescribedImage> {
  return (await findImage(connected, id))!;
}

/** The record of the request's resource on its AMI. */
export async function recordOfRequest(handler: DirectHandler, request: SharingRequest): Promise<SharingRecord | undefined> {
  return recordOf(request, await describeImage(handler, { id: request.properties.ImageId }));
}

/** The calls since the last time, but those that describe the AMI itself. */
export function takeCalls({ aws }: DirectHandler): string[] {
  return aws.log.calls.splice(0).map(({ action }) => action).filter(action => action !== 'DescribeImages');
}
