import { Image } from '@aws-sdk/client-ec2';
import { allPlaces, Places } from './places';
import { Sharing, SHARING_TAG_PREFIX, Tag } from '../../src/contract';
import { ImageRequest } from '../request/image-request';
import { clientToken } from '../request/physical-id';

/**
 * The record of a construct that shares an AMI: which of the declared principals could use the AMI before the construct shared it. A permission that is
 * declared and not in the record was given by the construct.
 */
export interface SharingRecord {
  /** The last part of the attempt id of the resource that has shared the AMI, as CloudFormation knows it; empty until it has. */
  readonly holder: string;
  /** The request for which the permissions were read last, so that a repeated step does not take its own changes for those of others. */
  readonly readFor: string;
  /** The last request that was done, so that a repeated step does not take back what the record no longer names. */
  readonly doneFor: string;
  readonly before: ReadonlyMap<string, Places>;
}

/** A request, as far as its record is concerned. */
export type RecordOwner = Pick<ImageRequest<Sharing>, 'ownerPrefix' | 'logicalId' | 'requestId' | 'attemptId'>;

const MAX_VALUE_LENGTH = 255;
/** Two tags, so that four constructs can share an AMI of this library, which has up to five other reserved tags. */
const MAX_TAGS = 2;
const NONE = '-';
const VALUE = /^([0-9a-z]{8}|-) ([0-9a-f]{6}) ([0-9a-f]{6}|-)((?: [0-9a-z-]+(?:=\d+(?:\.\d+)*)?)*)$/;

/** The key of the record's first tag: another for each stack, construct and AMI. */
export function recordKey({ ownerPrefix, logicalId }: Pick<RecordOwner, 'ownerPrefix' | 'logicalId'>, imageId: string): string {
  return `${SHARING_TAG_PREFIX}${clientToken(ownerPrefix, logicalId, imageId).slice(0, 12)}`;
}

/** The mark of a request in the record. */
export function requestMark(requestId: string): string {
  return clientToken(requestId).slice(0, 6);
}

/** The part of an attempt id that differs between the requests of a resource; empty for an id that is not of this library. */
export function holderOf(attemptId: string): string {
  return attemptId.split('-')[2] ?? '';
}

/** The records on an AMI, by their keys. A value that the handler did not write counts for nothing. */
export function readRecords(image: Image): Map<string, SharingRecord> {
  const records = new Map<string, SharingRecord>();
  const tags = Object.fromEntries((image.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  for (const tagKey of Object.keys(tags).filter(name => name.startsWith(SHARING_TAG_PREFIX)).sort()) {
    const [, holder, readFor, doneFor, entries] = VALUE.exec(tags[tagKey]) ?? [];
    if (holder !== undefined) {
      const key = tagKey.split('.')[0];
      const before = new Map([...records.get(key)?.before ?? [], ...entries.split(' ').filter(Boolean).map(entry => parseEntry(image, entry))]);
      records.set(key, { holder: fromTag(holder), readFor, doneFor: fromTag(doneFor), ...records.get(key), before });
    }
  }
  return records;
}

function fromTag(text: string): string {
  return text === NONE ? '' : text;
}

function parseEntry(image: Image, entry: string): [string, Places] {
  const [id, places] = entry.split('=');
  return [id, places === undefined ? allPlaces(image, { isAccount: isAccountId(id) }) : new Set(places.split('.').map(Number))];
}

/** All places, which is the usual entry, are written as the ID alone. */
function formatEntry(image: Image, id: string, places: Places): string {
  const isEverywhere = places.size === allPlaces(image, { isAccount: isAccountId(id) }).size;
  return isEverywhere ? id : `${id}=${[...places].sort((a, b) => a - b).join('.')}`;
}

/** Others are IDs of organizations and organizational units. */
function isAccountId(id: string): boolean {
  return /^\d+$/.test(id);
}

/** The tags of a record; also those that the AMI has and the record no longer needs, so that none keeps an old value. */
export function writeRecord(image: Image, key: string, { holder, readFor, doneFor, before }: SharingRecord): Tag[] {
  const start = `${holder || NONE} ${readFor} ${doneFor || NONE}`;
  const values = [start];
  for (const [id, places] of before) {
    const entry = ` ${formatEntry(image, id, places)}`;
    if (values[values.length - 1].length + entry.length > MAX_VALUE_LENGTH) {
      values.push(start);
    }
    values[values.length - 1] += entry;
  }
  const tags = values.map((Value, index) => ({ Key: index === 0 ? key : `${key}.${index + 1}`, Value }));
  return [...tags, ...keysOfRecord(image.Tags, key).filter(Key => !tags.some(tag => tag.Key === Key)).map(Key => ({ Key, Value: start }))];
}

/** Whether a record with these tags is short enough. */
export function fitsIntoTags(tags: readonly Tag[]): boolean {
  return tags.length <= MAX_TAGS;
}

/** The keys of all tags of a record, each once. */
export function keysOfRecord(tags: Image['Tags'], key: string): string[] {
  return [...new Set((tags ?? []).flatMap(({ Key }) => Key !== undefined && Key.split('.')[0] === key ? [Key] : []))];
}
