import { randomUUID } from 'crypto';
import { AwsError } from '../aws-call';
import { Execution } from './execution';
import { StepFunctionsLimits } from './history';
import { Clock } from '../time/clock';
import { MAX_DATA_BYTES } from './language/state-data';
import { Revision, StateMachine } from './state-machine';

/** "A name must not contain: white space, brackets, wildcards, special characters, control characters, surrogates" (StartExecution). */

const invalidName = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/;

export interface Opened {
  readonly execution: Execution;
  readonly isNew: boolean;
}

/** The executions of all state machines. */
export class Executions {
  public readonly all: Execution[] = [];

  public constructor(private readonly clock: Clock, private readonly limits: Readonly<StepFunctionsLimits>) {}

  /** Starts an execution, or returns the running one with the same name and input. */
  public open(machine: StateMachine, revision: Revision, input: string, name: string = randomUUID()): Opened {
    checkName(name);
    checkInput(input);
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = this.find(arn);
    if (existing?.running && existing.input === input) {
      return { execution: existing, isNew: false };
    }
    // "If the execution is closed or if the input is different, it returns a 400 ExecutionAlreadyExists error"
    if (existing !== undefined) {
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = new Execution(arn, name, machine.arn, revision, input, this.clock, this.limits);
    this.all.push(execution);
    return { execution, isNew: true };
  }

  /** Returns the execution of an ARN. Throws if there is none. */
  public get(arn: string): Execution {
    const found = this.find(arn);
    if (found === undefined) {
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    }
    return found;
  }

  /** The most recent first. */
  public of(machineArn: string): Execution[] {
    return this.all.filter(execution => execution.stateMachineArn === machineArn && !execution.forgotten).reverse();
  }

  private find(arn: string): Execution | undefined {
    return this.all.find(execution => execution.arn === arn && !execution.forgotten);
  }
}

function checkName(name: string): void {
  if (name.length < 1 || name.length > 80) {
    const [length, limit] = name.length < 1 ? ['greater', 1] : ['less', 80];
    throw new AwsError('ValidationException', `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: `
      + `Member must have length ${length} than or equal to ${limit}`);
  }
  if (invalidName.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}

function checkInput(input: string): void {
  if (Buffer.byteLength(input) > MAX_DATA_BYTES) {
    throw new AwsError('InvalidExecutionInput', `Invalid Execution Input: input exceeds ${MAX_DATA_BYTES} bytes`);
  }
  try {
    JSON.parse(input);
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(error as Error).message}'`);
  }
}
