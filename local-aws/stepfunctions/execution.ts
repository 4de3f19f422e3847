import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import { Clock } from '../clock';
import { History } from './history';
import { Revision } from './state-machine';

const RETENTION_MS = 90 * 24 * 3600 * 1000;

/** One execution: what DescribeExecution and GetExecutionHistory tell of it. */
export class Execution {
  public readonly started: number;
  public readonly history: History;
  public status: ExecutionStatus = 'RUNNING';
  public stopped?: number;
  public output?: string;
  public error?: string;
  public cause?: string;
  /** States entered and tasks tried again: what a Standard workflow is billed for. */
  public transitions = 0;

  public constructor(
    public readonly arn: string,
    public readonly name: string,
    public readonly stateMachineArn: string,
    /** As it was when the execution started: an update of the state machine changes nothing. */
    public readonly revision: Revision,
    public readonly input: string,
    private readonly clock: Clock,
  ) {
    this.started = clock.now();
    this.history = new History(clock);
    this.history.add('ExecutionStarted', {
      executionStartedEventDetails: { input, inputDetails: { truncated: false }, roleArn: revision.roleArn },
    });
  }

  public get running(): boolean {
    return this.status === 'RUNNING';
  }

  /** "You can reuse names after 90 days": then the execution and its history are gone. */
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

  /** Only its history says States.Timeout. */
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
