/** The end of a request: a sentence that says what, where, why and what to do. It becomes the reason of the stack's event. */
export class Failure extends Error {
  public constructor(sentence: string) {
    super(fit(sentence));
    this.name = 'Failure';
    // The framework appends what follows the first line of the stack to the reason, where nobody needs the lines of a bundle.
    this.stack = `${this.name}: ${this.message}`;
  }
}

/**
 * The handler may not do something. A policy that the stack has just made or changed reaches KMS and EC2 some seconds later, so this
 * is a failure only if it lasts.
 */
export class Denied extends Failure {}

/** How long a denial may last before it counts: a policy that was just made reaches EC2 and KMS some seconds later. */
export const DENIAL_GRACE_MS = 60_000;

/** A step that could not be taken this time; the next look at AWS may find it possible. */
export class NotYet extends Error {
  /** With `soon`, it is a matter of seconds, and worth waiting for where the handler stands. */
  public constructor(why: string, public readonly soon = false) {
    super(why);
    this.name = 'NotYet';
  }
}

/**
 * CloudFormation cuts a reason at about a thousand characters, and refuses an answer of more than 4096 bytes. The framework adds
 * two lines of its own.
 */
const LONGEST = 900;

function fit(sentence: string): string {
  return sentence.length <= LONGEST ? sentence : `${sentence.slice(0, LONGEST - 1)}…`;
}
