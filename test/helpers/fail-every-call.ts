import { Stack } from 'aws-cdk-lib';
import { Deployment, NOTHING } from './deployment';
import { AwsError } from '../../local-aws/aws-call';
import { Fault } from '../../local-aws/fault-injection';
import { sample } from '../setup/nightly';

/** Calls that change nothing: for them it is the same whether they fail or their response is dropped. */
const READING = /:(Describe|Get|List)/;
/** The handler repeats a reading call while it waits; only the first calls differ from each other. */
const MAX_READ_CALLS = 3;
/** All attempts of the SDK, so that the handler itself gets the error. */
const SDK_ATTEMPTS = 4;

const RETURN_ERROR: Partial<Fault> = { error: new AwsError('InternalError', 'An internal error has occurred', 500) };
const DROP_RESPONSE: Partial<Fault> = { dropResponse: true };

/** A stack that is deployed for each fault, and the resources that it then has. */
export interface Scenario {
  readonly account: Deployment;
  readonly made: typeof NOTHING;
  /** Creates the source and the keys, and returns a function that defines the stack. */
  prepare(): (stack: Stack) => void;
  /** Fails unless the account is as it was before, after the stack was destroyed. */
  check?(): Promise<void>;
}

/** A call that goes wrong: the second `ec2:DescribeImages`, say. */
interface CallFault {
  readonly name: string;
  readonly number: number;
  readonly how: Partial<Fault>;
}

/**
 * Deploys and destroys a stack once for each call that its functions make, and has that call fail, or lose its response: by action and number, so
 * that no call is forgotten. Each run must end as without the fault. The nightly run takes all calls, other runs a sample of `count`. Returns the
 * actions of all calls.
 */
export async function failEveryCallOnce(scenario: Scenario, count: number): Promise<string[]> {
  const calls = await runScenario(scenario);
  const actions = [...new Set(calls)];
  for (const fault of sample(actions.flatMap(name => faultsOf(name, calls)), count)) {
    await runScenario(scenario, fault);
  }
  return actions;
}

function faultsOf(name: string, calls: readonly string[]): CallFault[] {
  const made = calls.filter(call => call === name).length;
  const reading = READING.test(name);
  const numbers = Array.from({ length: reading ? Math.min(made, MAX_READ_CALLS) : made }, (_, index) => index + 1);
  return numbers.flatMap(number => (reading ? [RETURN_ERROR] : [RETURN_ERROR, DROP_RESPONSE]).map(how => ({ name, number, how })));
}

/** One run, in which one call and its retries by the SDK go wrong. Returns the calls of the run. */
async function runScenario({ account, prepare, made, check }: Scenario, fault?: CallFault): Promise<string[]> {
  await account.reset();
  // as fast as can be: what only waits asks the same again and again
  const { timing } = account.aws.ec2.settings;
  Object.keys(timing).filter(name => !name.endsWith('PerSecond')).forEach(name => Object.assign(timing, { [name]: 100 }));
  const define = prepare();
  const calls: string[] = [];
  account.aws.faults.add({
    matches: ({ principal, service, action }) => {
      const name = `${service}:${action}`;
      if (principal.roleArn === undefined || !['ec2', 'kms', 'cloudformation'].includes(service)) {
        return false;
      }
      calls.push(name);
      return name === fault?.name;
    },
    after: (fault?.number ?? 1) - 1,
    times: fault ? SDK_ATTEMPTS : 0,
    ...fault?.how,
  });
  const created = await account.deploy(define);
  const afterwards = account.aws.ec2.counts();
  const destroyed = await account.destroy();
  const title = fault ? `${fault.name} number ${fault.number} ${fault.how.dropResponse ? 'drops its response' : 'fails'}` : 'nothing goes wrong';
  expect({ title, status: created.status, failures: created.failures, ...afterwards }).toEqual({ title, status: 'CREATE_COMPLETE', failures: [], ...made });
  expect({ title, status: destroyed.status, failures: destroyed.failures, ...account.aws.ec2.counts() })
    .toEqual({ title, status: 'DELETE_COMPLETE', failures: [], ...NOTHING });
  await check?.();
  return calls;
}
