import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import { NotReady } from '../outcomes';

/** The AWS services that the handler calls, in one Region. */
export interface AwsClients {
  readonly ec2: EC2Client;
  readonly kms: KMSClient;
  readonly cloudFormation: CloudFormationClient;
  readonly region: string;
  /** The same in another Region. */
  forRegion(region: string): AwsClients;
  /** The same, in every Region, with an EC2 client without retries. */
  withoutRetries(): AwsClients;
  /** From this time on (milliseconds since 1970) no call begins, so that Lambda does not end the function during one. */
  stopCallsAt(time: number): void;
  /** Milliseconds since 1970. */
  now(): number;
}

/** The longest time without data on a connection. EC2 needs much less to launch an instance, and four attempts fit into an invocation. */
const REQUEST_TIMEOUT_MS = 15_000;

/** In a Lambda function, credentials come only from the environment. */
export async function credentials() {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  return { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '', sessionToken: AWS_SESSION_TOKEN };
}

/** Limits that the clients of all Regions share. */
interface Limits {
  callsUntil: number;
}

/** The part of the SDK's middleware stack that is the same for all clients: a function that runs before each call. */
interface MiddlewareStack {
  add(middleware: (next: (given: object) => Promise<object>) => (given: object) => Promise<object>, options: { step: 'initialize'; name: string }): void;
}

export function connect(
  region = process.env.AWS_REGION!, requestTimeoutMs = REQUEST_TIMEOUT_MS, limits: Limits = { callsUntil: Infinity },
): AwsClients {
  // four attempts are a few seconds of back-off; after that, the next step retries
  const config = { region, credentials, maxAttempts: 4, requestHandler: requestTimeouts(requestTimeoutMs) };
  const ec2WithoutRetries = new EC2Client({ ...config, maxAttempts: 1 });
  const otherRegions = new Map<string, AwsClients>();
  const aws: AwsClients = {
    ec2: new EC2Client(config),
    kms: new KMSClient(config),
    cloudFormation: new CloudFormationClient(config),
    region,
    forRegion: other => {
      const connected = other === region ? aws : otherRegions.get(other) ?? connect(other, requestTimeoutMs, limits);
      otherRegions.set(other, connected);
      return connected;
    },
    withoutRetries: () => ({ ...aws, ec2: ec2WithoutRetries, forRegion: other => aws.forRegion(other).withoutRetries() }),
    stopCallsAt: time => { limits.callsUntil = time; },
    now: () => Date.now(),
  };
  for (const client of [aws.ec2, ec2WithoutRetries, aws.kms, aws.cloudFormation]) {
    (client.middlewareStack as unknown as MiddlewareStack).add(next => given => {
      if (aws.now() >= limits.callsUntil) {
        throw new NotReady('this step has no time left for another call', true);
      }
      return next(given);
    }, { step: 'initialize', name: 'stopCalls' });
  }
  return aws;
}

/** By sockets, from the attempt to connect on: the timers of the SDK's `requestTimeout` only warn. */
export function requestTimeouts(timeout = REQUEST_TIMEOUT_MS) {
  return { socketTimeout: timeout, httpsAgent: { timeout }, httpAgent: { timeout } };
}
