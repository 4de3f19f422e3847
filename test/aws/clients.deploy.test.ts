import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { AwsClients, connect } from '../../lambda/aws/clients';
import { LocalAws } from '../../local-aws/local-aws';

/** Calls that are not answered end. */

const ENVIRONMENT = process.env;
let local: LocalAws;
let aws: AwsClients;
beforeEach(async () => {
  // time stands still: what is delayed is never answered
  local = await LocalAws.start({ speed: 0 });
  process.env = {
    ...ENVIRONMENT, AWS_ENDPOINT_URL: local.url, AWS_ACCESS_KEY_ID: `AKIALOCAL${local.account}`, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: local.region,
  };
  aws = connect(local.region, 100);
});
afterEach(async () => {
  process.env = ENVIRONMENT;
  await local.stop();
});

const call = () => new DescribeImagesCommand({ Owners: ['self'] });

test('a call that is not answered ends, by a client that tries once', async () => {
  local.faults.add({ matches: 'ec2:DescribeImages', delay: 1_000 });
  await expect(aws.withoutRetries().ec2.send(call())).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(local.log.of('ec2:DescribeImages')).toHaveLength(1);
});

test('a call that is not answered once is tried again', async () => {
  local.faults.add({ matches: 'ec2:DescribeImages', delay: 1_000, times: 1 });
  await expect(aws.ec2.send(call())).resolves.toHaveProperty('Images');
  expect(local.log.of('ec2:DescribeImages')).toHaveLength(2);
});
