import { Memory } from '../../lambda/request/memory';
import { ID_TAG } from '../../src/contract';
import { KEY, START } from '../helpers/copies';
import { Case, copy, COPY_ID, failure, image, IMAGE_ID, InstanceId, intermediate, KEYED, known, NOT_SHOWN, OWNED, PENDING, step, VOLUME_KEY, waiting } from '../helpers/instance-ami-steps';

/** One step of an AMI of an instance: the image of the instance, and the copy of it that has a key of its own. */

beforeEach(() => ['warn' as const, 'info' as const].forEach(method => jest.spyOn(console, method).mockReturnValue(undefined)));

const done = (ImageId: string) => expect.objectContaining({ ImageId, SnapshotIds: `snap-of-${ImageId}` }) as object;

describe('an AMI with the keys of its volumes', () => {
  test.each<[string, Case, object]>([
    ['that is available', { listed: [image()] }, done(IMAGE_ID)],
    ['that is disabled', { listed: [image({ State: 'disabled' })], isUpdate: true }, done(IMAGE_ID)],
    ['that is pending', { listed: [image({ State: 'pending' })] }, PENDING],
    ['that has failed', { listed: [image({ State: 'failed' })] }, failure(expect.stringContaining(`The AMI ${IMAGE_ID} of the instance ${InstanceId} is in the state failed.`))],
    ['with another key than the volume', { listed: [image()], keyOfVolume: KEY }, failure(expect.stringContaining(`is encrypted with ${KEY}, but should be encrypted with ${VOLUME_KEY}`))],
    ['with another key than the volume, which an update does not verify', { listed: [image()], keyOfVolume: KEY, isUpdate: true }, done(IMAGE_ID)],
    ['that is gone', { isUpdate: true }, { error: 'AmiDisappeared', message: 'the AMI is gone' }],
  ])('%s', async (_title, one, outcome) => {
    expect((await step(one)).outcome).toEqual(outcome);
  });

  test('gets its description', async () => {
    expect((await step({ listed: [image()], isUpdate: true })).calls).not.toContain('ModifyImageAttribute');
    expect((await step({ listed: [image()], isUpdate: true, properties: { Description: 'mine' } })).inputs.ModifyImageAttribute).toEqual({ ImageId: IMAGE_ID, Description: { Value: 'mine' } });
  });
});

describe('an AMI that CreateImage has returned', () => {
  const gone = { missing: { reads: 10, since: START - 60_000 } };
  const GONE = failure(`The AMI ${IMAGE_ID} of the instance ${InstanceId} disappeared while it was pending: somebody deregistered it. ` +
    'Find out who in CloudTrail (DeregisterImage), and deploy again.');
  const OF_OTHER = failure(expect.stringContaining(`EC2 has returned the AMI ${IMAGE_ID} for this request, but shows that it was created from i-other and not from ${InstanceId}.`));
  const ofOther = { SourceInstanceId: 'i-other' };

  test.each<[string, Case, object]>([
    ['is read by its ID', { byId: image({ State: 'pending' }) }, PENDING],
    ['has failed, and has lost its tags', { byId: image({ State: 'failed', Tags: [] }) }, failure(expect.stringContaining('is in the state failed'))],
    ['is not shown', {}, NOT_SHOWN],
    ['is not shown as its own', { byId: image({ Tags: [] }) }, NOT_SHOWN],
    ['is deregistered', { byId: image({ State: 'deregistered' }) }, NOT_SHOWN],
    ['is gone', { memory: { ...known, ...gone } }, GONE],
    ['is deregistered for ever', { memory: { ...known, ...gone }, byId: image({ State: 'deregistered', ...ofOther }) }, GONE],
    ['has lost its tags', { memory: { ...known, ...gone }, byId: image({ Tags: [] }) }, GONE],
    ['is of another instance', { memory: { ...known, ...gone }, byId: image(ofOther) }, OF_OTHER],
  ])('%s', async (_title, one, outcome) => {
    const { outcome: actual, calls } = await step({ memory: known, ...one });
    expect(actual).toEqual(outcome);
    expect(calls).not.toContain('CreateImage');
  });

  test.each<[string, Memory, boolean]>([
    ['is no longer missing', { ...known, ...gone }, false],
    ['is no longer missing, but its copy is', { ids: { image: IMAGE_ID, copy: COPY_ID }, ...gone }, true],
  ])('%s', async (_title, memory, isMissing) => {
    expect((await step({ memory, byId: image({ State: 'pending' }) })).memory.missing).toEqual(isMissing ? gone.missing : undefined);
  });
});

describe('an AMI with a key of its own', () => {
  const both = [copy(), intermediate()];

  test('is a copy of the image of the instance, without its tags', async () => {
    const { inputs, outcome, memory } = await step({ properties: { ...KEYED, RemovalPolicy: 'Delete' as never, Tags: [] }, listed: [intermediate()] });
    expect(inputs.CopyImage).toMatchObject({
      SourceImageId: IMAGE_ID,
      Name: 'Images-attempt',
      Description: `Image of ${InstanceId}`,
      Encrypted: true,
      KmsKeyId: KEY,
      TagSpecifications: ['image', 'snapshot'].map(ResourceType => ({ ResourceType, Tags: [OWNED] })),
    });
    expect(outcome).toEqual(waiting(`EC2 has accepted the copy as ${COPY_ID}, but does not show it`, 2));
    expect(memory.ids).toEqual({ copy: COPY_ID });
  });

  test.each<[string, Case, object]>([
    ['is not copied before the image of the instance is complete', { listed: [intermediate({ State: 'pending' })] }, PENDING],
    ['is not copied before the image of the instance is verified', { listed: [intermediate()], keyOfVolume: KEY }, failure(expect.stringContaining('should be encrypted with'))],
    ['whose name others have meanwhile', { listed: [intermediate()], properties: { ...KEYED, ImageName: 'golden' }, byName: image({ Name: 'golden', Tags: [] }) },
      failure(expect.stringContaining('The AMI name "golden" is in use by'))],
    ['is pending', { listed: [copy({ State: 'pending' }), intermediate()] }, expect.objectContaining({ message: `the copy ${COPY_ID} is pending` }) as object],
    ['is verified', { listed: both, keyOfCopy: VOLUME_KEY }, failure(expect.stringContaining(`should be encrypted with ${KEY}`))],
    ['is compared with the image of the instance', { listed: [copy({ Architecture: 'arm64' }), intermediate({ Architecture: 'x86_64' })] },
      failure(expect.stringContaining('arm64'))],
    ['has failed', { listed: [copy({ State: 'failed' })], memory: known }, failure(expect.stringContaining(`The copy ${COPY_ID} of ${IMAGE_ID} is in the state failed.`))],
    ['is gone', { listed: [intermediate()], isUpdate: true }, { error: 'AmiDisappeared', message: 'the AMI is gone' }],
    ['is updated', { listed: [copy()], isUpdate: true }, done(COPY_ID)],
    ['is updated without its source', { listed: [copy({ SourceImageId: 'ami-gone' })], isUpdate: true }, done(COPY_ID)],
  ])('%s', async (_title, one, outcome) => {
    expect((await step({ properties: KEYED, ...one })).outcome).toEqual(outcome);
  });

  test('is verified, and then the image of the instance is deleted', async () => {
    const { outcome, memory, calls } = await step({ properties: KEYED, listed: both });
    expect(outcome).toEqual(expect.objectContaining({ error: 'NotReady', seconds: 2 }));
    expect(memory).toMatchObject({ verified: COPY_ID, removals: { 'stack/one': { requestedIds: [IMAGE_ID], rounds: 1 } } });
    expect(calls).toContain('DeregisterImage');
  });

  test.each<[string, Case, boolean]>([
    ['that memory knows', { listed: both, memory: { verified: COPY_ID } }, false],
    ['that memory knows, of an image that is gone,', { listed: [copy()], memory: { verified: COPY_ID } }, false],
    ['of another copy', { listed: both, memory: { verified: 'ami-other' } }, true],
  ])('is verified once: a verification %s', async (_title, one, isVerified) => {
    const { calls, memory } = await step({ properties: KEYED, ...one });
    expect(calls.filter(call => call === 'DescribeKey')).toHaveLength(isVerified ? 1 : 0);
    expect(memory.verified).toBe(COPY_ID);
  });

  describe('whose image of the instance is gone', () => {
    const unfinished = copy({ Tags: [OWNED, { Key: ID_TAG, Value: COPY_ID }] });
    const remembered = { image: intermediate(), devices: [{ name: '/dev/sda', ebs: { VolumeSize: 8, DeleteOnTermination: true }, snapshot: {} }] };
    const rememberedSource: Memory = { ids: known.ids, source: remembered as never };
    test.each<[string, Case, object]>([
      ['was verified if it is finished', { listed: [copy()] }, done(COPY_ID)],
      ['is finished, but has another key', { listed: [copy()], keyOfCopy: VOLUME_KEY }, failure(expect.stringContaining(`should be encrypted with ${KEY}`))],
      ['is not finished: perhaps EC2 only does not show the image', { listed: [unfinished], memory: known }, NOT_SHOWN],
      ['is not finished', { listed: [unfinished], memory: { ...known, missing: { reads: 100, since: 0 } } },
        failure(expect.stringContaining(`The AMI ${IMAGE_ID} of the instance ${InstanceId} disappeared before its copy was verified.`))],
      ['is not finished, but can be verified by what memory knows of it', { listed: [unfinished], memory: rememberedSource }, done(COPY_ID)],
      ['is not finished, and has another key', { listed: [unfinished], memory: rememberedSource, keyOfCopy: VOLUME_KEY },
        failure(expect.stringContaining(`should be encrypted with ${KEY}`))],
      ['is pending', { listed: [copy({ State: 'pending', Tags: [OWNED] })], memory: known }, expect.objectContaining({ message: `the copy ${COPY_ID} is pending` }) as object],
    ])('%s', async (_title, one, outcome) => {
      const removals = { 'stack/one': { requestedIds: [IMAGE_ID], snapshotIds: [], rounds: 5 } };
      expect((await step({ properties: KEYED, ...one, memory: { removals, ...one.memory } })).outcome).toEqual(outcome);
    });
  });

  test('is complete when nothing of the image of the instance is left', async () => {
    const removals = { 'stack/one': { requestedIds: [IMAGE_ID], snapshotIds: [], rounds: 5 } };
    expect((await step({ properties: KEYED, listed: [copy()], memory: { removals } })).outcome).toEqual(done(COPY_ID));
  });

  test('keeps its tags, except for those that an update removes', async () => {
    const tags = [...copy().Tags!, { Key: 'Team', Value: 'one' }];
    const oldProperties = { Tags: [{ Key: 'Team', Value: 'one' }] };
    const { inputs, memory, outcome } = await step({ properties: KEYED, listed: [copy({ Tags: tags })], isUpdate: true, request: { oldProperties } });
    expect(outcome).toEqual(done(COPY_ID));
    expect(inputs.DeleteTags).toMatchObject({ Resources: [COPY_ID], Tags: [{ Key: 'Team' }] });
    expect(memory.removals).toBeUndefined();
  });
});
