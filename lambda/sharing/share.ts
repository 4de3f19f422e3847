import { DeleteTagsCommand, Image } from '@aws-sdk/client-ec2';
import { imageNotShareable, recordNotShown, recordTooLong, tagLimitExceeded } from './messages';
import { addPermissions, readPermissions, removePermissions } from './permissions-of-ami';
import { allPlaces, Places, union, without } from './places';
import { difference, Principal, principalsOf } from './principals';
import { fitsIntoTags, holderOf, keysOfRecord, readRecords, recordKey, RecordOwner, requestMark, SharingRecord, writeRecord } from './sharing-record';
import { Sharing, Tag } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, IMAGE_NOT_FOUND_CODES } from '../aws/error-codes';
import { DeploymentError, NotReady } from '../outcomes';
import { writeTags } from '../ownership/seal';
import { ImageRequest } from '../request/image-request';
import { doubt, Memory } from '../request/memory';

export type SharingRequest = RecordOwner & Pick<ImageRequest<Sharing>, 'memory' | 'isRollback' | 'isNewImage' | 'oldProperties'>;

const NOWHERE: Places = new Set();

/** So long EC2 may not show tags that it has accepted. */
const MAX_TAG_LAG_MS = 60_000;

/**
 * Shares an AMI with those it should be shared with, and revokes what the construct has shared and no longer declares: nothing that others have shared,
 * before or with another construct. Can be repeated.
 */
export async function share(aws: AwsClients, request: SharingRequest, image: Image, wanted: Sharing): Promise<void> {
  const { memory, isNewImage, oldProperties, isRollback } = request;
  const own = recordOf(request, image);
  const mark = requestMark(request.requestId);
  if (own?.doneFor === mark) {
    return;
  }
  // A rollback, or a later update, returns to an AMI that the construct has shared before: what is declared was shared by it.
  const old = !isNewImage ? oldProperties : own ? wanted : {};
  const [added, removed] = [difference(wanted, old), difference(old, wanted)];
  if (added.length + removed.length > 0) {
    await throwIfTagsLag(aws, request, image);
  }
  const canShare = checkCanShare(aws, image, difference(wanted, isNewImage ? {} : oldProperties), isRollback);
  let record = own ?? emptyRecord(request);
  if (canShare && added.length > 0 && own?.readFor !== mark) {
    record = { ...record, readFor: mark, before: await findBefore(aws, image, record, added) };
    throwIfTooLong(request, image, record);
    await saveRecord(aws, request, image, record);
  }
  record = await revokePermissions(aws, request, image, record, removed);
  if (canShare) {
    await addPermissions(aws, image, principalsOf(wanted));
  }
  const declared = new Set(principalsOf(wanted).map(({ id }) => id));
  const kept = new Map([...record.before].filter(([id]) => declared.has(id)));
  const holder = holderOf(request.attemptId);
  if (memory.sharingTags !== undefined || own && (own.holder !== holder || kept.size < own.before.size)) {
    await saveRecord(aws, request, image, { ...record, holder, doneFor: mark, before: kept });
  }
}

/** Shares an AMI that this request has created, so that nobody has shared it before. */
export async function shareNewAmi(aws: AwsClients, image: Image, wanted: Sharing): Promise<void> {
  if (checkCanShare(aws, image, principalsOf(wanted), false)) {
    await addPermissions(aws, image, principalsOf(wanted));
  }
}

/** Revokes what the construct has shared, and deletes its record. */
export async function revoke(aws: AwsClients, request: SharingRequest, image: Image, shared: Sharing): Promise<void> {
  const removed = principalsOf(shared);
  await throwIfTagsLag(aws, request, image);
  await revokePermissions(aws, request, image, recordOf(request, image) ?? emptyRecord(request), removed);
  const key = recordKey(request, image.ImageId!);
  const keys = keysOfRecord([...image.Tags ?? [], ...Object.keys(request.memory.sharingTags?.tags ?? {}).map(Key => ({ Key }))], key);
  await deleteTags(aws, image, keys, request.memory);
  request.memory.sharingTags = undefined;
}

/** Revokes what a request that has failed has shared: only what it has read the permissions for, because it shares nothing before. */
export async function undoSharing(aws: AwsClients, request: SharingRequest, image: Image, wanted: Sharing): Promise<void> {
  const record = recordOf(request, image);
  if (record?.readFor !== requestMark(request.requestId)) {
    return;
  }
  if (request.isNewImage) {
    await revoke(aws, request, image, wanted);
  } else {
    await revokePermissions(aws, request, image, record, difference(wanted, request.oldProperties));
  }
}

function emptyRecord({ requestId }: SharingRequest): SharingRecord {
  return { holder: '', readFor: requestMark(requestId), doneFor: '', before: new Map() };
}

export function recordOf(request: SharingRequest, image: Image): SharingRecord | undefined {
  return readRecords(image).get(recordKey(request, image.ImageId!));
}

/** EC2 ends the sharing of an AMI that is disabled, but not that of its snapshots, and shares it with nobody else. */
function checkCanShare({ region }: AwsClients, image: Image, added: readonly Principal[], isRollback: boolean): boolean {
  const { ImageId: imageId, State: state } = image;
  if (state === 'available' || added.length === 0) {
    return state === 'available';
  }
  const names = added.map(({ id }) => id);
  if (!isRollback) {
    throw new DeploymentError(imageNotShareable({ imageId, state, region, added: names }));
  }
  console.warn({ message: 'not shared, because the AMI is not available', imageId, state, added: names });
  return false;
}

/** The record with the places where those that are added have a permission already. */
async function findBefore(aws: AwsClients, image: Image, record: SharingRecord, added: readonly Principal[]): Promise<Map<string, Places>> {
  const permissions = await readPermissions(aws, image, added);
  const found = added.flatMap(({ id }) => {
    const places = permissions.get(id);
    return places === undefined ? [] : [[id, places] as const];
  });
  return new Map([...record.before, ...found]);
}

/**
 * Removes the permissions of principals, except those in the record. What another construct declares as well is its to take back from now on: it is
 * moved from the other record to this one, in one call, so that a repeated step comes to the same end.
 */
async function revokePermissions(
  aws: AwsClients, request: SharingRequest, image: Image, own: SharingRecord, removed: readonly Principal[],
): Promise<SharingRecord> {
  const record = { ...own, before: new Map(own.before) };
  const tags: Tag[] = [];
  // its own record among them has nothing that `own` has not
  for (const [key, other] of readRecords(image)) {
    const rest = new Map(other.before);
    let isMoved = false;
    for (const { id } of removed) {
      const [known, others] = [record.before.get(id) ?? NOWHERE, rest.get(id) ?? NOWHERE];
      const moved = without(others, known);
      if (moved.size > 0) {
        record.before.set(id, union(known, moved));
        setOrDelete(rest, id, without(others, moved));
        isMoved = true;
      }
    }
    if (isMoved) {
      tags.push(...writeRecord(image, key, { ...other, before: rest }));
    }
  }
  if (tags.length > 0) {
    await saveRecord(aws, request, image, record, tags);
  }
  const places = (principal: Principal) => without(allPlaces(image, principal), record.before.get(principal.id) ?? NOWHERE);
  await removePermissions(aws, image, removed.map(principal => [principal, places(principal)] as const));
  return record;
}

function setOrDelete(map: Map<string, Places>, id: string, places: Places): void {
  if (places.size === 0) {
    map.delete(id);
  } else {
    map.set(id, places);
  }
}

function throwIfTooLong(request: SharingRequest, image: Image, record: SharingRecord): void {
  const imageId = image.ImageId!;
  if (!fitsIntoTags(writeRecord(image, recordKey(request, imageId), record))) {
    throw new DeploymentError(recordTooLong({ imageId, ids: [...record.before.keys()] }));
  }
}

/** Writes the record, and the changed records of others with it. */
async function saveRecord(aws: AwsClients, request: SharingRequest, image: Image, record: SharingRecord, others: readonly Tag[] = []): Promise<void> {
  const key = recordKey(request, image.ImageId!);
  const written = [...others, ...writeRecord(image, key, record)];
  try {
    await writeTags(aws, image.ImageId!, written);
  } catch (error) {
    throw hasErrorCode(error, ['TagLimitExceeded']) ? new DeploymentError(tagLimitExceeded({ imageId: image.ImageId!, key }, error)) : error;
  }
  request.memory.sharingTags = { tags: Object.fromEntries(written.map(({ Key, Value }) => [Key, Value])), since: aws.now() };
}

async function deleteTags(aws: AwsClients, { ImageId }: Image, keys: readonly string[], memory: Memory): Promise<void> {
  if (keys.length === 0) {
    return;
  }
  try {
    await aws.ec2.send(new DeleteTagsCommand({ Resources: [ImageId!], Tags: keys.map(Key => ({ Key })) }));
  } catch (error) {
    if (!hasErrorCode(error, IMAGE_NOT_FOUND_CODES)) {
      // the record may be deleted all the same: without it, the next step must not revoke what others gave
      doubt(memory, aws.now());
      throw error;
    }
  }
}

/** With tags as they were before the last step, its changes would be taken for those of others. */
async function throwIfTagsLag(aws: AwsClients, { memory }: SharingRequest, image: Image): Promise<void> {
  const now = aws.now();
  const { sharingTags, doubtUntil = now } = memory;
  const mayLag = sharingTags !== undefined && now - sharingTags.since < MAX_TAG_LAG_MS && !isShown(image, sharingTags.tags);
  // an invocation that died may have written tags that memory does not know
  if (mayLag || now < doubtUntil) {
    throw new NotReady(recordNotShown({ imageId: image.ImageId }), true);
  }
}

function isShown({ Tags = [] }: Image, tags: Readonly<Record<string, string>>): boolean {
  return Object.entries(tags).every(([key, value]) => Tags.some(tag => tag.Key === key && tag.Value === value));
}
