import { awsWords, ec2Reason } from '../../lambda/aws/aws-words';
import { explainPolicyDenial, isDeniedByMissingStatement } from '../../lambda/aws/policy-denials';

/** The words of AWS: which kind of policy denies a call, and the end of a message. */

const denied = (why: string) => new Error(`User: arn:aws:sts::123456789012:assumed-role/Handler is not authorized to perform: ec2:CopyImage ${why}`);
test.each<[string, string | undefined]>([
  ['with an explicit deny in a service control policy', 'A service control policy of the organization denies it.'],
  ['because no service control policy allows the ec2:CopyImage action', 'A service control policy of the organization denies it.'],
  ['with an explicit deny in a resource control policy', 'A resource control policy of the organization denies it.'],
  ['because no permissions boundary allows the ec2:CopyImage action', 'The permissions boundary of the role does not allow it.'],
  ['because no VPC endpoint policy allows the ec2:CopyImage action', 'The policy of a VPC endpoint does not allow it.'],
  ['with an explicit deny in an identity-based policy', 'A policy that is attached to the role denies it.'],
  ['because no identity-based policy allows the ec2:CopyImage action', undefined],
  ['', undefined],
])('%s: %s', (why, sentence) => {
  expect(explainPolicyDenial(denied(why))?.slice(0, sentence?.length)).toBe(sentence);
  expect(isDeniedByMissingStatement(denied(why))).toBe(why.startsWith('because no identity-based'));
});

test('the end of a message', () => {
  expect(awsWords('KMS', Object.assign(new Error(' no '), { name: 'Code' }))).toBe(' (KMS Code: no)');
  expect([undefined, '', ' no '].map(ec2Reason)).toEqual(['', '', ' (EC2: no)']);
});
