import { Stack } from 'aws-cdk-lib';
import { Deployment, NOTHING } from './deployment';
import { LambdaFault } from '../../local-aws/lambda/lambda-faults';
import { sample } from '../setup/nightly';

/** A stack that is created, changed in place, replaced and deleted. */
export interface Lifecycle {
  readonly account: Deployment;
  readonly made: typeof NOTHING;
  /** Creates the source and the keys, and returns a function that defines the stack with the first or the second key, and a description. */
  prepare(): (key: 0 | 1, description: string) => (stack: Stack) => void;
}

export const STEP = 'CdkEncryptedAmiStep';
export const REQUEST = 'CdkEncryptedAmiRequest';

/** The faults of an invocation, by name. */
type Hows = Readonly<Record<string, Partial<LambdaFault>>>;

/** The fault of one invocation of a function, by its number from zero. */
interface Harm {
  readonly functionName: string;
  readonly number: number;
  readonly how: string;
}

/**
 * Runs the lifecycle once for each of its invocations, with a fault in that invocation: for a sample of them, and for all in the nightly run. Each
 * lifecycle must end as without the fault. Returns how many there are.
 */
export async function harmEveryInvocation(lifecycle: Lifecycle, hows: Hows, count: number): Promise<number> {
  const counts = await runLifecycle(lifecycle, hows);
  const harms = Object.entries(counts).flatMap(([functionName, number]) =>
    Array.from({ length: number }, (_, index) => Object.keys(hows).map(how => ({ functionName, number: index, how }))).flat());
  for (const harm of sample(harms, count)) {
    await runLifecycle(lifecycle, hows, harm);
  }
  return harms.length;
}

async function runLifecycle({ account, made, prepare }: Lifecycle, hows: Hows, harm?: Harm): Promise<Record<string, number>> {
  await account.reset();
  const { timing } = account.aws.ec2.settings;
  Object.keys(timing).filter(name => !name.endsWith('PerSecond')).forEach(name => Object.assign(timing, { [name]: 100 }));
  const define = prepare();
  if (harm) {
    account.aws.lambda.faults.add({ on: harm.functionName, after: harm.number, times: 1, ...hows[harm.how] });
  }
  const title = harm ? `${harm.how}: ${harm.functionName} ${harm.number}` : 'nothing goes wrong';
  const changes = [[0, 'one', 'CREATE_COMPLETE'], [0, 'other', 'UPDATE_COMPLETE'], [1, 'other', 'UPDATE_COMPLETE']] as const;
  for (const [key, description, status] of changes) {
    const result = await account.deploy(define(key, description));
    expect({ title, status: result.status, failures: result.failures, ...account.aws.ec2.counts() })
      .toEqual({ title, status, failures: [], ...made });
  }
  const { status, failures } = await account.destroy();
  expect({ title, status, failures, ...account.aws.ec2.counts() }).toEqual({ title, status: 'DELETE_COMPLETE', failures: [], ...NOTHING });
  const calls = account.aws.lambda.invocations.map(({ functionName }) => functionName);
  return Object.fromEntries([REQUEST, STEP].map(name => [name, calls.filter(call => call.includes(name)).length]));
}
