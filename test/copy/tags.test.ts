import { CreateTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { AwsError } from '../../local-aws/aws-call';
import { OWNER_TAG, RESOURCE_TYPES } from '../../src/contract';
import { Carried, DirectHandler } from '../helpers/direct-handler';

/** EC2 allows 50 tags on a resource; a copy can have those of its source, too. */

let handler: DirectHandler;
beforeEach(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.stop());

const tags = (count: number, prefix: string) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'x']));
const begin = (own: number, ofSource: number, properties: object = {}) => handler.begin(RESOURCE_TYPES.encryptedAmiCopy, {
  SourceImageId: handler.aws.ec2.addImage({ name: 'source', tags: { ...tags(ofSource, 'source'), [OWNER_TAG]: 'x' } }).id,
  Encryption: 'DEFAULT_KEY',
  CopySourceTags: 'true',
  Tags: Object.entries(tags(own, 'own')).map(([Key, Value]) => ({ Key, Value })),
  ...properties,
});

async function answer(carried: Carried, effect: () => Promise<void> = () => Promise.resolve()) {
  for (let step = 0; step < 30; step++) {
    const { answer: end } = await handler.step(carried);
    if (end) {
      return end as { status: string; reason?: string };
    }
    await effect();
    handler.aws.clock.advance(30_000);
  }
  throw new Error('no answer');
}

test('40 fit, with those of the library that come later', async () => {
  expect(await answer(begin(15, 25))).toMatchObject({ status: 'SUCCESS' });
});

test('41 are refused before anything is made', async () => {
  const { reason } = await answer(begin(15, 26));
  expect(reason).toMatch(/^The copy would have 41 tags, 15 of yours and 26 of the source image ami-\w+, but can have 40, because EC2 allows 50 and ten are reserved for this library\. Remove/);
  expect(handler.aws.log.of('ec2:CopyImage')).toEqual([]);
});

test('the same key counts once', async () => {
  expect(await answer(begin(40, 30, { Tags: Object.keys(tags(40, 'source')).map(Key => ({ Key, Value: 'mine' })) }))).toMatchObject({ status: 'SUCCESS' });
});

test('those of a source that are not copied do not count', async () => {
  expect(await answer(begin(1, 45, { CopySourceTags: 'false' }))).toMatchObject({ status: 'SUCCESS' });
});

test('a call that EC2 refuses for its number of tags', async () => {
  handler.aws.faults.add({ matches: 'ec2:CopyImage', error: new AwsError('TagLimitExceeded', 'More than 50 tags specified') });
  expect((await answer(begin(1, 0))).reason).toMatch(/^There are more than 50 tags with which to copy the source image ami-\w+, and EC2 allows no more\. .* \(EC2 TagLimitExceeded: More than 50 tags specified\)$/);
});

test('tags that others have set meanwhile', async () => {
  const carried = begin(10, 0);
  const client = new EC2Client(handler.aws.clientOptions());
  const { reason } = await answer(carried, async () => {
    const { ids } = carried.turn.memory;
    if (ids?.copy !== undefined) {
      const Tags = Object.entries(tags(39, 'other')).map(([Key, Value]) => ({ Key, Value }));
      await client.send(new CreateTagsCommand({ Resources: [ids.copy], Tags }));
    }
  });
  client.destroy();
  expect(reason).toMatch(/^The AMI, or one of its snapshots, would have more than 50 tags, and EC2 allows no more\. /);
});
