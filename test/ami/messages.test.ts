import { declaredKey, sourceKey } from '../../lambda/ami/keys/key-reference';
import { keyNotFound, UNKNOWN_KEY_LABEL } from '../../lambda/ami/keys/messages';
import {
  attributeNotKept, attributesDiffer, capitalize, imageNotOfRequest, snapshotInError, snapshotNotCompleted, snapshotProgress,
  sourceDeviceWithoutSnapshot, sourceImageNotAvailable, sourceSnapshotNotShared, uefiDataNotKept, unexpectedSnapshotKey, whyDenied,
} from '../../lambda/ami/messages';
import { ec2Reason } from '../../lambda/aws/aws-words';
import { devicesNotKept, ownerTagLost } from '../../lambda/copy/messages';

/** Messages that no deployment to the local AWS causes, and the parts that messages share. */

const ARN = 'arn:aws:kms:us-east-1:210987654321:key/1';
const STATEMENTS = '[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Resource":"*","Action":"kms:DescribeKey"},' +
  '{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Resource":"*",' +
  '"Action":["kms:CreateGrant","kms:Decrypt","kms:GenerateDataKeyWithoutPlaintext","kms:ReEncryptFrom","kms:ReEncryptTo"],' +
  '"Condition":{"StringLike":{"kms:ViaService":"ec2.us-east-1.*"},"BoolIfExists":{"kms:GrantIsForAWSResource":"true"}}}].';

test('AWS\'s words are at the end, and left out where it gives none', () => {
  expect(sourceImageNotAvailable({ imageId: 'ami-1', state: 'failed', reason: 'Client.InternalError' })).toBe('The source image ami-1 is failed, not available. Use an image that is available. (EC2: Client.InternalError)');
  expect([ec2Reason(undefined), ec2Reason('')]).toEqual(['', '']);
});

test('an AMI that differs from its source', () => {
  expect(attributeNotKept({ name: 'BootMode', imageId: 'ami-2', sourceId: 'ami-1', sourceValue: 'uefi' })).toBe(
    'The AMI ami-2 has the BootMode (none), but its source ami-1 has uefi. EC2 did not keep the value, so instances of the AMI could start differently, or not at all. Contact AWS Support.');
  expect(attributeNotKept({ name: 'BootMode', imageId: 'ami-2', sourceId: 'ami-1', value: 'uefi' })).toContain('has the BootMode uefi, but its source ami-1 has (none).');
  expect(uefiDataNotKept({ imageId: 'ami-2', sourceId: 'ami-1' })).toBe('The UEFI data of the AMI ami-2 differs from that of its source ami-1. EC2 did not keep it. Contact AWS Support.');
  expect(devicesNotKept({ imageId: 'ami-2', devices: '/dev/xvda', sourceId: 'ami-1', sourceDevices: '/dev/sdb, /dev/xvda' })).toBe(
    'The copy ami-2 has the devices /dev/xvda, but its source ami-1 has /dev/sdb, /dev/xvda. Contact AWS Support.');
  expect(snapshotInError({ imageId: 'ami-2', snapshotId: 'snap-2', device: '/dev/xvda' })).toBe('The snapshot snap-2 (/dev/xvda) of the AMI ami-2 is in the state error. Deploy again.');
});

test('an AMI that differs from its source in values that do no harm', () => {
  expect(attributesDiffer({
    imageId: 'ami-2', sourceId: 'ami-1', differences: [{ name: 'Iops', device: '/dev/xvda', value: 3000, expected: 4000 }, { name: 'EnaSupport', value: undefined, expected: true }, { name: 'TpmSupport', value: 'v2.0', expected: undefined }],
  })).toBe('The AMI ami-2 is encrypted as requested, but differs from ami-1 in values that EC2 did not keep. ' +
    'Iops of /dev/xvda is 3000, not 4000; EnaSupport is (none), not true; TpmSupport is v2.0, not (none). Check these values if instances of the AMI depend on them.');
});

test('a source whose devices cannot be copied', () => {
  expect(sourceDeviceWithoutSnapshot({ imageId: 'ami-1', device: '/dev/sdb' })).toMatch(
    /^The source image ami-1 has no snapshot for \/dev\/sdb, so `AmiBuildMethod\.COPY_SNAPSHOTS` has nothing to encrypt with the key\. /);
  expect(sourceSnapshotNotShared({ imageId: 'ami-1', ownerId: '2', account: '1', region: 'eu-west-1', snapshotId: 'snap-1', device: '/dev/sdb', encrypted: true })).toMatch(
    /--user-ids 1 --region eu-west-1`\. A snapshot that is encrypted with the AWS managed key aws\/ebs cannot be shared: in that case the owner must first copy the AMI with a customer managed key\.$/);
});

test('a snapshot that is not encrypted can be shared', () => {
  expect(sourceSnapshotNotShared({ account: '1', region: 'eu-west-1', snapshotId: 'snap-1', device: '/dev/sdb' })).toMatch(/ --user-ids 1 --region eu-west-1`\.$/);
});

test('a snapshot with another key than expected', () => {
  const snapshot = { imageId: 'ami-1', snapshotId: 'snap-1', device: '/dev/sdb' };
  expect(unexpectedSnapshotKey({ ...snapshot, key: undefined, expected: ['arn:1', 'arn:2', 'arn:1'] })).toContain(' is unencrypted, but should be encrypted with arn:1 or encrypted with arn:2. ');
  expect(unexpectedSnapshotKey({ ...snapshot, key: 'arn:1', expected: [undefined] })).toContain(' is encrypted with arn:1, but should be unencrypted. ');
});

test('an AMI or a snapshot of which EC2 does not tell everything', () => {
  expect(imageNotOfRequest({ imageId: 'ami-2', expected: 'ami-1' })).toContain(' was created from (none) and not from ami-1.');
  expect(snapshotNotCompleted({ snapshotId: 'snap-1', device: '/dev/sdb' })).toBe('the snapshot snap-1 (/dev/sdb) is not visible yet');
  expect(snapshotNotCompleted({ snapshotId: 'snap-1', device: '/dev/sdb', state: 'pending' })).toBe('the snapshot snap-1 (/dev/sdb) is pending');
});

test.each([
  ['with an explicit deny in a service control policy', /^A service control policy of the organization denies it\. /],
  ['because no identity-based policy allows the ec2:CopyImage action', /^None of its policies allows it: /],
  ['.', /^If its policies allow this, a service control policy or a permissions boundary denies it: /],
])('why a call is denied: %s', (words, sentence) => {
  expect(whyDenied(new Error(`You are not authorized to perform this operation ${words}`))).toMatch(sentence);
});

test('a clause becomes a sentence', () => {
  expect(capitalize('the copy is pending')).toBe('The copy is pending');
});

test('the owner of a source key is named only if it is another account', () => {
  const [owner, other] = ['210987654321', '123456789012'].map(account => ({ account, regions: ['us-east-1'] }));
  const pass = `Pass it in \`sourceEncryptionKeys\`, with kms.Key.fromKeyArn(this, "SourceKey", "${ARN}").`;
  expect(sourceKey(ARN, 'the key', owner, []).accessDeniedHint).toBe(pass);
  expect(sourceKey(ARN, 'the key', other, []).accessDeniedHint).toBe(
    `${pass} If it is aws/ebs, its owner must first copy the AMI with a customer managed key. ` +
    'The key policy must have these statements, which only its owner, account 210987654321, can add: ' + STATEMENTS);
  expect(sourceKey(ARN, 'the key', other, [ARN]).accessDeniedHint).toBe(
    `The key policy must have these statements, which only its owner, account 210987654321, can add: ${STATEMENTS} If it is aws/ebs, its owner must first copy the AMI with a customer managed key.`);
  expect(sourceKey(ARN, 'the key', owner, [ARN]).accessDeniedHint).toMatch(/^The key policy must have these statements: \[\{/);
});

test('a key that no property names', () => {
  expect(keyNotFound({ label: UNKNOWN_KEY_LABEL, arn: ARN, region: 'us-east-1' })).toBe(`The key (${ARN}) does not exist in us-east-1. Use a key that exists.`);
  expect(declaredKey(ARN, 'the key', { account: '123456789012', regions: ['us-east-1'] }).accessDeniedHint).toContain(`account 210987654321, can add: ${STATEMENTS}`);
});

test('resources without the owner tag are counted', () => {
  const tag = 'cdk-encrypted-ami:owner';
  expect(ownerTagLost({ ids: ['snap-1'], tag, command: 'x' })).toBe(` snap-1 no longer has the tag ${tag}, so the handler role is not allowed to delete it. Delete it yourself: \`x\`.`);
  expect(ownerTagLost({ ids: ['ami-1', 'snap-1'], tag, command: 'x' })).toBe(` ami-1, snap-1 no longer have the tag ${tag}, so the handler role is not allowed to delete them. Delete them yourself: \`x\`.`);
});

test('the progress of snapshots ends the message of a timeout', () => {
  expect(snapshotProgress([])).toBe('');
  expect(snapshotProgress([{ SnapshotId: 'snap-1', Progress: '41%' }, { SnapshotId: 'snap-2' }])).toBe(' (snap-1 at 41%, snap-2, whose progress is unknown)');
});
