/** The end of a request: a sentence that says what, where, why and what to do. It becomes the reason of the stack's event. */
export class DeploymentError extends Error {
  public constructor(sentence: string) {
    super(sentence);
    this.name = 'DeploymentError';
  }
}

/** How long a denial may last before it counts: a policy that was just made reaches EC2 and KMS some seconds later. */
export const IAM_PROPAGATION_MS = 60_000;

/**
 * The handler may not do something. A policy that the stack has just made or changed reaches KMS and EC2 some seconds later, so this
 * is a failure only if it lasts.
 */
export class AccessDeniedError extends DeploymentError {
  /** `propagationMs` is how long the denial may last before it counts. */
  public constructor(sentence: string, public readonly propagationMs: number = IAM_PROPAGATION_MS) {
    super(sentence);
  }
}

/** The pace of what takes seconds: volumes, instances. */
export const SHORT_WAIT_SECONDS = 2;

/** A step that could not be taken this time; the next one may find it possible. */
export class NotReady extends Error {
  /** Seconds until the next step, where the one who throws knows better than the time that has passed. */
  public readonly seconds?: number;

  /** `wait` is a number of seconds, or true for what takes seconds only. */
  public constructor(why: string, wait: number | boolean = false) {
    super(why);
    this.name = 'NotReady';
    this.seconds = wait === true ? SHORT_WAIT_SECONDS : wait === false ? undefined : wait;
  }
}

/** An AMI that CloudFormation knows is gone: somebody has deregistered it. Not a failure: a rollback needs no AMI, and an update creates it again. */
export class AmiDisappeared extends Error {
  public constructor() {
    super('the AMI is gone');
    this.name = 'AmiDisappeared';
  }
}
