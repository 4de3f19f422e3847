import * as messages from '../../../lambda/ami/messages';
import { Difference } from '../../../lambda/ami/verification/compare-attributes';
import { correctOrWarn, warn } from '../../../lambda/ami/verification/settle-differences';
import { digestOfUefiData, readUefiData, verifyUefiData } from '../../../lambda/ami/verification/uefi-data';
import { AccessDeniedError, DeploymentError } from '../../../lambda/outcomes';
import { answering, ec2Error } from '../../helpers/answers';

/** A difference of an AMI from its source is a failure, is corrected, or is a warning. */

const verified = { image: { ImageId: 'ami-2' }, sourceId: 'ami-1' };
const ids = { imageId: 'ami-2', sourceId: 'ami-1' };
const requestWith = (memory: { warnings?: string[] }) => ({ memory }) as unknown as Parameters<typeof correctOrWarn>[1];
beforeEach(() => {
  jest.spyOn(console, 'warn').mockReturnValue(undefined);
  jest.spyOn(console, 'info').mockReturnValue(undefined);
});

const lost: Difference = { name: 'ImdsSupport', decision: 'corrected', value: undefined, expected: 'v2.0' };
const gained: Difference = { ...lost, value: 'v2.0', expected: undefined };
const other: Difference = { name: 'VolumeSize', decision: 'warning', value: 9, expected: 8, device: '/dev/sda' };

test.each<[string, Difference[], boolean, Difference[]]>([
  ['nothing', [], false, []],
  ['IMDSv2 that was lost', [lost], true, []],
  ['IMDSv2 that the source does not have, which cannot be taken away', [gained], false, [gained]],
  ['another value of that name', [{ ...other, expected: 'v2.0' }], false, [{ ...other, expected: 'v2.0' }]],
  ['all of them', [other, lost, gained], true, [other, gained]],
])('%s is corrected, or is a warning', async (_title, differences, isCorrected, warned) => {
  const { aws, calls } = answering({ ModifyImageAttribute: {} });
  const memory: { warnings?: string[] } = {};
  await correctOrWarn(aws, requestWith(memory), verified, differences);
  expect(calls).toEqual(isCorrected ? [['ModifyImageAttribute', { ImageId: 'ami-2', ImdsSupport: { Value: 'v2.0' } }]] : []);
  expect(memory.warnings).toEqual(warned.length === 0 ? undefined : [messages.attributesDiffer({ ...ids, differences: warned })]);
});

test('a warning of a step that is repeated is one warning', () => {
  const request = requestWith({});
  ['one', 'two', 'one'].forEach(sentence => warn(request, sentence));
  expect(request.memory.warnings).toEqual(['one', 'two']);
  expect(console.warn).toHaveBeenCalledTimes(2);
});

const NOT_KEPT = messages.uefiDataNotKept(ids);
const CHANGED = messages.uefiDataChangedByBoot(ids);

test.each<[string, string | undefined, string | undefined, object | undefined, { fails?: string; warns?: string }]>([
  ['kept', 'data', 'data', undefined, {}],
  ['none, as before', undefined, undefined, {}, {}],
  ['lost', 'data', undefined, undefined, { fails: NOT_KEPT }],
  ['lost by a boot', 'data', undefined, { hasBooted: true }, { fails: NOT_KEPT }],
  ['changed', 'data', 'other', undefined, { fails: NOT_KEPT }],
  ['changed by a boot', 'data', 'other', { hasBooted: true }, { warns: CHANGED }],
  ['new', undefined, 'data', undefined, { fails: NOT_KEPT }],
  ['written by the first boot', undefined, 'data', { hasBooted: true }, { warns: CHANGED }],
])('UEFI data that is %s', async (_title, before, after, options, { fails, warns }) => {
  const memory: { warnings?: string[] } = {};
  const { aws, calls } = answering({ DescribeImageAttribute: { UefiData: { Value: after } } });
  const error = await verifyUefiData(aws, requestWith(memory), verified, digestOfUefiData(before), options).catch((caught: unknown) => caught);
  expect(error).toEqual(fails === undefined ? undefined : new DeploymentError(fails));
  expect(memory.warnings).toEqual(warns === undefined ? undefined : [warns]);
  expect(calls).toEqual([['DescribeImageAttribute', { ImageId: 'ami-2', Attribute: 'uefiData' }]]);
});

test('UEFI data that is not known is not read', async () => {
  const { aws, calls } = answering({});
  await verifyUefiData(aws, requestWith({}), verified, undefined);
  expect(calls).toEqual([]);
});

test('UEFI data that cannot be read is not absent', async () => {
  const ec2With = (answer: object) => answering({ DescribeImageAttribute: answer }).aws;
  expect(await readUefiData(ec2With({}), 'ami-2')).toBeUndefined();
  const denied: unknown = await readUefiData(ec2With(ec2Error('UnauthorizedOperation')), 'ami-2').catch(caught => caught);
  expect(denied).toBeInstanceOf(AccessDeniedError);
  expect(String(denied)).toContain('read the UEFI data of the image ami-2');
  await expect(readUefiData(ec2With(ec2Error('RequestLimitExceeded')), 'ami-2')).rejects.toEqual(ec2Error('RequestLimitExceeded'));
});
