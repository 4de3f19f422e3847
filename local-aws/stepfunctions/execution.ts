import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import { History, StepFunctionsLimits } from './history';
import { Revision } from './state-machine';
import { Clock } from '../time/clock';

const RETENTION_MS = 90 * 24 * 3600 * 1000;

/** One execution, with the data of DescribeExecution and GetExecutionHistory. */
export class Execution {
  public readonly started: number;
  public readonly history: History;
  public status: ExecutionStatus = 'RUNNING';
  public stopped?: number;
  public output?: string;
  public error?: string;
  public cause?: string;
  /** The number of entered states and retried tasks, for which AWS bills a Standard workflow. */
  public transitions = 0;

  public constructor(
    public readonly arn: string,
    public readonly name: string,
    public readonly stateMachineArn: string,
    /** The revision at the start, which updates of the state machine do not change. */
    public readonly revision: Revision,
    public readonly input: string,
    private readonly clock: Clock,
    limits: Readonly<StepFunctionsLimits>,
  ) {
    this.started = clock.now();
    this.history = new History(clock, limits);
    this.history.add('ExecutionStarted', {
      executionStartedEventDetails: { input, inputDetails: { truncated: false }, roleArn: revision.roleArn },
    });
  }

  public get running(): boolean {
    return this.status === 'RUNNING';
  }

  /** "You can reuse names after 90 days": the execution and its history no longer exist then. */
  public get forgotten(): boolean {
    return this.stopped !== undefined && this.stopped + RETENTION_MS <= this.clock.now();
  }

  public succeed(output: string): void {
    if (this.close('SUCCEEDED')) {
      this.output = output;
      this.history.end('ExecutionSucceeded', { executionSucceededEventDetails: { output, outputDetails: { truncated: false } } });
    }
  }

  public fail(error: string | undefined, cause: string | undefined): void {
    if (this.close('FAILED')) {
      Object.assign(this, { error, cause });
      this.history.end('ExecutionFailed', { executionFailedEventDetails: { error, cause } });
    }
  }

  public abort(error?: string, cause?: string): void {
    if (this.close('ABORTED')) {
      Object.assign(this, { error, cause });
      this.history.end('ExecutionAborted', { executionAbortedEventDetails: { error, cause } });
    }
  }

  /** DescribeExecution has no error here; only the history contains States.Timeout. */
  public timeOut(): void {
    if (this.close('TIMED_OUT')) {
      this.history.end('ExecutionTimedOut', { executionTimedOutEventDetails: { error: 'States.Timeout' } });
    }
  }

  private close(status: ExecutionStatus): boolean {
    if (!this.running) {
      return false;
    }
    this.status = status;
    this.stopped = this.clock.now();
    return true;
  }
}
