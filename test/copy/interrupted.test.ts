import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsError } from '../../local-aws/call';
import { arnOf } from '../../local-aws/kms/key';
import { copyOf, Deployment, NOTHING } from '../deployment';

/** Every call that a copy makes goes wrong once, by its number: none is left out because nobody thought of it. */

let account: Deployment;
let source: string;
let key: string;

beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }], bootMode: 'uefi', uefiData: 'AAAA' }).id;
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const ONE_COPY = { images: 1, snapshots: 1, volumes: 0, instances: 0 };
/** The calls of the functions, not those of CloudFormation and of the test. */
const ofHandler = ({ principal, service }: { principal: { roleArn?: string }; service: string }) =>
  principal.roleArn !== undefined && ['ec2', 'kms', 'cloudformation'].includes(service);

const deploy = () => account.deploy(copyOf(source, stack => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', key), description: 'x' })));

/** How many calls one life takes, when nothing goes wrong. */
async function callsOfOneLife(): Promise<string[]> {
  await deploy();
  await account.destroy();
  return account.aws.log.calls.filter(({ principalArn, service }) => principalArn.includes('assumed-role') && ['ec2', 'kms', 'cloudformation'].includes(service))
    .map(({ service, action }) => `${service}:${action}`);
}

/** More than a life has: the loop ends itself when no call was met. */
const MOST_CALLS = 60;

test('every call of a life can fail once, or lose its answer', async () => {
  const calls = await callsOfOneLife();
  expect(calls).toEqual(expect.arrayContaining(['ec2:CopyImage', 'ec2:DescribeImageAttribute', 'kms:DescribeKey', 'ec2:DeregisterImage', 'cloudformation:DescribeStacks']));
  for (let number = 0; number < MOST_CALLS; number++) {
    for (const harm of [{ error: new AwsError('InternalError', 'An internal error has occurred', 500) }, { loseAnswer: true }]) {
      await account.reset();
      source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }], bootMode: 'uefi', uefiData: 'AAAA' }).id;
      key = arnOf(account.aws.kms.addKey());
      // four times: all attempts of the SDK, so that the handler itself has to live with it
      let seen = 0;
      let hit: string | undefined;
      account.aws.faults.add({
        on: call => {
          if (!ofHandler(call)) {
            return false;
          }
          seen += 1;
          hit ??= seen > number ? `${call.service}:${call.action}` : undefined;
          return hit === `${call.service}:${call.action}`;
        },
        times: 4,
        ...harm,
      });
      const title = () => `call ${number} (${hit}), ${Object.keys(harm)[0]}`;
      const created = await deploy();
      expect({ title: title(), status: created.status, failures: created.failures }).toEqual({ title: title(), status: 'CREATE_COMPLETE', failures: [] });
      expect({ title: title(), ...account.aws.ec2.counts() }).toEqual({ title: title(), ...ONE_COPY });
      const destroyed = await account.destroy();
      expect({ title: title(), status: destroyed.status, failures: destroyed.failures }).toEqual({ title: title(), status: 'DELETE_COMPLETE', failures: [] });
      expect({ title: title(), ...account.aws.ec2.counts() }).toEqual({ title: title(), ...NOTHING });
      if (hit === undefined) {
        expect(number).toBeGreaterThan(10);
        return;
      }
    }
  }
  throw new Error(`a life has more than ${MOST_CALLS} calls`);
}, 300_000);

describe.each(['before', 'after'] as const)('a function whose process ends %s it has done its part', crash => {
  test.each([['OnEvent', 0], ['IsComplete', 0], ['IsComplete', 1], ['IsComplete', 2]])('%s, invocation %p', async (name, after) => {
    account.aws.lambda.faults.add({ on: `CdkEncryptedAmi${name}`, crash, after, times: 1 });
    const created = await deploy();
    account.aws.clock.advance(60 * 60_000);
    // the framework takes the end of a process for the end of the request
    if (created.status === 'CREATE_COMPLETE') {
      expect(account.aws.ec2.counts()).toEqual(ONE_COPY);
      await account.destroy();
    }
    expect(['CREATE_COMPLETE', 'ROLLBACK_COMPLETE']).toContain(created.status);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});
