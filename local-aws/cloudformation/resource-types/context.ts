import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import { Clock } from '../../clock';
import { S3Buckets } from '../../s3/buckets';
import { Iam } from '../../iam/iam';
import { Lambda } from '../../lambda/lambda';
import { Ssm } from '../../ssm/ssm';
import { States } from '../../stepfunctions/step-functions';
import { Environment } from './resource-type';

/** What the types of resources work with. */
export interface TypeContext {
  readonly clock: Clock;
  readonly iam: Iam;
  readonly lambda: Lambda;
  readonly states: States;
  readonly ssm: Ssm;
  readonly buckets: S3Buckets;
  /** Clients of the administrator of the account. */
  readonly ec2: (environment: Environment) => EC2Client;
  readonly kms: (environment: Environment) => KMSClient;
  /** Where the code of a function is, once it was uploaded. */
  readonly codeOf: (bucket: string, key: string) => string;
}
