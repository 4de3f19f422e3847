import { awsWords } from './aws-words';

/** `action` as in "to …"; `solution` is a sentence without its full stop. */
export function quotaReached({ action, quota, solution }: { action: string; quota: string; solution: string }, error: unknown): string {
  return `The quota "${quota}" of this account is used up, so the handler cannot ${action}. ${solution}. ` +
    `Otherwise request an increase in Service Quotas, and deploy again.${awsWords('EC2', error)}`;
}
