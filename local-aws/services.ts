import { CallLog } from './call-log';
import { cloudFormationService } from './cloudformation/api/cloudformation-service';
import { CloudFormation } from './cloudformation/cloud-formation';
import { cloudTrailService } from './cloudtrail/cloudtrail-service';
import { Iam } from './iam/iam';
import { LogGroups, logsService } from './logs/logs-service';
import { S3Buckets } from './s3/buckets';
import { s3Service } from './s3/s3-service';
import { stsService } from './sts/sts-service';
import { Clock } from './time/clock';
import { WallTime } from './time/wall-time';
import { Service } from './wire/service';

export interface CommandLineServiceParts {
  readonly clock: Clock;
  readonly iam: Iam;
  readonly buckets: S3Buckets;
  readonly cloudFormation: CloudFormation;
  readonly log: CallLog;
  readonly logGroups: LogGroups;
}

/** The additional services that the CDK command line calls. */
export function commandLineServices({ clock, iam, buckets, cloudFormation, log, logGroups }: CommandLineServiceParts): Service[] {
  const wallTime = new WallTime(clock);
  return [
    stsService(iam, clock),
    s3Service(buckets),
    cloudFormationService({ engine: cloudFormation, buckets, wallTime, authorizer: iam, roleArns: () => iam.roleArns() }),
    logsService(logGroups, wallTime),
    cloudTrailService(log, wallTime),
  ];
}
