import { AwsClients } from '../../../lambda/aws/clients';
import { checkShareable } from '../../../lambda/sharing/check-shareable';

const EBS_KEY = 'arn:aws:kms:us-east-1:123456789012:key/of-ebs';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/customer';
const SHARED = { SharedAccountIds: ['210987654321'] };

/** KMS, which describes the AWS managed key of EBS, or answers with an error. */
function kmsWith(errorCode?: string): AwsClients {
  const send = async ({ input }: { input: object }) => {
    expect(input).toEqual({ KeyId: 'alias/aws/ebs' });
    if (errorCode !== undefined) {
      throw Object.assign(new Error(errorCode), { name: errorCode });
    }
    return { KeyMetadata: { Arn: EBS_KEY } };
  };
  return { kms: { send } } as unknown as AwsClients;
}
const device = (name: string, keyId: string | undefined) => ({ name, keyId });

test.each<[string, string | undefined]>([
  ['its ARN', EBS_KEY],
  ['its alias', 'alias/aws/ebs'],
  ["its alias's ARN", 'arn:aws:kms:us-east-1:123456789012:alias/aws/ebs'],
])('the AWS managed key of EBS is refused by %s', async (_title, keyId) => {
  await expect(checkShareable(kmsWith(), SHARED, async () => [device('/dev/xvda', undefined), device('/dev/xvdb', KEY), device('/dev/xvdc', keyId)]))
    .rejects.toThrow(/cannot be shared with 210987654321, because the snapshot of \/dev\/xvdc/);
});

test.each([[5, '100000000000, 100000000001, 100000000002, 100000000003, 100000000004, because'], [6, '100000000004, …, because']])('%i are named, or five', async (count, words) => {
  const SharedAccountIds = Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));
  await expect(checkShareable(kmsWith(), { SharedAccountIds }, async () => [device('/dev/xvda', EBS_KEY)])).rejects.toThrow(words);
});

test.each(['NotFoundException', 'AccessDeniedException'])('if KMS does not describe it, EC2 decides: %s', async code => {
  await checkShareable(kmsWith(code), SHARED, async () => [device('/dev/xvda', undefined), device('/dev/xvdb', EBS_KEY)]);
  await expect(checkShareable(kmsWith(code), SHARED, async () => [device('/dev/xvda', 'alias/aws/ebs')])).rejects.toThrow('/dev/xvda');
});

test('other keys are shared, and another error of KMS is an error', async () => {
  await checkShareable(kmsWith(), SHARED, async () => [device('/dev/xvda', KEY), device('/dev/xvdb', undefined)]);
  await expect(checkShareable(kmsWith('ThrottlingException'), SHARED, async () => [device('/dev/xvda', KEY)])).rejects.toThrow('ThrottlingException');
});

test('nothing is asked where nothing is shared, or nothing is encrypted', async () => {
  const devicesOf = jest.fn(async () => [device('/dev/xvda', EBS_KEY)]);
  await checkShareable(kmsWith(), {}, devicesOf);
  expect(devicesOf).not.toHaveBeenCalled();
  await checkShareable(kmsWith('ThrottlingException'), SHARED, async () => [device('/dev/xvda', undefined)]);
});
