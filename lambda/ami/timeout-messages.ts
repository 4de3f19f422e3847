/*
 * The message of an AMI that takes too long. For its form see lambda/ami/messages.ts.
 */

/** `solution` is a sentence or more. */
export function notAvailableInTime({ minutes, progress, why, solution, isDeleted }: {
  readonly minutes: number; readonly progress: string; readonly why: string; readonly solution: string; readonly isDeleted: boolean;
}): string {
  return `The AMI was not available within ${minutes} minutes${progress}: ${why.replace(/\.$/, '')}. ${solution}${isDeleted ? ' The partly created AMI is deleted.' : ''}`;
}

/** An `AmiSharing` has no timeout of its own. */
export function notSharedInTime({ minutes, why }: { readonly minutes: number; readonly why: string }): string {
  return `The AMI was not shared within ${minutes} minutes: ${why.replace(/\.$/, '')}. Deploy again.`;
}

export function timeoutTooShort({ needed, timeout }: { readonly needed: number; readonly timeout: number }): string {
  return `At this pace it takes about ${needed} minutes. Set \`timeout: Duration.minutes(${timeout})\`, or remove \`timeout\`, which is 1 hour by default.`;
}

/** EC2 has returned no progress, or something else was the reason. */
export function timeoutUnknown(): string {
  return 'Increase `timeout` (at most 1 hour), or use a smaller source.';
}

/** `timeout` cannot be increased. */
export function hourTooShort({ needed }: { readonly needed: number | undefined }): string {
  return needed === undefined ? 'CloudFormation waits at most 1 hour, so `timeout` cannot be increased. Use a smaller source, or deploy again.'
    : `At this pace it takes about ${durationText(needed)}, and CloudFormation waits at most 1 hour. Use a source with smaller volumes.`;
}

/** Begins with a space. EBS bills a time-based copy by the GiB. */
export function completionDurationNeeded({ completionDuration, withTimeout }: {
  readonly completionDuration: number; readonly withTimeout: boolean;
}): string {
  const timeout = withTimeout ? ' and `timeout: Duration.hours(1)`' : '';
  return ` Or set \`completionDuration: Duration.minutes(${completionDuration})\`${timeout}: for a price per GiB, EBS copies the snapshots within this time.`;
}

function durationText(minutes: number): string {
  return minutes < 120 ? `${minutes} minutes` : `${(minutes / 60).toFixed(1).replace(/\.0$/, '')} hours`;
}
