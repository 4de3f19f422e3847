import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';

/** Everything outside of the handler. */
export interface Aws {
  readonly ec2: EC2Client;
  readonly kms: KMSClient;
  readonly cloudFormation: CloudFormationClient;
  readonly region: string;
  /** The same in another Region. */
  in(region: string): Aws;
  /** The same, in every Region, with an EC2 client that tries nothing again by itself. */
  once(): Aws;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** In a Lambda function the credentials come from the environment, and from nowhere else. */
async function credentials() {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  return { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '', sessionToken: AWS_SESSION_TOKEN };
}

export function connect(region = process.env.AWS_REGION ?? ''): Aws {
  // four attempts are a few seconds of back-off; after that it is the waiter's turn, which costs nothing while it waits
  const config = { region, credentials, maxAttempts: 4 };
  const ec2Once = new EC2Client({ ...config, maxAttempts: 1 });
  const elsewhere = new Map<string, Aws>();
  const aws: Aws = {
    ec2: new EC2Client(config),
    kms: new KMSClient(config),
    cloudFormation: new CloudFormationClient(config),
    region,
    in: other => {
      const connected = other === region ? aws : elsewhere.get(other) ?? connect(other);
      elsewhere.set(other, connected);
      return connected;
    },
    once: () => ({ ...aws, ec2: ec2Once, in: other => aws.in(other).once() }),
    now: () => Date.now(),
    sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)),
  };
  return aws;
}
