import { Annotations, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import * as messages from './messages';
import { MAX_TIMEOUT } from '../ami/validate-ami';

const MIN_MINUTES = 15;
const MAX_MINUTES = 48 * 60;
const STEP_MINUTES = 15;

/** See the page "Time-based copies for Amazon EBS snapshots and EBS-backed AMIs" of the Amazon EBS User Guide. */
export function validateCompletionDuration(scope: Construct, durations: { completionDuration?: Duration; timeout?: Duration }): void {
  const { completionDuration, timeout = MAX_TIMEOUT } = durations;
  if (completionDuration === undefined || completionDuration.isUnresolved()) {
    return;
  }
  const minutes = completionDuration.toMinutes({ integral: false });
  if (minutes < MIN_MINUTES || minutes > MAX_MINUTES || minutes % STEP_MINUTES !== 0) {
    throw new Error(messages.completionDurationNotAllowed(completionDuration));
  }
  if (!timeout.isUnresolved() && minutes * 60 > timeout.toSeconds()) {
    Annotations.of(scope).addWarningV2('cdk-encrypted-ami:completionDuration', messages.completionDurationLongerThanTimeout(completionDuration, timeout));
  }
}
