import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { allowAll, Call } from '../../../local-aws/aws-call';
import { CallLog } from '../../../local-aws/call-log';
import { Faults } from '../../../local-aws/fault-injection';
import { Kms } from '../../../local-aws/kms/kms';
import { keysIn, withKeysOf } from '../../../local-aws/ministack/key-mirror';
import { Clock } from '../../../local-aws/time/clock';
import { WireServer } from '../../../local-aws/wire/server';

const place = { account: '123456789012', region: 'us-east-1' };
const principal = { accessKeyId: 'AKIALOCAL123456789012', account: place.account, arn: `arn:aws:iam::${place.account}:user/administrator` };

test('finds every key ID of an input', () => {
  expect(keysIn({
    KmsKeyId: 'a',
    BlockDeviceMappings: [{ Ebs: { KmsKeyId: 'b' } }, { Ebs: { KmsKeyId: 'a' } }, { NoDevice: '' }],
  })).toEqual(['a', 'b']);
});

test('copies a key of the other KMS with its current state before a call that names it', async () => {
  // GIVEN a KMS with a key, and another one without
  const clock = new Clock(0, 0);
  const other = new Kms({ clock, authorizer: allowAll });
  const own = new Kms({ clock, authorizer: allowAll });
  const server = await WireServer.start({ services: [other.service], principal: () => principal, faults: new Faults(), log: new CallLog(), clock });
  const client = new KMSClient({ endpoint: server.url, region: place.region, credentials: { accessKeyId: principal.accessKeyId, secretAccessKey: 'x' } });
  try {
    const { KeyMetadata } = await client.send(new CreateKeyCommand());
    const states: (string | undefined)[] = [];
    const service = withKeysOf(client, own, {
      name: 'ec2',
      protocol: 'ec2Query',
      operations: { CopyImage: ({ input }) => void states.push(own.find(place, String(input.KmsKeyId))?.key.state) },
    });
    const copy = (KmsKeyId: string) => service.operations.CopyImage(
      { service: 'ec2', action: 'CopyImage', input: { KmsKeyId }, principal, region: place.region, requestId: 'request' } satisfies Call,
    );

    // WHEN calls name it by its ARN, after it was disabled, and name one that is nowhere
    await copy(KeyMetadata!.Arn!);
    await client.send(new DisableKeyCommand({ KeyId: KeyMetadata!.KeyId! }));
    await copy(KeyMetadata!.Arn!);
    await copy('11111111-1111-1111-1111-111111111111');

    // THEN
    expect(states).toEqual(['Enabled', 'Disabled', undefined]);
  } finally {
    client.destroy();
    await server.stop();
  }
});
