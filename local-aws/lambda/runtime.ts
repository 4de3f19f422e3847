/**
 * The Lambda runtime in a function's process: it loads the handler, passes it events, and returns its results. It is compiled separately and
 * loaded by `node`, so it imports only files of the local AWS that are compiled with it.
 */
import http from 'http';
import https from 'https';
import { createRequire, syncBuiltinESMExports } from 'module';
import path from 'path';
import timers from 'timers';
import timersPromises from 'timers/promises';
import { pathToFileURL } from 'url';
import { format, inspect } from 'util';
import { keepCompiledSdk, useCompiledSdk } from './compiled-sdk';

/** The time of the local AWS at `real` milliseconds of this machine. */
interface ClockReading {
  readonly now: number;
  readonly real: number;
  readonly speed: number;
}

interface Invocation {
  readonly requestId: string;
  readonly payload: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memory: number;
  readonly logGroup: string;
  readonly deadline: number;
  readonly clock: ClockReading;
  readonly crash?: 'before' | 'after';
}

type Handler = (event: unknown, context: object, callback: (error: unknown, result?: unknown) => void) => unknown;

/** The function of this execution environment. */
interface Assignment {
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: ClockReading;
  readonly url: string;
  readonly logFormat: string;
  readonly logLevel: string;
  /** The directory of V8's code cache. */
  readonly compiled: string;
}

let settings: Assignment;
let clock: ClockReading;
let currentRequest = '';

// like a sandbox of Lambda, a process can start before its function is known
process.once('message', (assignment: Assignment) => {
  assign(assignment);
  const loading = loadHandler();
  loading.then(() => process.send!({ kind: 'ready' }), error => process.send!({ kind: 'ready', error: describe(error) }));
  process.on('message', (invocation: Invocation) => void invoke(invocation, loading));
});
process.on('disconnect', () => process.exit(0));
process.send!({ kind: 'started' });

function assign(assignment: Assignment): void {
  settings = assignment;
  clock = assignment.clock;
  Object.keys(process.env).forEach(name => delete process.env[name]);
  Object.assign(process.env, assignment.environment);
  process.chdir(assignment.environment.LAMBDA_TASK_ROOT);
  useCompiledSdk(assignment.compiled, assignment.environment.LAMBDA_TASK_ROOT);
  scaleTime();
  redirectAnswers();
  structureLogs();
}

async function invoke(invocation: Invocation, loading: Promise<Handler>): Promise<void> {
  clock = invocation.clock;
  currentRequest = invocation.requestId;
  if (invocation.crash === 'before') {
    process.exit(1);
  }
  let answer: object;
  try {
    const result = await call(await loading, invocation);
    // Lambda returns null for a handler that returns nothing
    answer = { kind: 'answer', payload: JSON.stringify(result === undefined ? null : result) };
  } catch (error) {
    console.error(error);
    answer = { kind: 'answer', error: describe(error) };
  }
  if (invocation.crash === 'after') {
    process.exit(1);
  }
  process.send!(answer);
  keepCompiledSdk();
}

function call(handler: Handler, invocation: Invocation): Promise<unknown> {
  const context = {
    awsRequestId: invocation.requestId,
    functionName: invocation.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: invocation.functionArn,
    memoryLimitInMB: String(invocation.memory),
    logGroupName: invocation.logGroup,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - Date.now()),
  };
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, value?: unknown) => error === null || error === undefined ? resolve(value) : reject(error);
    const result = handler(JSON.parse(invocation.payload), context, callback);
    if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
      (result as PromiseLike<unknown>).then(resolve, reject);
    } else if (handler.length < 3) {
      resolve(result);
    }
  });
}

async function loadHandler(): Promise<Handler> {
  const name = process.env._HANDLER ?? '';
  const root = process.env.LAMBDA_TASK_ROOT ?? '';
  const dot = name.lastIndexOf('.');
  const file = path.join(root, name.slice(0, dot));
  let found: Record<string, unknown>;
  try {
    found = createRequire(__filename)(file) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith(`Cannot find module '${file}'`))) {
      throw error;
    }
    found = await import(pathToFileURL(`${file}.mjs`).href) as Record<string, unknown>;
  }
  const handler = found[name.slice(dot + 1)];
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`${name} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  }
  return handler as Handler;
}

/** The error format of the Lambda runtime. */
function describe(error: unknown): object {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
  }
  return { errorType: typeof error, errorMessage: typeof error === 'string' ? error : inspect(error), trace: [] };
}

/** Adjusts clocks and timers of the process to the speed of the local AWS. */
function scaleTime(): void {
  const real = { Date, setTimeout, setInterval, now: Date.now, performanceNow: performance.now.bind(performance) };
  const now = () => clock.now + (real.now() - clock.real) * clock.speed;
  // timers would never end with a clock that only a test advances
  const scaled = (milliseconds = 0) => milliseconds / (clock.speed > 0 ? clock.speed : 1);
  const base = now();
  const performanceBase = real.performanceNow();
  performance.now = () => performanceBase + now() - base;
  globalThis.Date = new Proxy(real.Date, {
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [Math.round(now())] : given, newTarget) as Date,
    apply: () => new real.Date(now()).toString(),
    get: (target, property, receiver) => property === 'now' ? () => Math.round(now()) : Reflect.get(target, property, receiver) as unknown,
  });
  const promises = timersPromises as unknown as { setTimeout: (...given: unknown[]) => unknown; setInterval: (...given: unknown[]) => unknown };
  const [sleep, ticks] = [promises.setTimeout, promises.setInterval];
  promises.setTimeout = (milliseconds, ...rest) => sleep(scaled(milliseconds as number), ...rest);
  promises.setInterval = (milliseconds, ...rest) => ticks(scaled(milliseconds as number), ...rest);
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const original = real[name] as (callback: unknown, milliseconds?: number, ...rest: unknown[]) => unknown;
    const patched = (callback: unknown, milliseconds?: number, ...rest: unknown[]) => original(callback, scaled(milliseconds), ...rest);
    Object.defineProperty(patched, Symbol.for('nodejs.util.promisify.custom'), { value: promises.setTimeout });
    Object.assign(globalThis, { [name]: patched });
    Object.assign(timers, { [name]: patched });
  }
  syncBuiltinESMExports();
}

/** Sends responses for CloudFormation to the local server: they go to S3 by a pre-signed URL, from which callers take host and path. */
function redirectAnswers(): void {
  const original = https.request;
  const local = new URL(settings.url);
  const patched = (...given: unknown[]): unknown => {
    const [first, second] = given;
    const target = typeof first === 'string' ? new URL(first) : first as { hostname?: string; host?: string; path?: string; pathname?: string; search?: string };
    const host = target.hostname ?? target.host ?? '';
    if (!host.startsWith('cloudformation-custom-resource-response-')) {
      return (original as (...all: unknown[]) => unknown)(...given);
    }
    const options = typeof second === 'object' ? second as object : {};
    const callback = given.find(item => typeof item === 'function') as ((response: http.IncomingMessage) => void) | undefined;
    const wanted = target instanceof URL ? { path: `${target.pathname}${target.search}` } : target as object;
    return http.request({ ...wanted, ...options, protocol: 'http:', host: local.hostname, hostname: local.hostname, port: local.port, agent: undefined }, callback);
  };
  https.request = patched as typeof https.request;
  const realFetch = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    if (!url.hostname.startsWith('cloudformation-custom-resource-response-')) {
      return realFetch(input, init);
    }
    return realFetch(`${local.origin}${url.pathname}${url.search}`, init);
  };
  syncBuiltinESMExports();
}

/**
 * The log format JSON, without the levels below the configured one. Like Lambda's own runtime (`aws-lambda-nodejs-runtime-interface-client`),
 * it keeps the structure of a single value, and formats several like `console.log`.
 */
function structureLogs(): void {
  if (settings.logFormat !== 'JSON') {
    return;
  }
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  const methods = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' } as const;
  for (const [method, level] of Object.entries(methods)) {
    const write = (...given: unknown[]) => {
      if (levels.indexOf(level) >= levels.indexOf(settings.logLevel)) {
        const entry = { timestamp: new Date().toISOString(), level, requestId: currentRequest };
        process.stdout.write(`${formatEntry(entry, given)}\n`);
      }
    };
    Object.assign(console, { [method]: write });
  }
}

function formatEntry(entry: object, given: readonly unknown[]): string {
  if (given.length > 1) {
    const error = given.slice(1).find(item => item instanceof Error);
    return JSON.stringify({ ...entry, message: format(...given), ...error && describeLogged(error) });
  }
  try {
    return JSON.stringify({ ...entry, message: given[0] }, (_key, value: unknown) =>
      value instanceof Error ? { ...describeLogged(value), ...value } : value);
  } catch {
    // a circular structure, or a BigInt
    return JSON.stringify({ ...entry, message: format(given[0]) });
  }
}

function describeLogged(error: Error): object {
  return { errorType: error.constructor.name, errorMessage: error.message, stackTrace: error.stack?.split('\n') };
}
