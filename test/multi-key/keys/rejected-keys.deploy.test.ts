import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBuildMethod } from '../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../../helpers/deployment';

/** Keys that CopySnapshot refuses at once. */

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

const build = () => buildOf(stack => ({
  sourceImage: imageWithId(source), buildMethod: AmiBuildMethod.COPY_SNAPSHOTS, rootVolume: { encryptionKey: keyWithArn(stack, key) },
}));

async function refusal(): Promise<string> {
  const { status, failures } = await account.deploy(build());
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toHaveLength(1);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  return failures[0];
}

const notAuthorized = () => new AwsError('AuthFailure', `Not authorized to use key ${key} `, 403);

test('a key that may never be used', async () => {
  account.aws.faults.add({ matches: 'ec2:CopySnapshot', error: notAuthorized() });
  const message = await refusal();
  expect(message).toContain(
    `The handler role is not allowed to use the \`encryptionKey\` of \`rootVolume\` for /dev/xvda (${key}). The key policy must have these statements: [{`);
  expect(message).toContain('}]. (EC2 AuthFailure: Not authorized to use key ');
});

test.each([
  ['disabled', 'is disabled. Enable it, or use another key.'],
  ['invalid', 'does not exist in us-east-1. Use a key that exists.'],
])('a key that is %s', async (word, sentence) => {
  account.aws.faults.add({ matches: 'ec2:CopySnapshot', error: new AwsError('InvalidParameterValue', `The specified keyId ${key} is ${word}`) });
  expect(await refusal()).toContain(`The \`encryptionKey\` of \`rootVolume\` for /dev/xvda (${key}) ${sentence} (EC2 InvalidParameterValue: The specified keyId ${key} is ${word})`);
  expect(account.aws.log.of('ec2:CopySnapshot')).toHaveLength(1);
});
