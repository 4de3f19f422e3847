import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { FunctionFiles } from './code';
import { functionArn, FunctionDefinition, LambdaFunction } from './function';
import { ProcessSettings } from './function-process';
import { InvocationResult } from './invocation';
import { connectionLost, LambdaFault, LambdaFaults, throttled } from './lambda-faults';
import { SpareProcesses } from './spare-processes';
import { Authorizer, AwsError, Principal } from '../aws-call';
import { Logs } from '../logs/log-groups';
import { partitionOf } from '../regions/partition';
import { Clock } from '../time/clock';

/** Lambda retries an asynchronous event after one minute, and again after two. */
const retryDelays = [60_000, 120_000];
const maxPayload = { sync: 6 * 1024 * 1024, async: 1024 * 1024 };

export interface LambdaOptions {
  readonly clock: Clock;
  /** The endpoint of the services; known after the server listens. */
  readonly url: () => string;
  readonly credentials: (roleArn: string) => { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  readonly principalOf: (roleArn: string) => Principal;
  readonly authorizer: Authorizer;
  /** The maximum number of processes of one function; 4 by default. */
  readonly maxProcesses?: number;
  /** The milliseconds of this machine that every invocation has at least, whatever the function's timeout; 20,000 by default. */
  readonly minInvocationMs?: number;
}

/** A recorded invocation, for tests. */
export interface RecordedInvocation {
  readonly functionName: string;
  readonly payload: string;
  readonly at: number;
  readonly asynchronous: boolean;
  result?: InvocationResult;
}

/** Lambda. Each execution environment of a function is a process. */
export class Lambda {
  public readonly logStore: Logs;
  public readonly faults: LambdaFaults;
  public readonly invocations: RecordedInvocation[] = [];
  /**
   * The concurrent executions of the account: Lambda throttles an invocation beyond the quota. Other functions of the account use some of it. No limit
   * by default. Tests can change both at any time.
   */
  public readonly concurrency = { quota: Infinity, usedByOthers: 0 };
  private readonly functions = new Map<string, LambdaFunction>();
  /** The log group of every function, including deleted ones, by its name. */
  private readonly logGroups = new Map<string, string>();
  /** Asynchronous events that have not completed. */
  private readonly events = new Set<Promise<void>>();
  private running = 0;
  private root?: string;
  private files?: FunctionFiles;
  private spares?: SpareProcesses;
  /** A reset invalidates pending events of earlier generations. */
  private resets = 0;

  public constructor(private readonly options: LambdaOptions) {
    this.logStore = new Logs(options.clock);
    this.faults = new LambdaFaults(options.clock);
  }

  /** Creates the function, or replaces its code and configuration. */
  public put(definition: FunctionDefinition): LambdaFunction {
    const maxProcesses = Math.min(definition.reservedConcurrency ?? Infinity, this.options.maxProcesses ?? 4);
    const made = new LambdaFunction(definition, of => this.processSettings(of), maxProcesses);
    this.functions.get(made.arn)?.retire(made);
    this.functions.set(made.arn, made);
    this.logGroups.set(definition.name, definition.logGroup);
    this.spareProcesses().fill();
    return made;
  }

  public delete(arn: string): void {
    this.functions.get(arn)?.retire();
    this.functions.delete(arn);
  }

  /** Returns the function of an ARN, with or without a version. Throws if there is none. */
  public get(arn: string): LambdaFunction {
    const found = this.functions.get(arn.split(':').slice(0, 7).join(':'));
    if (found === undefined) {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
    }
    return found;
  }

  public has({ account, region }: { readonly account: string; readonly region: string }, name: string): boolean {
    return this.functions.has(functionArn(account, region, name));
  }

  public names(): string[] {
    return [...this.functions.values()].map(one => one.definition.name);
  }

  /** Invokes a function and waits for its result. */
  public async invoke(arn: string, payload: string): Promise<InvocationResult> {
    const target = this.get(arn);
    refuseTooLong(payload, maxPayload.sync);
    const fault = this.faults.nextFault(target.definition.name, payload);
    if (fault?.refuse !== undefined) {
      throw fault.refuse;
    }
    if (!this.hasCapacity()) {
      throw throttled();
    }
    if (fault?.disconnect !== undefined) {
      if (fault.disconnect === 'during') {
        void this.run(target, payload, fault, false);
      }
      throw connectionLost();
    }
    return this.run(target, payload, fault, false);
  }

  /** Sends an asynchronous event to a function. Lambda retries it twice if the function fails. */
  public invokeAsync(arn: string, payload: string): void {
    const target = this.get(arn);
    refuseTooLong(payload, maxPayload.async);
    const fault = this.faults.nextFault(target.definition.name, payload);
    for (let delivery = fault?.deliverTwice === true ? 2 : 1; delivery > 0; delivery -= 1) {
      const event = this.deliver(target.arn, payload, fault).finally(() => this.events.delete(event));
      this.events.add(event);
    }
  }

  /** The log lines of functions with this text in their name, including deleted ones if their log group exists. */
  public logs(functionName: string): string[] {
    const groups = [...this.logGroups].filter(([name]) => name.includes(functionName)).map(([, group]) => group);
    return [...new Set(groups)].flatMap(group => this.logStore.lines(group)).map(line => line.message);
  }

  /** Kills the processes of functions with this text in their name. */
  public async kill(functionName: string): Promise<void> {
    await Promise.all(this.named(functionName).map(one => one.kill()));
  }

  /** The directory of a function with inline code. */
  public inlineCode(code: string): string {
    return this.functionFiles().inline(code);
  }

  public async reset(): Promise<void> {
    const all = [...this.functions.values()];
    this.resets += 1;
    this.functions.clear();
    this.logGroups.clear();
    all.forEach(one => one.retire());
    await Promise.all(all.map(one => one.kill()));
    this.invocations.length = 0;
    Object.assign(this.concurrency, { quota: Infinity, usedByOthers: 0 });
    this.faults.clear();
    this.logStore.reset();
  }

  /** Stops every process and deletes the files. */
  public async stop(): Promise<void> {
    await this.reset();
    await this.spares?.stop();
    if (this.root !== undefined) {
      rmSync(this.root, { recursive: true, force: true });
    }
  }

  private named(part: string): LambdaFunction[] {
    return [...this.functions.values()].filter(one => one.definition.name.includes(part));
  }

  private async deliver(arn: string, payload: string, fault: LambdaFault | undefined): Promise<void> {
    const { resets } = this;
    let current = fault;
    for (let attempt = 0, refusals = 0; ;) {
      const target = this.functions.get(arn);
      if (target === undefined || this.resets !== resets) {
        return;
      }
      if (current?.refuse !== undefined || !this.hasCapacity()) {
        await this.options.clock.sleep(delayAfterRefusal(refusals));
        refusals += 1;
        current = this.faults.nextFault(target.definition.name, payload);
        continue;
      }
      const result = await this.run(target, payload, current, true);
      if (result.functionError === undefined || attempt >= retryDelays.length) {
        return;
      }
      await this.options.clock.sleep(retryDelays[attempt]);
      attempt += 1;
      current = this.faults.nextFault(target.definition.name, payload);
    }
  }

  private async run(target: LambdaFunction, payload: string, fault: LambdaFault | undefined, asynchronous: boolean): Promise<InvocationResult> {
    const recorded: RecordedInvocation = { functionName: target.definition.name, payload, at: this.options.clock.now(), asynchronous };
    this.invocations.push(recorded);
    this.running += 1;
    try {
      recorded.result = await this.resultOf(target, payload, fault);
      return recorded.result;
    } finally {
      this.running -= 1;
    }
  }

  private async resultOf(target: LambdaFunction, payload: string, fault: LambdaFault = { matches: '' }): Promise<InvocationResult> {
    if (fault.delay !== undefined) {
      await this.options.clock.sleep(fault.delay);
    }
    if (fault.error !== undefined) {
      return { functionError: 'Unhandled', payload: JSON.stringify(fault.error) };
    }
    const result = await target.invoke({ payload, crash: fault.crash });
    return fault.result === undefined ? result : { payload: fault.result };
  }

  private hasCapacity(): boolean {
    return this.running + this.concurrency.usedByOthers < this.concurrency.quota;
  }

  private functionFiles(): FunctionFiles {
    this.root ??= mkdtempSync(join(tmpdir(), 'local-aws-lambda-'));
    this.files ??= new FunctionFiles(this.root);
    return this.files;
  }

  private spareProcesses(): SpareProcesses {
    const { runtime, modules } = this.functionFiles();
    this.spares ??= new SpareProcesses(runtime, { PATH: process.env.PATH ?? '', LANG: 'en_US.UTF-8', TZ: ':UTC', NODE_PATH: modules });
    return this.spares;
  }

  /** Lambda writes logs as the function's role. Without permission there are no logs. */
  private writerFor(definition: FunctionDefinition): (line: string) => void {
    const { region, account, logGroup, roleArn } = definition;
    const principal = this.options.principalOf(roleArn);
    const arn = `arn:${partitionOf(region)}:logs:${region}:${account}:log-group:${logGroup}`;
    const allowed = (action: string, suffix: string) => this.options.authorizer.allows(principal, { action, resource: `${arn}${suffix}`, context: {} });
    const mayWrite = allowed('logs:PutLogEvents', ':log-stream:stream') && allowed('logs:CreateLogStream', ':*');
    const mayCreate = allowed('logs:CreateLogGroup', '');
    return line => {
      if (mayWrite && (mayCreate || this.logStore.names().includes(logGroup))) {
        this.logStore.write(logGroup, line);
      }
    };
  }

  private processSettings(definition: FunctionDefinition): ProcessSettings {
    const spares = this.spareProcesses();
    const keys = this.options.credentials(definition.roleArn);
    const url = this.options.url();
    return {
      start: () => spares.take(definition.variables),
      compiled: this.functionFiles().kept,
      url,
      logFormat: definition.logFormat,
      logLevel: definition.logLevel,
      clock: this.options.clock,
      minInvocationMs: this.options.minInvocationMs ?? 20_000,
      log: this.writerFor(definition),
      environment: {
        ...spares.environment,
        LAMBDA_TASK_ROOT: definition.directory,
        AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
        AWS_REGION: definition.region,
        AWS_DEFAULT_REGION: definition.region,
        AWS_LAMBDA_FUNCTION_NAME: definition.name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memory),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup,
        AWS_LAMBDA_LOG_STREAM_NAME: `${this.options.clock.date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]`,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        AWS_SESSION_TOKEN: keys.sessionToken,
        AWS_ENDPOINT_URL: url,
        // Node of this machine can be older than the function's runtime, and its warnings do not belong in the function's log
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        _HANDLER: definition.handler,
        ...definition.variables,
      },
    };
  }
}

/**
 * "Lambda returns the event to the queue … from 1 second after the first attempt to a maximum of 5 minutes": throttling does not count as an
 * attempt.
 */
function delayAfterRefusal(refusals: number): number {
  return Math.min(2 ** refusals, 300) * 1000;
}

function refuseTooLong(payload: string, limit: number): void {
  const length = Buffer.byteLength(payload);
  if (length > limit) {
    throw new AwsError('RequestTooLargeException', `${length} byte payload is too large for the RequestResponse invocation type (limit ${limit} bytes)`, 413);
  }
}
