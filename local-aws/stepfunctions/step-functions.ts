import { randomUUID } from 'crypto';
import * as schemas from '@aws-sdk/client-sfn';
import { Definition, parseDefinition, Retrier, State } from './definition';
import { AwsError, Authorizer, Call, Principal } from '../aws-call';
import { Clock } from '../clock';
import { SchemaService } from '../wire/service';

const maxInput = 256 * 1024;

export interface StatesOptions {
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  /** Invokes a function on behalf of a role. */
  readonly invoke: (functionArn: string, payload: string) => Promise<{ functionError?: string; payload: string }>;
  readonly principalOf: (roleArn: string) => Principal;
}

export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly definition: Definition;
  readonly roleArn: string;
}

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly started: number;
  stopped?: number;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  output?: string;
  error?: string;
  cause?: string;
  /** How often a task was tried. */
  attempts: number;
}

/** A task's failure, with its name in the States Language. */
class TaskFailure extends Error {
  public constructor(public readonly error: string, public readonly cause: string) {
    super(cause);
  }
}

/** Step Functions, as far as the waiter of the provider framework needs it. */
export class States {
  public readonly executions: Execution[] = [];
  public readonly service: SchemaService;
  private readonly machines = new Map<string, StateMachine>();

  public constructor(private readonly options: StatesOptions) {
    this.service = {
      name: 'states',
      protocol: 'json',
      schemas: { ...schemas },
      reads: {
        StartExecution: ['stateMachineArn', 'name', 'input'],
        DescribeExecution: ['executionArn'],
        StopExecution: ['executionArn'],
      },
      operations: {
        StartExecution: call => this.startExecutionFor(call),
        DescribeExecution: call => this.describe(call),
        StopExecution: call => this.stop(call),
      },
    };
  }

  public create(arn: string, definition: string, roleArn: string): void {
    this.machines.set(arn, { arn, name: arn.split(':').pop()!, definition: parseDefinition(definition), roleArn });
  }

  public delete(arn: string): void {
    this.machines.delete(arn);
    this.executions.filter(execution => execution.stateMachineArn === arn && execution.status === 'RUNNING').forEach(execution => {
      execution.status = 'ABORTED';
    });
  }

  public arns(): string[] {
    return [...this.machines.keys()];
  }

  public start(stateMachineArn: string, input: string, name: string = randomUUID()): Execution {
    const machine = this.machines.get(stateMachineArn);
    if (machine === undefined) {
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    }
    if (Buffer.byteLength(input) > maxInput) {
      throw new AwsError('InvalidExecutionInput', `Invalid Execution Input: input exceeds ${maxInput} bytes`);
    }
    const execution: Execution = {
      arn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`,
      name,
      stateMachineArn,
      input,
      started: this.options.clock.now(),
      status: 'RUNNING',
      attempts: 0,
    };
    this.executions.push(execution);
    void this.run(machine, execution);
    return execution;
  }

  public reset(): void {
    this.machines.clear();
    this.executions.forEach(execution => {
      execution.status = 'ABORTED';
    });
    this.executions.length = 0;
  }

  private async run(machine: StateMachine, execution: Execution): Promise<void> {
    try {
      const output = await this.walk(machine, execution);
      if (execution.status === 'RUNNING') {
        execution.status = 'SUCCEEDED';
        execution.output = output;
      }
    } catch (error) {
      if (execution.status === 'RUNNING') {
        execution.status = 'FAILED';
        execution.error = error instanceof TaskFailure ? error.error : 'States.Runtime';
        execution.cause = error instanceof Error ? error.message : String(error);
      }
    }
    execution.stopped = this.options.clock.now();
  }

  private async walk(machine: StateMachine, execution: Execution): Promise<string> {
    let data = execution.input;
    for (let name: string | undefined = machine.definition.StartAt; name !== undefined && execution.status === 'RUNNING';) {
      const state: State = machine.definition.States[name];
      if (state.Type === 'Fail') {
        throw new TaskFailure(state.Error ?? '', state.Cause ?? '');
      }
      if (state.Type === 'Wait') {
        await this.options.clock.sleep((state.Seconds ?? 0) * 1000);
      }
      name = state.Next;
      if (state.Type === 'Task') {
        try {
          data = await this.task(machine, execution, state, data);
        } catch (error) {
          const failure = asFailure(error);
          const catcher = state.Catch?.find(item => matches(item.ErrorEquals, failure.error));
          if (catcher === undefined) {
            throw failure;
          }
          data = JSON.stringify({ Error: failure.error, Cause: failure.cause });
          name = catcher.Next;
        }
      }
    }
    return data;
  }

  private async task(machine: StateMachine, execution: Execution, state: State, input: string): Promise<string> {
    const used = new Map<Retrier, number>();
    for (;;) {
      try {
        execution.attempts += 1;
        return await this.invoke(machine, state.Resource ?? '', input);
      } catch (error) {
        const failure = asFailure(error);
        const retrier = state.Retry?.find(item => matches(item.ErrorEquals, failure.error));
        const retries = retrier === undefined ? 0 : used.get(retrier) ?? 0;
        if (retrier === undefined || retries >= (retrier.MaxAttempts ?? 3) || !running(execution)) {
          throw failure;
        }
        used.set(retrier, retries + 1);
        const seconds = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** retries;
        await this.options.clock.sleep(Math.min(seconds, retrier.MaxDelaySeconds ?? Infinity) * 1000);
        if (!running(execution)) {
          throw failure;
        }
      }
    }
  }

  private async invoke(machine: StateMachine, functionArn: string, input: string): Promise<string> {
    const principal = this.options.principalOf(machine.roleArn);
    if (!this.options.authorizer.allows(principal, { action: 'lambda:InvokeFunction', resource: functionArn, context: {} })) {
      throw new TaskFailure('Lambda.AWSLambdaException', `User: ${principal.arn} is not authorized to perform: lambda:InvokeFunction on resource: `
        + `${functionArn} because no identity-based policy allows the lambda:InvokeFunction action`);
    }
    const result = await this.options.invoke(functionArn, input);
    if (result.functionError !== undefined) {
      const { errorType } = JSON.parse(result.payload) as { errorType?: string };
      throw new TaskFailure(errorType ?? 'Lambda.Unknown', result.payload);
    }
    return result.payload;
  }

  private startExecutionFor(call: Call): object {
    const arn = String(call.input.stateMachineArn);
    if (call.principal.roleArn !== undefined && !this.options.authorizer.allows(call.principal, { action: 'states:StartExecution', resource: arn, context: {} })) {
      throw new AwsError('AccessDeniedException', `User: ${call.principal.arn} is not authorized to perform: states:StartExecution on resource: ${arn} `
        + 'because no identity-based policy allows the states:StartExecution action');
    }
    const execution = this.start(arn, String(call.input.input ?? '{}'), call.input.name as string | undefined);
    return { executionArn: execution.arn, startDate: new Date(execution.started) };
  }

  private describe(call: Call): object {
    const execution = this.execution(call);
    return {
      executionArn: execution.arn,
      stateMachineArn: execution.stateMachineArn,
      name: execution.name,
      status: execution.status,
      startDate: new Date(execution.started),
      stopDate: execution.stopped === undefined ? undefined : new Date(execution.stopped),
      input: execution.input,
      output: execution.output,
      error: execution.error,
      cause: execution.cause,
    };
  }

  private stop(call: Call): object {
    const execution = this.execution(call);
    execution.status = 'ABORTED';
    return { stopDate: this.options.clock.date() };
  }

  private execution(call: Call): Execution {
    const found = this.executions.find(execution => execution.arn === call.input.executionArn);
    if (found === undefined) {
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${String(call.input.executionArn)}'`);
    }
    return found;
  }
}

/** Asked anew after each wait: somebody may have stopped it. */
function running(execution: Execution): boolean {
  return execution.status === 'RUNNING';
}

function matches(names: readonly string[], error: string): boolean {
  // States.ALL does not match these two
  return names.some(name => name === error || name === 'States.TaskFailed' || (name === 'States.ALL' && error !== 'States.DataLimitExceeded' && error !== 'States.Runtime'));
}

function asFailure(error: unknown): TaskFailure {
  if (error instanceof TaskFailure) {
    return error;
  }
  return new TaskFailure(error instanceof AwsError ? `Lambda.${error.code}` : 'States.TaskFailed', error instanceof Error ? error.message : String(error));
}
