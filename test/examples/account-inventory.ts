import { LocalAws } from '../../local-aws/local-aws';

/** The log group of a stack with AMIs is the one thing that stays. */
const LOG_GROUP = /-CdkEncryptedAmiLog/;

/** Everything that a deployment makes, as far as the local AWS can count it. Keys are not: they outlive their stack, as CDK has it. Neither are log groups that stay. */
export interface Inventory {
  readonly stacks: string[];
  readonly ec2: object;
  readonly functions: string[];
  readonly waiters: string[];
  readonly logGroups: string[];
  readonly roles: string[];
}

export function inventoryOf(aws: LocalAws): Inventory {
  // EC2 removes a snapshot that was deleted while it was pending when it is complete
  aws.clock.advance(24 * 60 * 60_000);
  return {
    stacks: stacksOf(aws),
    ec2: aws.ec2.counts(),
    functions: aws.lambda.names(),
    waiters: aws.stepFunctions.arns(),
    logGroups: aws.lambda.logStore.names().filter(name => !LOG_GROUP.test(name)),
    roles: aws.iam.roleArns().sort(),
  };
}

/** Of each log group that stays: for how many days it keeps events, and whether it has some. */
export function retainedLogGroups({ lambda: { logStore } }: LocalAws): Record<string, { readonly days?: number; readonly isEmpty: boolean }> {
  return Object.fromEntries(logStore.names().filter(name => LOG_GROUP.test(name))
    .map(name => [name, { days: logStore.retention(name), isEmpty: logStore.lines(name).length === 0 }]));
}

/** The stacks of apps, by their names. */
export function stacksOf(aws: LocalAws): string[] {
  const { StackSummaries = [] } = aws.cloudFormation.listStacks(aws, {});
  return StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(({ StackName }) => StackName!).filter(name => name !== 'CDKToolkit');
}
