import * as kms from 'aws-cdk-lib/aws-kms';
import { copyOf, Deployment, NOTHING } from '../deployment';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

test('create and destroy', async () => {
  const created = await account.deploy(copyOf(account.aws.ec2.stock('golden').id, stack => ({ encryptionKey: new kms.Key(stack, 'Key') })));
  console.log(created.status, created.failures, created.outputs, account.aws.ec2.counts());
  const destroyed = await account.destroy();
  console.log(destroyed.status, destroyed.failures);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
