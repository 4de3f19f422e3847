import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';

/** Everything outside of the handler. */
export interface Aws {
  readonly ec2: EC2Client;
  readonly kms: KMSClient;
  readonly cloudFormation: CloudFormationClient;
  readonly region: string;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** In a Lambda function the credentials come from the environment, and from nowhere else. */
async function credentials() {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  return { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '', sessionToken: AWS_SESSION_TOKEN };
}

export function connect(): Aws {
  const region = process.env.AWS_REGION ?? '';
  // four attempts are a few seconds of back-off; after that it is the waiter's turn, which costs nothing while it waits
  const config = { region, credentials, maxAttempts: 4 };
  return {
    ec2: new EC2Client(config),
    kms: new KMSClient(config),
    cloudFormation: new CloudFormationClient(config),
    region,
    now: () => Date.now(),
    sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)),
  };
}
