import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { CallLog } from '../../../local-aws/call-log';
import { Faults } from '../../../local-aws/fault-injection';
import { Iam } from '../../../local-aws/iam/iam';
import { stsService } from '../../../local-aws/sts/sts-service';
import { Clock } from '../../../local-aws/time/clock';
import { WireServer } from '../../../local-aws/wire/server';

const ACCOUNT = '123456789012';

let iam: Iam;
let server: WireServer;

beforeEach(async () => {
  iam = new Iam();
  const clock = new Clock(0, 0);
  const rest = { faults: new Faults(), log: new CallLog(), clock };
  server = await WireServer.start({ services: [stsService(iam, clock)], principal: key => iam.principal(key), ...rest });
});

afterEach(() => server.stop());

function client(credentials = { accessKeyId: `AKIALOCAL${ACCOUNT}`, secretAccessKey: 'local' }): STSClient {
  return new STSClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
}

test("returns the identity of the account's administrator", async () => {
  expect(await client().send(new GetCallerIdentityCommand())).toMatchObject({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/administrator` });
});

test('returns credentials that the SDK considers valid, whatever the local time is', async () => {
  const RoleArn = iam.putRole({ account: ACCOUNT, name: 'cdk-deploy' });
  const { Credentials } = await client().send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'cli' }));

  expect(Credentials!.Expiration!.getTime()).toBeGreaterThan(Date.now());
  const asRole = client({ accessKeyId: Credentials!.AccessKeyId!, secretAccessKey: Credentials!.SecretAccessKey! });
  expect(await asRole.send(new GetCallerIdentityCommand())).toMatchObject({
    Account: ACCOUNT,
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/cdk-deploy/cli`,
    UserId: expect.stringMatching(/^AROA.*:cli$/),
  });
});

test('fails with the message that the command line expects, when the role does not exist', async () => {
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/cdk-deploy`;
  await expect(client().send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'cli' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::${ACCOUNT}:user/administrator is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
  });
});

test('refuses an unknown access key', async () => {
  await expect(client({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }).send(new GetCallerIdentityCommand()))
    .rejects.toMatchObject({ name: 'InvalidClientTokenId' });
});
