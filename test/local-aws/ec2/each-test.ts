import { EC2Client } from '@aws-sdk/client-ec2';
import { TestAws } from './test-aws';

/** A new local EC2 and KMS for each test of the importing file, and an EC2 client of the account's administrator. */
export let aws: TestAws;
export let client: EC2Client;

beforeEach(async () => {
  aws = await TestAws.start();
  client = aws.client();
});
afterEach(() => aws.stop());
