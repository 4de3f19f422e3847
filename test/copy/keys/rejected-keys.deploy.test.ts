import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { copyOf, Deployment, NOTHING } from '../../helpers/deployment';

/** Keys that EC2 refuses at once, as CopySnapshot does. Whether CopyImage does is not documented. */

let account: Deployment;
let source: string;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const keyed = () => copyOf(source, (stack: Stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', key) }));

async function refusal(): Promise<string> {
  const { status, failures } = await account.deploy(keyed());
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toHaveLength(1);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  return failures[0];
}

const notAuthorized = () => new AwsError('AuthFailure', `Not authorized to use key ${key} `, 403);

test('a key that may never be used', async () => {
  account.aws.faults.add({ matches: 'ec2:CopyImage', error: notAuthorized() });
  const message = await refusal();
  expect(message).toContain(`The handler role is not allowed to use \`encryptionKey\` (${key}). The key policy must have these statements: [{`);
  expect(message).toContain(`}]. (EC2 AuthFailure: Not authorized to use key ${key})`);
});

test.each([
  ['disabled', 'is disabled. Enable it, or use another key.'],
  ['invalid', 'does not exist in us-east-1. Use a key that exists.'],
])('a key that is %s', async (word, sentence) => {
  account.aws.faults.add({ matches: 'ec2:CopyImage', error: new AwsError('InvalidParameterValue', `The specified keyId ${key} is ${word}`) });
  expect(await refusal()).toContain(`\`encryptionKey\` (${key}) ${sentence} (EC2 InvalidParameterValue: The specified keyId ${key} is ${word})`);
  expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(1);
});

test('AuthFailure that is not about a key is no matter of seconds', async () => {
  account.aws.faults.add({ matches: 'ec2:CopyImage', error: new AwsError('AuthFailure', `Not authorized for image:${source}`) });
  expect(await refusal()).toContain(`EC2 does not copy the source image ${source}. (EC2 AuthFailure: Not authorized for image:${source})`);
  expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(1);
});
