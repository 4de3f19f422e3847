import { randomUUID } from 'crypto';
import { AwsError } from '../aws-call';
import { Encryption } from './encryption';
import { Execution } from './execution';
import { Executions } from './executions';
import { defaultStepFunctionsLimits, StepFunctionsLimits } from './history';
import { LambdaTaskOptions } from './lambda-task';
import { parseDefinition } from './language/definition';
import { Runner } from './runner';
import { stepFunctionsService } from './service';
import { Revision, StateMachine, StateMachineSettings } from './state-machine';
import { Kms } from '../kms/kms';
import { SchemaService } from '../wire/service';

export interface StepFunctionsOptions extends LambdaTaskOptions {
  readonly kms?: Pick<Kms, 'find' | 'allows'>;
}

/** Behavior that AWS does not document. Tests can change it at any time. */
export interface StepFunctionsSwitches {
  /**
   * The milliseconds after an update in which StartExecution uses the previous definition: "Executions started immediately after calling
   * UpdateStateMachine may use the previous state machine definition and roleArn." None by default.
   */
  previousDefinitionMs: number;
}

/** Step Functions: Standard workflows with states that invoke functions, choose and wait. */
export class StepFunctions {
  public readonly service: SchemaService;
  public readonly switches: StepFunctionsSwitches = { previousDefinitionMs: 0 };
  public readonly limits: StepFunctionsLimits = { ...defaultStepFunctionsLimits };
  private readonly machines = new Map<string, StateMachine>();
  private readonly encryption: Encryption;
  private readonly started: Executions;

  public constructor(private readonly options: StepFunctionsOptions) {
    this.encryption = new Encryption(options.kms, options.principalOf);
    this.started = new Executions(options.clock, this.limits);
    this.service = stepFunctionsService({
      stepFunctions: this, executions: this.started, encryption: this.encryption, authorizer: options.authorizer,
    });
  }

  public get executions(): readonly Execution[] {
    return this.started.all;
  }

  public create(arn: string, settings: StateMachineSettings): StateMachine {
    const existing = this.machines.get(arn);
    if (existing !== undefined) {
      throw existing.status === 'DELETING' ? deleting(arn) : new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`, 409);
    }
    const machine: StateMachine = {
      arn, name: arn.split(':').pop()!, created: this.options.clock.now(), status: 'ACTIVE', revision: this.revise(arn, 'INITIAL', settings),
    };
    this.machines.set(arn, machine);
    return machine;
  }

  /** Updates a state machine. Running executions continue with their revision. */
  public update(arn: string, settings: StateMachineSettings): StateMachine {
    const machine = this.get(arn);
    const revision = this.revise(arn, randomUUID(), settings);
    machine.previous = { revision: machine.revision, replacedAt: this.options.clock.now() };
    machine.revision = revision;
    return machine;
  }

  /** Deletes a state machine. Running executions end at their next transition, and until then it exists with the status DELETING. */
  public delete(arn: string): void {
    const machine = this.machines.get(arn);
    if (machine !== undefined) {
      machine.status = 'DELETING';
      this.removeIfUnused(machine);
    }
  }

  /** The state machines without the status DELETING. */
  public arns(): string[] {
    return [...this.machines.values()].filter(machine => machine.status === 'ACTIVE').map(machine => machine.arn);
  }

  /** Returns the state machine of an ARN. Throws if there is none. */
  public get(arn: string): StateMachine {
    const machine = this.machines.get(arn);
    if (machine === undefined) {
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    }
    return machine;
  }

  /** Returns the state machine of an ARN for a new execution. */
  public getActive(arn: string): StateMachine {
    const machine = this.get(arn);
    if (machine.status === 'DELETING') {
      throw deleting(arn);
    }
    return machine;
  }

  public start(stateMachineArn: string, input: string, name?: string): Execution {
    const machine = this.getActive(stateMachineArn);
    const { execution, isNew } = this.started.open(machine, this.revisionToStart(machine), input, name);
    if (isNew) {
      void new Runner(machine, execution, { ...this.options, checkKey: one => this.encryption.requireOfRole(one) }).run()
        .then(() => this.removeIfUnused(machine));
    }
    return execution;
  }

  public reset(): void {
    this.machines.clear();
    this.executions.forEach(execution => execution.abort());
    this.started.all.length = 0;
    this.switches.previousDefinitionMs = 0;
    Object.assign(this.limits, defaultStepFunctionsLimits);
  }

  private revise(arn: string, id: string, { definition, roleArn, encryption }: StateMachineSettings): Revision {
    return {
      id, roleArn, definition: parseDefinition(definition), definitionText: definition, encryption: this.encryption.configure(encryption, arn),
    };
  }

  private revisionToStart({ revision, previous }: StateMachine): Revision {
    const isRecent = previous !== undefined && this.options.clock.now() < previous.replacedAt + this.switches.previousDefinitionMs;
    return isRecent ? previous.revision : revision;
  }

  private removeIfUnused(machine: StateMachine): void {
    const isUsed = this.executions.some(execution => execution.stateMachineArn === machine.arn && execution.running);
    if (machine.status === 'DELETING' && !isUsed && this.machines.get(machine.arn) === machine) {
      this.machines.delete(machine.arn);
    }
  }
}

function deleting(arn: string): AwsError {
  return new AwsError('StateMachineDeleting', `State Machine is being deleted: '${arn}'`);
}
