import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { EncryptedAmiCopyProps } from '../../../src';
import { atCall, copyOf, Deployment, imageWithId, NOTHING, reasonIn } from '../../helpers/deployment';

const OTHER_ACCOUNT = '210987654321';
let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

type Props = Partial<EncryptedAmiCopyProps>;
const keyed = (arn: string) => (stack: Stack): Props => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn) });
const plain = (name = 'plain') => account.aws.ec2.addImage({ name, devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
const started = () => account.aws.log.of('ec2:CopyImage').length;

/** Deploys a copy that cannot be made, and gives the reason that the stack's event has. */
async function refusal(imageId: string, props: Props | ((stack: Stack) => Props) = {}): Promise<string> {
  const { status, failures } = await account.deploy(copyOf(imageId, props));
  expect(status).toBe('ROLLBACK_COMPLETE');
  // a snapshot that was deleted while it was pending goes when it is complete
  account.aws.clock.advance(24 * 60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatch(/^Copy\w+: Received response status \[FAILED\] from custom resource. Message returned: /);
  const reason = reasonIn(failures[0]);
  return reason;
}

const notFound = (id: string) => `The source image ${id} was not found in us-east-1. Either it does not exist, it is not shared with account ${account.aws.account}, or ` +
  "this account's Allowed AMIs settings exclude it. Check the ID and the Region, ask the owner to share it, or change the Allowed AMIs settings.";

describe('before anything is made', () => {
  afterEach(() => expect(started()).toBe(0));

  test('a source that does not exist', async () => {
    expect(await refusal('ami-0000000000000dead')).toBe(notFound('ami-0000000000000dead'));
  });

  test.each([
    ['golden', () => '`sourceImage` must have an ID such as "ami-0ff8a91507f77f867", but has "golden". Check where the ID comes from.'],
    // has the right form, but EC2 calls it malformed
    ['ami-00000000000000000', notFound],
  ])('a source whose id is mistyped: %s', async (id, message) => {
    if (id.startsWith('ami-')) {
      account.aws.faults.add({
        matches: ({ action, input }) => action === 'DescribeImages' && input.ImageIds !== undefined, error: new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}"`),
      });
    }
    expect(await refusal('', stack => ({ sourceImage: imageWithId(new CfnParameter(stack, 'Id', { default: id }).valueAsString) }))).toBe(message(id));
  });

  test('a source that is not shared', async () => {
    const { id } = account.aws.ec2.addImage({ account: OTHER_ACCOUNT, name: 'theirs' });
    expect(await refusal(id)).toBe(notFound(id));
  });

  test('a source whose storage is not shared', async () => {
    const image = account.aws.ec2.addImage({ account: OTHER_ACCOUNT, name: 'theirs' });
    account.aws.ec2.shareImage(image, account.aws.account);
    const snapshot = image.devices[0].ebs!.snapshotId;
    const reason = await refusal(image.id);
    expect(reason).toBe(
      `The source image ${image.id} is visible to this account, but its snapshot ${snapshot} (/dev/xvda) is not, or it was deleted. ` +
      `The owner, account ${OTHER_ACCOUNT}, must share the snapshot: \`aws ec2 modify-snapshot-attribute --snapshot-id ${snapshot} ` +
      `--attribute createVolumePermission --operation-type add --user-ids ${account.aws.account} --region us-east-1\`.`);
  });

  test('a source that is backed by instance store', async () => {
    const { id } = account.aws.ec2.seedImage('instance-store');
    expect(await refusal(id)).toBe(
      `The source image ${id} is backed by instance store, not by EBS, and cannot be encrypted. Use an image whose root device is an EBS volume.`);
  });

  test('a source that is not available', async () => {
    const image = account.aws.ec2.addImage({ name: 'bad', state: 'failed' });
    expect(await refusal(image.id)).toBe(`The source image ${image.id} is failed, not available. Use an image that is available.`);
  });

  test('a key that is disabled', async () => {
    const arn = arnOf(account.aws.kms.addKey({ state: 'Disabled' }));
    expect(await refusal(plain(), keyed(arn))).toBe(`\`encryptionKey\` (${arn}) is disabled. Enable it, or use another key.`);
  });

  test('a key that does not exist', async () => {
    const arn = `arn:aws:kms:us-east-1:${account.aws.account}:key/00000000-0000-0000-0000-000000000000`;
    expect(await refusal(plain(), keyed(arn))).toMatch(
      /^`encryptionKey` \(arn:\S+\) does not exist in us-east-1\. Use a key that exists\. \(KMS NotFoundException: Key '\S+' does not exist\)$/);
  });

  test('a key that is asymmetric', async () => {
    const arn = arnOf(account.aws.kms.addKey({ spec: 'RSA_2048' }));
    expect(await refusal(plain(), keyed(arn))).toBe(
      `\`encryptionKey\` (${arn}) has key spec RSA_2048 and key usage ENCRYPT_DECRYPT. EBS requires key spec SYMMETRIC_DEFAULT and key usage ENCRYPT_DECRYPT. Use another key.`);
  });

  test("a source's key that the construct does not know", async () => {
    const arn = arnOf(account.aws.kms.addKey());
    const image = account.aws.ec2.addImage({ name: 'encrypted', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arn }] });
    expect(await refusal(image.id)).toContain(
      `The handler role is not allowed to use the key of the source snapshot ${image.devices[0].ebs!.snapshotId} for /dev/xvda (${arn}). Pass it in \`sourceEncryptionKeys\`, ` +
      `with kms.Key.fromKeyArn(this, "SourceKey", "${arn}"). (KMS AccessDeniedException: `);
  });

  test("a source's key that is disabled", async () => {
    const arn = arnOf(account.aws.kms.addKey({ state: 'Disabled' }));
    const image = account.aws.ec2.addImage({ name: 'encrypted', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arn }] });
    expect(await refusal(image.id, stack => ({ sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', arn)] }))).toContain(
      `The key of the source snapshot ${image.devices[0].ebs!.snapshotId} for /dev/xvda (${arn}) is disabled. Enable it, or use another key.`);
  });

  test('a name that is malformed, known only when the stack deploys', async () => {
    expect(await refusal(plain(), stack => ({ imageName: new CfnParameter(stack, 'Name', { default: 'golden*' }).valueAsString }))).toBe(
      "`imageName` can have letters, digits, spaces and ( ) [ ] . / - ' @ _ only, but \"golden*\" has \"*\". Choose another one, or remove it.");
  });

  test('a name that is taken', async () => {
    const taken = account.aws.ec2.addImage({ name: 'golden' });
    expect(await refusal(plain(), { imageName: 'golden' })).toBe(
      `The AMI name "golden" is in use by ${taken.id}. Choose another \`imageName\`, or remove it.`);
  });
});

describe('after EC2 has accepted the copy', () => {
  // without kms:DescribeKey alone EC2 would use it, and KMS does not tell the one from the other
  test('a key whose policy allows nothing', async () => {
    const arn = arnOf(account.aws.kms.addKey({ policy: JSON.stringify({ Version: '2012-10-17', Statement: [] }) }));
    const reason = await refusal(plain(), keyed(arn));
    expect(reason).toMatch(/^The copy ami-\w+ of ami-\w+ is in the state failed\. The handler role is not allowed to use `encryptionKey` /);
    expect(reason).toContain(`(${arn}). The key policy must have these statements: [{`);
    expect(reason).toMatch(/\}\]\. \(KMS AccessDeniedException: .* \(EC2: ami-\w+: Copy image failed with an internal error; snap-\w+: Given key ID is not accessible\)$/);
  });

  test('a key whose policy denies its use', async () => {
    const root = { AWS: `arn:aws:iam::${account.aws.account}:root` };
    const arn = arnOf(account.aws.kms.addKey({
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' },
          { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'kms:CreateGrant', Resource: '*' },
        ],
      }),
    }));
    // EC2's words about each device are there, also where they are long
    const devices = Array.from({ length: 8 }, (_, index) => ({ deviceName: `/dev/sd${'abcdefgh'[index]}`, size: 1 }));
    const reason = await refusal(account.aws.ec2.addImage({ name: 'eight', devices }).id, keyed(arn));
    expect(started()).toBe(1);
    expect(reason.length).toBeGreaterThan(1_000);
    expect(reason).toMatch(/^The copy ami-\w+ of ami-\w+ is in the state failed\. A key could not be used: /);
    expect(reason).toContain(`${arn}. Check its policy, and CloudTrail for denied KMS calls. The key policy must have these statements: [{`);
    expect(reason).toMatch(/\. \(EC2: ami-\w+: Copy image failed with an internal error(; snap-\w+: Given key ID is not accessible){8}\)$/);
  });

  test('a key that was disabled meanwhile', async () => {
    const key = account.aws.kms.addKey();
    account.aws.faults.add(atCall(['CopyImage'], () => { key.state = 'Disabled'; }));
    const reason = await refusal(plain(), keyed(arnOf(key)));
    expect(reason).toMatch(/^The copy ami-\w+ of ami-\w+ is in the state failed\. `encryptionKey` \(arn:\S+\) is disabled\. Enable it, or use another key\. \(EC2: ami-\w+: /);
  });

  test('a copy that takes longer than it may', async () => {
    const big = account.aws.ec2.addImage({ name: 'big', devices: [{ deviceName: '/dev/xvda', size: 1000, used: 900 }] });
    const reason = await refusal(big.id, { timeout: Duration.minutes(5) });
    expect(reason).toMatch(
      /^The AMI was not available within 5 minutes \(snap-\w+ at \d+%\): the copy ami-\w+ is pending\. At this pace it takes about \d+(\.\d)? hours, and CloudFormation waits at most 1 hour\. Use a source with smaller volumes\. Or set `completionDuration: Duration\.minutes\(45\)` and `timeout: Duration\.hours\(1\)`: .* The partly created AMI is deleted\.$/);
  });

  test('a copy that takes longer than CloudFormation waits, which hears why in time', async () => {
    // slow enough for the last minute to be longer than a few calls, with a leap over the long part
    const slow = await Deployment.start({ speed: 20 });
    try {
      const big = slow.aws.ec2.addImage({ name: 'big', devices: [{ deviceName: '/dev/xvda', size: 1000, used: 900 }] });
      const deployed = slow.deploy(copyOf(big.id));
      while (slow.aws.log.of('ec2:CopyImage').length === 0) {
        await slow.aws.clock.sleep(1_000);
      }
      slow.aws.clock.advance(56 * 60_000);
      expect((await deployed).failures.join()).toMatch(/Message returned: The AMI was not available within 56 minutes( \(.*\))?: the copy ami-\w+ is pending\. At this pace it takes about \d\.\d hours, .* Or set `completionDuration: Duration\.minutes\(45\)`: /);
    } finally {
      await slow.stop();
    }
  });
});

test('an EC2 that throttles throughout', async () => {
  account.aws.faults.add({ matches: 'ec2:CopyImage', error: new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503) });
  expect(await refusal(plain(), { timeout: Duration.minutes(5) })).toMatch(
    /^The AMI was not available within 5 minutes: RequestLimitExceeded: Request limit exceeded\. Increase `timeout`/);
});
