import * as sts from '@aws-sdk/client-sts';
import { Call, Principal } from '../aws-call';
import { Iam } from '../iam/iam';
import { Clock } from '../time/clock';
import { SchemaService } from '../wire/service';

/** GetCallerIdentity and AssumeRole, which a command line calls before anything else. */
export function stsService(iam: Iam, clock: Clock): SchemaService {
  return {
    name: 'sts',
    protocol: 'awsQuery',
    schemas: { ...sts },
    reads: { GetCallerIdentity: [], AssumeRole: ['RoleArn', 'RoleSessionName', 'DurationSeconds'] },
    operations: {
      GetCallerIdentity: ({ principal }): sts.GetCallerIdentityResponse => ({
        UserId: userId(principal),
        Account: principal.account,
        Arn: principal.arn,
      }),
      AssumeRole: ({ principal, input }: Call): sts.AssumeRoleResponse => {
        const { RoleArn, RoleSessionName, DurationSeconds = 3600 } = input as unknown as sts.AssumeRoleCommandInput;
        const credentials = iam.assumeRole(principal, RoleArn!, RoleSessionName!);
        const session = iam.principal(credentials.accessKeyId);
        return {
          Credentials: {
            AccessKeyId: credentials.accessKeyId,
            SecretAccessKey: credentials.secretAccessKey,
            SessionToken: credentials.sessionToken,
            // The caller's clock decides whether the credentials have expired, and it may be behind this one.
            Expiration: new Date(Math.max(clock.now(), Date.now()) + DurationSeconds * 1000),
          },
          AssumedRoleUser: { AssumedRoleId: userId(session), Arn: session.arn },
        };
      },
    },
  };
}

function userId(principal: Principal): string {
  const name = principal.arn.split('/').pop()!;
  return principal.roleArn ? `${principal.accessKeyId.replace('ASIA', 'AROA')}:${name}` : principal.accessKeyId.replace('AKIA', 'AIDA');
}
