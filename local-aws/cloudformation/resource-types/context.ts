import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import { Environment } from './resource-type';
import { AutoScaling } from '../../auto-scaling/auto-scaling';
import { Iam } from '../../iam/iam';
import { Lambda } from '../../lambda/lambda';
import { S3Buckets } from '../../s3/buckets';
import { Ssm } from '../../ssm/ssm';
import { StepFunctions } from '../../stepfunctions/step-functions';
import { Clock } from '../../time/clock';

/** The services that resource types use. */
export interface TypeContext {
  readonly clock: Clock;
  readonly iam: Iam;
  readonly autoScaling: AutoScaling;
  readonly lambda: Lambda;
  readonly stepFunctions: StepFunctions;
  readonly ssm: Ssm;
  readonly buckets: S3Buckets;
  /** SDK clients with the credentials of the account's administrator. */
  readonly ec2: (environment: Environment) => EC2Client;
  readonly kms: (environment: Environment) => KMSClient;
  /** Returns the directory with the uploaded code of a function. */
  readonly codeOf: (bucket: string, key: string) => string;
}
