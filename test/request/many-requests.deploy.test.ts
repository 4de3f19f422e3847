import { Stack } from 'aws-cdk-lib';
import { State } from '../../lambda/request/turn';
import { EncryptedAmiCopy } from '../../src';
import { Deployment, imageWithId, NOTHING } from '../helpers/deployment';

/** Requests that CloudFormation sends all at once begin one after the other, because EC2's request quotas are those of the whole account and Region. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterAll(() => account.stop());

test('the later ones of thirty-five copies wait before their first step', async () => {
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id;
  const { status } = await account.deploy((stack: Stack) => {
    for (let copy = 0; copy < 35; copy += 1) {
      new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: imageWithId(source), useDefaultKey: true });
    }
  });
  expect(status).toBe('CREATE_COMPLETE');
  const counted = account.aws.log.of('states:ListExecutions');
  expect(counted).toHaveLength(35);
  expect(counted.filter(({ error }) => error !== undefined)).toEqual([]);
  const waited = account.aws.stepFunctions.executions.filter(({ input }) => /"startAfterSeconds":[1-9]/.test(input));
  expect(waited.length).toBeGreaterThan(0);
  for (const { input, history } of waited) {
    const { startAfterSeconds } = (JSON.parse(input) as State).turn.memory;
    const entered = history.events.find(({ type }) => type === 'WaitStateEntered');
    // the first step has done nothing, and knows nothing
    expect((JSON.parse(entered!.stateEnteredEventDetails!.input!) as State).turn).toEqual({ memory: {}, wait: startAfterSeconds });
  }
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}, 120_000);
