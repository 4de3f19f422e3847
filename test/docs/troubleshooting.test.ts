import { readFileSync } from 'fs';
import { join } from 'path';
import { messagePatterns } from './message-patterns';
import { descriptionError } from '../../src/contract/description';
import { imageNameError } from '../../src/contract/image-name';
import { localZoneError, outpostArnError } from '../../src/contract/outpost-and-local-zone';
import { sourcePartitionError } from '../../src/contract/partition';
import { snapshotIdError } from '../../src/contract/snapshot-id';

/* docs/troubleshooting.md: every message of the code, and no message that the code no longer has. */

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'troubleshooting.md'), 'utf8');
/** The first column of the tables. */
const listed = page.split('\n').filter(line => /^\| `/.test(line)).flatMap(line => codeIn(line.split(' | ')[0]!));
const patterns = messagePatterns();
/** Messages of the contract, which is no file of messages. */
const ofContract = [
  imageNameError('a')!, imageNameError('a*b')!, outpostArnError('x'), localZoneError('x'), descriptionError('')!, descriptionError('é')!, snapshotIdError('x')!,
  sourcePartitionError('cn-north-1', 'us-east-1')!,
].map(text => text.replace(/\d+ to \d+/, '… to …'));

function codeIn(markdown: string): string[] {
  return [...markdown.matchAll(/(?<!`)(`{1,2})(?!`)([^]*?[^`])\1(?!`)/g)].map(([, , code]) => code!.trim());
}

test('the messages are found', () => {
  expect(patterns.length).toBeGreaterThan(200);
  expect(patterns).toContainEqual({ file: 'lambda/ami/messages.ts', name: 'sourceImageNotFound', pattern: 'The source image … was not found in …' });
});

test('every message has an entry', () => {
  expect(patterns.filter(({ pattern }) => !listed.includes(pattern))).toEqual([]);
  expect(ofContract.filter(text => !listed.some(entry => text.startsWith(entry)))).toEqual([]);
});

test('every entry is a message', () => {
  const known = new Set(patterns.map(({ pattern }) => pattern));
  // a property is named beside the messages about it
  expect(listed.filter(entry => !known.has(entry) && / /.test(entry) && !ofContract.some(text => text.startsWith(entry)))).toEqual([]);
});
