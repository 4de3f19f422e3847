import { KMSClient } from '@aws-sdk/client-kms';
import { checkKeyOrContinue } from '../../lambda/ami/keys/check-key';
import { declaredKey } from '../../lambda/ami/keys/key-reference';
import { connect } from '../../lambda/aws/clients';
import { IAM_PROPAGATION_MS } from '../../lambda/outcomes';
import { waitOrThrow } from '../../lambda/reconcile';
import { Request } from '../../lambda/request/parse-request';
import { arnOf } from '../../local-aws/kms/key';
import { LocalAws } from '../../local-aws/local-aws';

let local: LocalAws;
beforeAll(async () => { local = await LocalAws.start(); });
afterAll(() => local.stop());

beforeEach(() => { jest.spyOn(console, 'warn').mockImplementation(() => undefined); });

test('a denial that is a moment too young for EC2 to decide does not end the request, although the clock goes on', async () => {
  const arn = arnOf(local.kms.addKey({ policy: JSON.stringify({ Version: '2012-10-17', Statement: [] }) }));
  const kms = new KMSClient(local.clientOptions());
  const user = { account: local.account, regions: [local.region] };
  let now = IAM_PROPAGATION_MS - 1;
  const aws = { ...connect(local.region), kms, now: () => now++ };
  const request = { image: { startedAt: 0 } } as Request;

  const denial: unknown = await checkKeyOrContinue(aws, declaredKey(arn, '`encryptionKey`', user), 0).catch(error => error);
  expect(waitOrThrow(aws, request, denial)).toMatchObject({ waitingFor: expect.stringContaining('is not allowed to use `encryptionKey`') });
  expect(await checkKeyOrContinue(aws, declaredKey(arn, '`encryptionKey`', user), 0)).toBe(arn);
});
