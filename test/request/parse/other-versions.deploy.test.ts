import { RESOURCE_TYPES } from '../../../src/contract';
import { Carried, DirectHandler } from '../../helpers/direct-handler';

/** A resource that one version of the library has deployed, and another one updates or deletes. */

let handler: DirectHandler;
let source: string;
beforeEach(async () => {
  handler = await DirectHandler.start();
  source = handler.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
});
afterEach(() => handler.stop());

const PROPERTIES = { Encryption: 'DEFAULT_KEY', CopySourceTags: 'false' };

async function untilAnswered(carried: Carried) {
  for (;;) {
    const { answer, wait } = await handler.step(carried);
    if (answer) {
      return answer;
    }
    handler.aws.clock.advance(wait! * 1_000);
  }
}

/** Creates a copy, and returns the request of its resource that follows. */
async function copyThen(RequestType: 'Update' | 'Delete', properties: Record<string, unknown>): Promise<Carried> {
  const created = handler.begin(RESOURCE_TYPES.encryptedAmiCopy, { SourceImageId: source, ...PROPERTIES });
  const { status, physicalId } = await untilAnswered(created);
  expect(status).toBe('SUCCESS');
  const { event } = created;
  return {
    ...created,
    event: { ...event, RequestType, RequestId: 'two', PhysicalResourceId: physicalId, ResourceProperties: properties },
    turn: { memory: {} },
    startedAt: handler.aws.clock.date().toISOString(),
  };
}

test.each([
  ['no properties', {}],
  ['properties of another form', { TimeoutSeconds: 'soon', Encryption: ['FUTURE'], Tags: 'a=b', SharedAccountIds: '1', SourceImageId: { Ref: 'x' } }],
  ['properties that it does not know', { SourceKind: 'ami', GeneratedNamePrefix: 'Images' }],
])('a Delete with %s deletes the AMI', async (_name, properties) => {
  const carried = await copyThen('Delete', properties);
  expect(await untilAnswered(carried)).toMatchObject({ status: 'SUCCESS', physicalId: carried.event.PhysicalResourceId });
  expect(handler.aws.ec2.counts()).toMatchObject({ images: 0, snapshots: 0 });
});

test('an Update with a property that this version does not know updates the AMI in place', async () => {
  const carried = await copyThen('Update', {
    SourceImageId: source, ...PROPERTIES, GeneratedNamePrefix: 'Images', TimeoutSeconds: '3600', Description: 'new', PropertyOfALaterVersion: 'x',
  });
  expect(await untilAnswered(carried)).toMatchObject({ status: 'SUCCESS', physicalId: carried.event.PhysicalResourceId });
  expect(handler.aws.log.of('ec2:CopyImage')).toHaveLength(1);
});

test('an Update with a property of another form says that the versions differ, and the AMI stays', async () => {
  const carried = await copyThen('Update', { SourceImageId: source, ...PROPERTIES, Encryption: 'FUTURE', GeneratedNamePrefix: 'Images', TimeoutSeconds: '3600' });
  expect(await untilAnswered(carried)).toMatchObject({
    status: 'FAILED',
    physicalId: carried.event.PhysicalResourceId,
    reason: expect.stringContaining('The construct library and its handler have different versions'),
  });
  expect(handler.aws.ec2.counts()).toMatchObject({ images: 1, snapshots: 1 });
});
