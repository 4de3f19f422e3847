/** The end of a request: a sentence that says what, where, why and what to do. It becomes the reason of the stack's event. */
export class Failure extends Error {
  public constructor(sentence: string) {
    super(fit(sentence));
    this.name = 'Failure';
  }
}

/**
 * The handler may not do something. A policy that the stack has just made or changed reaches KMS and EC2 some seconds later, so this
 * is a failure only if it lasts.
 */
export class Denied extends Failure {}

/** How long a denial may last before it counts: a policy that was just made reaches EC2 and KMS some seconds later. */
export const DENIAL_GRACE_MS = 60_000;

/** The pace of what takes seconds: volumes, instances. */
export const SOON_SECONDS = 2;

/** A step that could not be taken this time; the next one may find it possible. */
export class NotYet extends Error {
  /** Seconds until the next step, where the one who throws knows better than the time that has passed. */
  public readonly seconds?: number;

  /** `wait` is a number of seconds, or true for what takes seconds only. */
  public constructor(why: string, wait: number | boolean = false) {
    super(why);
    this.name = 'NotYet';
    this.seconds = wait === true ? SOON_SECONDS : wait === false ? undefined : wait;
  }
}

/**
 * CloudFormation cuts a reason at about a thousand characters, and refuses an answer of more than 4096 bytes.
 */
const LONGEST = 900;

function fit(sentence: string): string {
  return sentence.length <= LONGEST ? sentence : `${sentence.slice(0, LONGEST - 1)}…`;
}
