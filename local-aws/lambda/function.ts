import { randomUUID } from 'crypto';
import { FunctionProcess, ProcessSettings } from './function-process';
import { failure, InvocationRequest, InvocationResult } from './invocation';
import { partitionOf } from '../regions/partition';

/** The configuration of a function, as in `AWS::Lambda::Function`. */
export interface FunctionDefinition {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  readonly roleArn: string;
  /** The directory of the code. */
  readonly directory: string;
  /** In seconds. */
  readonly timeout: number;
  readonly memory: number;
  readonly variables: Readonly<Record<string, string>>;
  /** The maximum number of concurrent requests. */
  readonly reservedConcurrency?: number;
  readonly logGroup: string;
  readonly logFormat: string;
  readonly logLevel: string;
}

interface Waiting extends InvocationRequest {
  readonly requestId: string;
  readonly done: (result: InvocationResult) => void;
}

/** A function. Each concurrent request has a process, up to a limit; further requests wait in a queue. */
export class LambdaFunction {
  private readonly idle: FunctionProcess[] = [];
  private readonly busy = new Set<FunctionProcess>();
  private readonly queue: Waiting[] = [];
  private removed = false;
  private successor?: LambdaFunction;

  public constructor(
    public readonly definition: FunctionDefinition,
    private readonly settings: (definition: FunctionDefinition) => ProcessSettings,
    private readonly maxProcesses: number,
  ) {}

  public get arn(): string {
    const { account, region, name } = this.definition;
    return functionArn(account, region, name);
  }

  /** The running processes. */
  public get processes(): number {
    return this.idle.length + this.busy.size;
  }

  public invoke(request: InvocationRequest): Promise<InvocationResult> {
    return new Promise(done => this.enqueue({ ...request, requestId: randomUUID(), done }));
  }

  /** Stops every process. Their requests fail. */
  public async kill(): Promise<void> {
    const all = [...this.idle.splice(0), ...this.busy];
    all.forEach(one => one.stop());
    await Promise.all(all.map(one => one.exited));
  }

  /**
   * Retires the function after its deletion or update: running requests can finish, and no new ones start. Waiting requests go to the successor,
   * or fail if there is none.
   */
  public retire(successor?: LambdaFunction): void {
    this.removed = true;
    this.successor = successor;
    this.idle.splice(0).forEach(one => one.stop());
    this.queue.splice(0).forEach(waiting => this.enqueue(waiting));
  }

  private enqueue(waiting: Waiting): void {
    if (!this.removed) {
      this.queue.push(waiting);
      this.next();
    } else if (this.successor !== undefined) {
      this.successor.enqueue(waiting);
    } else {
      waiting.done(failure('ResourceNotFoundException', `Function not found: ${this.arn}`));
    }
  }

  private next(): void {
    while (this.queue.length > 0) {
      let process: FunctionProcess | undefined;
      try {
        process = this.idle.pop() ?? (this.busy.size < this.maxProcesses ? new FunctionProcess(this.settings(this.definition)) : undefined);
      } catch (error) {
        // a stack that deletes both can delete the role before the function
        this.queue.shift()!.done(failure('AccessDeniedException', `The role defined for the function cannot be assumed by Lambda. (${(error as Error).message})`));
        continue;
      }
      if (process === undefined) {
        return;
      }
      if (process.ended) {
        continue;
      }
      this.busy.add(process);
      void this.run(process, this.queue.shift()!);
    }
  }

  private async run(process: FunctionProcess, waiting: Waiting): Promise<void> {
    const { definition } = this;
    const result = await process.invoke({
      requestId: waiting.requestId,
      payload: waiting.payload,
      crash: waiting.crash,
      functionName: definition.name,
      functionArn: this.arn,
      memory: definition.memory,
      logGroup: definition.logGroup,
      timeout: definition.timeout,
    });
    this.busy.delete(process);
    if (this.removed) {
      process.stop();
    } else if (!process.ended) {
      this.idle.push(process);
    }
    waiting.done(result);
    this.next();
  }
}

export function functionArn(account: string, region: string, name: string): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${account}:function:${name}`;
}
