import { EC2Client } from '@aws-sdk/client-ec2';
import { StackResult } from '../../../../local-aws/deployment';
import { LocalAws } from '../../../../local-aws/local-aws';

/** A local AWS for the tests of the importing file, and an EC2 client of the account's administrator. */
export let aws: LocalAws;
export let ec2: EC2Client;

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 600 });
  ec2 = new EC2Client(aws.clientOptions());
});
beforeEach(() => aws.reset());
afterAll(async () => {
  ec2.destroy();
  await aws.stop();
});

export function deploy(resources: object, outputs: Record<string, object> = {}): Promise<StackResult> {
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));
  return aws.deploy({ stackName: 'Types', template: { Resources: resources, Outputs } });
}

export const att = (logicalId: string, attribute: string) => ({ 'Fn::GetAtt': [logicalId, attribute] });
