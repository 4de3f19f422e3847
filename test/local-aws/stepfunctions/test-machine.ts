import {
  DescribeExecutionCommand, DescribeExecutionCommandOutput, GetExecutionHistoryCommand, HistoryEvent, SFNClient, StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { allowAll, Authorizer, Principal } from '../../../local-aws/aws-call';
import { CallLog } from '../../../local-aws/call-log';
import { Faults } from '../../../local-aws/fault-injection';
import { Kms } from '../../../local-aws/kms/kms';
import { StepFunctions } from '../../../local-aws/stepfunctions/step-functions';
import { Clock } from '../../../local-aws/time/clock';
import { WireServer } from '../../../local-aws/wire/server';

export const machineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:machine';
export const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:task';
export const roleArn = 'arn:aws:iam::123456789012:role/machine';

export const error = { functionError: 'Unhandled', payload: '{"errorType":"Error","errorMessage":"not yet"}' };

type Answer = { functionError?: string; payload: string };
type Invoke = (call: number, payload: string, functionArn: string) => Answer | Promise<Answer>;

export interface TestMachineOptions {
  readonly invoke?: Invoke;
  readonly authorizer?: Authorizer;
  readonly kms?: (clock: Clock) => Kms;
  readonly principalOf?: (roleArn: string) => Principal;
  /** Who the SDK client is. */
  readonly caller?: () => Principal;
}

/** Step Functions behind a server, with functions that answer as a test says, and a clock that stands still. */
export class TestMachine {
  public static async start(options: TestMachineOptions = {}): Promise<TestMachine> {
    const machine = new TestMachine(options);
    machine.server = await WireServer.start({
      services: [machine.stepFunctions.service],
      principal: () => options.caller?.() ?? { accessKeyId: 'AKIA', account: '123456789012', arn: 'arn:aws:iam::123456789012:user/administrator' },
      faults: new Faults(),
      log: new CallLog(),
      clock: machine.clock,
    });
    machine.client = new SFNClient({ endpoint: machine.server.url, region: 'us-east-1', credentials: { accessKeyId: 'AKIA', secretAccessKey: 'x' }, maxAttempts: 1 });
    return machine;
  }

  public readonly clock = new Clock(0);
  public readonly stepFunctions: StepFunctions;
  public readonly kms?: Kms;
  /** The payloads of the invocations. */
  public readonly calls: { readonly functionArn: string; readonly payload: string; readonly at: number }[] = [];
  public client!: SFNClient;
  private server!: WireServer;

  private constructor(options: TestMachineOptions) {
    this.kms = options.kms?.(this.clock);
    this.stepFunctions = new StepFunctions({
      clock: this.clock,
      kms: this.kms,
      authorizer: options.authorizer ?? allowAll,
      principalOf: options.principalOf ?? (of => ({ accessKeyId: 'ASIA', account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/machine/session', roleArn: of })),
      invoke: async (of, payload) => {
        this.calls.push({ functionArn: of, payload, at: this.clock.now() });
        return (options.invoke ?? (() => ({ payload: 'null' })))(this.calls.length, payload, of);
      },
    });
  }

  public create(definition: object | string): void {
    this.stepFunctions.create(machineArn, { definition: typeof definition === 'string' ? definition : JSON.stringify(definition), roleArn });
  }

  /** Starts an execution over the wire and returns its ARN. */
  public async begin(input: unknown = {}, name?: string): Promise<string> {
    const started = await this.client.send(new StartExecutionCommand({ stateMachineArn: machineArn, input: JSON.stringify(input), name }));
    return started.executionArn!;
  }

  /** Makes the state machine, runs it once, and returns what DescribeExecution says at the end. */
  public async run(definition: object, input: unknown = {}): Promise<DescribeExecutionCommandOutput> {
    this.create(definition);
    return this.finish(await this.begin(input));
  }

  /** Lets time pass, second by second, until the execution ends. */
  public async finish(executionArn: string, seconds = 1000): Promise<DescribeExecutionCommandOutput> {
    await this.pass(seconds, () => !this.stepFunctions.executions.find(one => one.arn === executionArn)!.running);
    return this.describe(executionArn);
  }

  public async pass(seconds: number, until: () => boolean = () => false): Promise<void> {
    await settled();
    for (let second = 0; second < seconds && !until(); second += 1) {
      this.clock.advance(1000);
      await settled();
    }
  }

  public describe(executionArn: string): Promise<DescribeExecutionCommandOutput> {
    return this.client.send(new DescribeExecutionCommand({ executionArn }));
  }

  public async history(executionArn: string, includeExecutionData = true): Promise<HistoryEvent[]> {
    const { events } = await this.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, includeExecutionData }));
    return events!;
  }

  /** The duration of an execution in seconds. */
  public secondsOf({ startDate, stopDate }: DescribeExecutionCommandOutput): number {
    return (stopDate!.getTime() - startDate!.getTime()) / 1000;
  }

  public async reset(): Promise<void> {
    this.stepFunctions.reset();
    this.calls.length = 0;
    await settled();
  }

  public async stop(): Promise<void> {
    this.stepFunctions.reset();
    this.client.destroy();
    await this.server.stop();
  }
}

async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

/** A state machine of one state. */
export function machineOf(state: object): object {
  return { StartAt: 'only', States: { only: state } };
}
