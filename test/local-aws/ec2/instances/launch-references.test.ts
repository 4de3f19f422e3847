import { CreateKeyPairCommand, DeleteKeyPairCommand, DescribeKeyPairsCommand, ImportKeyPairCommand } from '@aws-sdk/client-ec2';
import { run } from '../calls';
import { client, aws } from '../each-test';
import { account, otherAccount } from '../test-aws';

describe('a key pair', () => {
  test('must exist when a launch names it', async () => {
    await expect(run({ KeyName: 'admin' })).rejects.toMatchObject({ name: 'InvalidKeyPair.NotFound', message: "The key pair 'admin' does not exist" });

    const { KeyPairId, KeyMaterial } = await client.send(new CreateKeyPairCommand({ KeyName: 'admin', KeyType: 'ed25519' }));
    expect(KeyPairId).toMatch(/^key-0[0-9a-f]{16}$/);
    expect(KeyMaterial).toContain('PRIVATE KEY');
    expect(await run({ KeyName: 'admin' })).toMatchObject({ KeyName: 'admin' });

    expect((await client.send(new DescribeKeyPairsCommand({ KeyPairIds: [KeyPairId!] }))).KeyPairs).toMatchObject([{ KeyName: 'admin' }]);
    await client.send(new DeleteKeyPairCommand({ KeyName: 'admin' }));
    // EC2 returns no error
    await client.send(new DeleteKeyPairCommand({ KeyName: 'admin' }));
    await expect(run({ KeyName: 'admin' })).rejects.toMatchObject({ name: 'InvalidKeyPair.NotFound' });
  });

  test('belongs to one account, and has a unique name in it', async () => {
    await client.send(new ImportKeyPairCommand({ KeyName: 'admin', PublicKeyMaterial: Buffer.from('ssh-ed25519 AAAA') }));
    await expect(client.send(new CreateKeyPairCommand({ KeyName: 'admin', KeyType: 'ed25519' }))).rejects.toMatchObject({ name: 'InvalidKeyPair.Duplicate' });
    expect((await client.send(new DescribeKeyPairsCommand({}))).KeyPairs).toMatchObject([{ KeyName: 'admin', KeyType: 'ed25519' }]);
    expect((await aws.client(otherAccount).send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([]);
    await expect(client.send(new DescribeKeyPairsCommand({ KeyNames: ['other'] }))).rejects.toMatchObject({ name: 'InvalidKeyPair.NotFound' });
  });
});

describe('an instance profile', () => {
  const arn = `arn:aws:iam::${account}:instance-profile/web`;

  test.each([['name', { Name: 'web' }, 'web'], ['arn', { Arn: arn }, arn]])('must exist when a launch names it by its %s', async (member, profile, value) => {
    await expect(run({ IamInstanceProfile: profile })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: `Value (${value}) for parameter iamInstanceProfile.${member} is invalid. Invalid IAM Instance Profile ${member}`,
    });
    aws.iam.addInstanceProfile(arn);
    expect(await run({ IamInstanceProfile: profile })).toMatchObject({ IamInstanceProfile: { Arn: arn } });
  });
});
