import { Image } from '@aws-sdk/client-ec2';
import { findReplacedAmi } from '../../lambda/request/find-replaced-ami';
import { Request } from '../../lambda/request/parse-request';
import { OWNER_TAG, REPLACES_TAG } from '../../src/contract';
import { answering } from '../helpers/answers';

/** A rollback may send the id of the new AMI with the old properties: the tag of the new AMI names the old one. */

const StackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0';
const [AMI, OLD_AMI] = ['ami-0123456789abcdef0', 'ami-0123456789abcdef1'];
const NEW = '00000000-22222222-22222222';
const OLD = `00000000-11111111-11111111-${OLD_AMI}`;
const tagged = (owner: string, replaces?: string): Partial<Image> =>
  ({ Tags: [{ Key: OWNER_TAG, Value: owner }, ...replaces === undefined ? [] : [{ Key: REPLACES_TAG, Value: replaces }]] });

test.each<[string, string | undefined, Partial<Image> | undefined, string | undefined]>([
  ['that was created from the same properties', `${NEW}-${AMI}`, tagged(`${StackId}/${NEW}`, OLD), OLD],
  ['that was created from others', `${NEW}-${AMI}`, tagged(`${StackId}/${NEW}`, OLD.replace('11111111', '11111112')), undefined],
  ['of another resource', `${NEW}-${AMI}`, tagged(`${StackId}/${NEW}`, OLD.replace('00000000', '00000001')), undefined],
  ['that is named in no way of ours', `${NEW}-${AMI}`, tagged(`${StackId}/${NEW}`, '00000000-11111111-'), undefined],
  ['of an AMI that has replaced none', `${NEW}-${AMI}`, tagged(`${StackId}/${NEW}`), undefined],
  ['of an AMI of another owner', `${NEW}-${AMI}`, tagged(`${StackId}/other`, OLD), undefined],
  ['of an AMI that is deregistered', `${NEW}-${AMI}`, { ...tagged(`${StackId}/${NEW}`, OLD), State: 'deregistered' }, undefined],
  ['of an AMI that is gone', `${NEW}-${AMI}`, undefined, undefined],
  ['of a resource without an AMI', NEW, tagged(`${StackId}/${NEW}`, OLD), undefined],
  ['of an id that CloudFormation has made up', 'Images-Copy-1ABCDEF', tagged(`${StackId}/`, OLD), undefined],
  ['of no id', undefined, tagged(`${StackId}/`, OLD), undefined],
])('the AMI %s', async (_title, PhysicalResourceId, image, expected) => {
  const { aws, calls } = answering({ DescribeImages: { Images: image ? [{ ImageId: AMI, State: 'available', ...image }] : [] } });
  const request = { event: { StackId, PhysicalResourceId }, image: { attemptId: '00000000-11111111-33333333' } } as Request;
  expect(await findReplacedAmi(aws, request)).toBe(expected);
  calls.forEach(([, input]) => expect(input).toMatchObject({ ImageIds: [AMI] }));
});
