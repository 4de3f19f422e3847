import { Stack } from 'aws-cdk-lib';
import { Deployment, NOTHING } from './deployment';
import { Timing } from '../../local-aws/ec2/settings/settings';
import { LambdaFault } from '../../local-aws/lambda/lambda-faults';
import { sample } from '../setup/nightly';

type Define = (key: 0 | 1, description: string) => (stack: Stack) => void;

/** A stack that is created, changed in place, replaced and deleted. */
export interface Lifecycle {
  readonly account: Deployment;
  readonly made: typeof NOTHING;
  /** Durations in EC2 that are not 100 ms, in milliseconds. */
  readonly timing?: Partial<Timing>;
  /** Creates the source and the keys, and returns a function that defines the stack with the first or the second key (which replaces), and a description. */
  prepare(): Define | Promise<Define>;
  /** Fails unless the account is as the stack defines it; without a description, as after the deletion of the stack. */
  check?(key: 0 | 1, description?: string): void;
}

export const STEP = 'CdkEncryptedAmiStep';
export const REQUEST = 'CdkEncryptedAmiRequest';

/** The faults of an invocation, by name. */
type Hows = Readonly<Record<string, Partial<LambdaFault>>>;

/** The fault of one invocation of a function, by its number from zero. */
interface InvocationFault {
  readonly functionName: string;
  readonly number: number;
  readonly how: string;
}

/**
 * Runs the lifecycle once for each of its invocations, with a fault in that invocation: for a sample of them, and for all in the nightly run. Each
 * lifecycle must end as without the fault. Returns how many there are.
 */
export async function failEveryInvocation(lifecycle: Lifecycle, hows: Hows, count: number): Promise<number> {
  const counts = await runLifecycle(lifecycle, hows);
  const faults = Object.entries(counts).flatMap(([functionName, number]) =>
    Array.from({ length: number }, (_, index) => Object.keys(hows).map(how => ({ functionName, number: index, how }))).flat());
  const tried = sample(faults, count);
  let reached = 0;
  for (const fault of tried) {
    const { [fault.functionName]: invocations } = await runLifecycle(lifecycle, hows, fault);
    reached += invocations > fault.number ? 1 : 0;
  }
  expect(reached).toBeGreaterThanOrEqual(Math.floor(0.8 * tried.length));
  return faults.length;
}

async function runLifecycle(lifecycle: Lifecycle, hows: Hows, fault?: InvocationFault): Promise<Record<string, number>> {
  const { account, made, timing: slow, prepare, check = () => undefined } = lifecycle;
  await account.reset();
  const { timing } = account.aws.ec2.settings;
  Object.keys(timing).filter(name => !name.endsWith('PerSecond')).forEach(name => Object.assign(timing, { [name]: 100 }));
  Object.assign(timing, slow);
  const define = await prepare();
  const before = account.aws.ec2.counts();
  const added = () => Object.fromEntries(Object.entries(account.aws.ec2.counts())
    .map(([name, count]) => [name, count - (before[name as keyof typeof before] ?? 0)]));
  if (fault) {
    account.aws.lambda.faults.add({ matches: fault.functionName, after: fault.number, times: 1, ...hows[fault.how] });
  }
  const title = fault ? `${fault.how}: ${fault.functionName} ${fault.number}` : 'nothing goes wrong';
  const changes = [[0, 'one', 'CREATE_COMPLETE'], [0, 'other', 'UPDATE_COMPLETE'], [1, 'other', 'UPDATE_COMPLETE']] as const;
  for (const [key, description, status] of changes) {
    const result = await account.deploy(define(key, description));
    expect({ title, status: result.status, failures: result.failures, ...added() }).toEqual({ title, status, failures: [], ...made });
    check(key, description);
  }
  const { status, failures } = await account.destroy();
  expect({ title, status, failures, ...added() }).toEqual({ title, status: 'DELETE_COMPLETE', failures: [], ...NOTHING });
  check(1);
  const calls = account.aws.lambda.invocations.map(({ functionName }) => functionName);
  const counts = Object.fromEntries([REQUEST, STEP].map(name => [name, calls.filter(call => call.includes(name)).length]));
  if (fault && counts[fault.functionName] <= fault.number) {
    // how often a step only waits differs a little: this time there was no such invocation
    account.aws.lambda.faults.clear();
  }
  return counts;
}
